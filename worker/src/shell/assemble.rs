//! Putting a bot together from its manifest and from what an earlier process wrote down.

use std::path::Path;
use std::sync::Arc;

use aicoin_api::bot::TradingBot;
use aicoin_core::{AiAnswer, Bot, BotConfig, Candle, Input, LeaseState, Saved};
use aicoin_domain::MarketId;
use aicoin_store::{Loaded, Store};
use tokio::sync::mpsc;

use super::chart::Chart;
use super::crashes::Crashes;
use super::face::Inside;
use super::lists::Lists;
use super::metrics::Metrics;
use super::model::Chosen;
use super::publish::{Identity, Publisher};
use super::trader::{AiChange, Parts, Trader};
use super::venue_of::{Given, MadeVenue};
use crate::fault::Fault;
use crate::resolve::{Shell, bot_config};

/// Inputs of an earlier process that the chart is filled from: hours of prices, read in some 20 ms.
const CHART_INPUTS: u64 = 20_000;

/// What a bot is made of.
pub(crate) struct Job<'a> {
    pub(crate) manifest: &'a TradingBot,
    /// For sentences.
    pub(crate) data_dir: &'a Path,
    pub(crate) identity: Identity,
    pub(crate) chosen: Chosen,
    pub(crate) crashes: Crashes,
    pub(crate) store: Store,
    pub(crate) loaded: &'a Loaded,
    /// What a venue behind a network needs.
    pub(crate) given: Given,
    pub(crate) ai_answers: mpsc::Receiver<AiAnswer>,
    pub(crate) ai_changes: mpsc::Receiver<AiChange>,
}

/// A bot that is ready to begin.
pub(crate) struct Assembled {
    pub(crate) trader: Trader,
    /// What it has to be told before anything else.
    pub(crate) first: Vec<Input>,
}

/// Puts a bot together.
pub(crate) async fn assemble(job: Job<'_>, inside: Inside) -> Result<Assembled, Fault> {
    let Job {
        manifest,
        data_dir,
        identity,
        chosen,
        crashes,
        store,
        loaded,
        given,
        ai_answers,
        ai_changes,
    } = job;
    let names = loaded.markets.clone();
    let cache = given.cache.clone();
    let config = bot_config(
        manifest,
        &names,
        chosen.decider,
        chosen.worst_case_cost,
        Shell::Local,
    )?;
    let bot = bot(data_dir, loaded, &config)?;
    let MadeVenue {
        venue,
        link,
        history,
    } = super::venue_of::make(manifest, data_dir, loaded, &config, given)?;
    let chart = Arc::new(Chart::new(&names, config.interval));
    let mut first = vec![Input::Lease(LeaseState::Held {
        epoch: loaded.epoch,
    })];
    first.extend(warm_up(history, &chart));
    if loaded.saved.is_some() {
        let after = loaded.journal_seq.saturating_sub(CHART_INPUTS);
        let limit = u32::try_from(CHART_INPUTS).unwrap_or(u32::MAX);
        // Without it the page has no past; the bot does not need it.
        chart.replay(&store.journal(after, limit).await.unwrap_or_default());
    }
    let metrics = Metrics::new(&inside.registry)
        .and_then(|metrics| cache.register(&inside.registry).map(|()| metrics))
        .map_err(|error| Fault::internal(format!("Metrics cannot start: {error}.")))?;
    let publisher = Publisher::new(
        identity,
        names,
        loaded.counts,
        crashes,
        inside.status.clone(),
        inside.events,
    );
    inside.reader.set(Lists {
        store: store.clone(),
        chart: Arc::clone(&chart),
        status: inside.status.subscribe(),
        heartbeat: inside.heartbeat.clone(),
        store_health: publisher.store_health(),
        link,
        cache,
    });
    let trader = Trader::new(Parts {
        bot,
        venue,
        store,
        journal_seq: loaded.journal_seq,
        ai: chosen.desk,
        publisher,
        chart,
        metrics,
        heartbeat: inside.heartbeat,
        control: inside.control,
        ai_answers,
        ai_changes,
    });
    Ok(Assembled { trader, first })
}

/// The core as it was left, or a new one.
fn bot(data_dir: &Path, loaded: &Loaded, config: &BotConfig) -> Result<Bot, Fault> {
    let Some(text) = &loaded.saved else {
        return Ok(Bot::new(config.clone()));
    };
    let saved: Saved =
        serde_json::from_str(text).map_err(|error| unreadable(data_dir, "bot", &error))?;
    if !saved.is_readable() {
        return Err(Fault::usage(format!(
            "The data in {} was written by another version: use that version, or choose another --data-dir.",
            data_dir.display()
        )));
    }
    Ok(Bot::restore(config.clone(), saved))
}

/// A past for a bot: its decider needs one, and the page shows it.
fn warm_up(history: Vec<Vec<Candle>>, chart: &Chart) -> Vec<Input> {
    let mut first = Vec::new();
    for (index, candles) in history.into_iter().enumerate() {
        let Ok(market) = u16::try_from(index).map(MarketId) else {
            continue;
        };
        chart.fill(market, candles.iter().copied());
        let warm = |candle: Candle| Input::WarmUp { market, candle };
        first.extend(candles.into_iter().map(warm));
    }
    first
}

pub(super) fn unreadable(data_dir: &Path, what: &str, error: &serde_json::Error) -> Fault {
    Fault::usage(format!(
        "The saved state of the {what} in {} cannot be read ({error}): use the version that wrote it, or choose another \
         --data-dir.",
        data_dir.display()
    ))
}
