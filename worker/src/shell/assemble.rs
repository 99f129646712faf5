//! Putting a bot together from its manifest and from what an earlier process wrote down.

use std::path::Path;
use std::sync::Arc;

use aicoin_api::bot::TradingBot;
use aicoin_core::{
    AiAnswer, Bot, BotConfig, Candle, Input, LeaseState, Policy, RuleConfig, Saved,
    VIEW_CANDLES_MAX,
};
use aicoin_domain::{MarketId, TimeMs, Usd};
use aicoin_store::{Loaded, Store};
use tokio::sync::mpsc;

use super::chart::Chart;
use super::crashes::Crashes;
use super::face::Inside;
use super::lists::Lists;
use super::metrics::Metrics;
use super::model::Chosen;
use super::publish::{Identity, Publisher, wall_clock_ms};
use super::trader::{AiChange, Parts, Trader};
use super::venue::{PaperVenue, history_candles};
use crate::fault::Fault;
use crate::resolve::{Shell, bot_config, exchange_config};

/// Candles from before the start that the page shows and indicators are warmed up with.
const HISTORY_CANDLES: usize = 300;
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
        ai_answers,
        ai_changes,
    } = job;
    let names = loaded.markets.clone();
    let config = bot_config(
        manifest,
        &names,
        chosen.decider,
        chosen.worst_case_cost,
        Shell::Local,
    )?;
    let venue = venue(manifest, data_dir, loaded, &names)?;
    let bot = bot(data_dir, loaded, &config)?;
    let chart = Arc::new(Chart::new(names.len(), config.interval));
    let mut first = vec![Input::Lease(LeaseState::Held {
        epoch: loaded.epoch,
    })];
    if loaded.venue.is_none() {
        first.extend(warm_up(&venue, &config, &chart));
    } else {
        let after = loaded.journal_seq.saturating_sub(CHART_INPUTS);
        let limit = u32::try_from(CHART_INPUTS).unwrap_or(u32::MAX);
        // Without it the page has no past; the bot does not need it.
        chart.replay(&store.journal(after, limit).await.unwrap_or_default());
    }
    let metrics = Metrics::new(&inside.registry)
        .map_err(|error| Fault::internal(format!("Metrics cannot start: {error}.")))?;
    let speed = identity.speed;
    let publisher = Publisher::new(
        identity,
        names.clone(),
        loaded.counts,
        crashes,
        inside.status.clone(),
        inside.events,
    );
    inside.reader.set(Lists {
        store: store.clone(),
        chart: Arc::clone(&chart),
        names,
        status: inside.status.subscribe(),
        heartbeat: inside.heartbeat.clone(),
        store_health: publisher.store_health(),
    });
    let trader = Trader::new(Parts {
        bot,
        venue,
        store,
        journal_seq: loaded.journal_seq,
        speed,
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

/// The exchange as it was left, or a new one.
fn venue(
    manifest: &TradingBot,
    data_dir: &Path,
    loaded: &Loaded,
    names: &[String],
) -> Result<PaperVenue, Fault> {
    let unknown =
        || Fault::usage("A market of this data directory is no longer in the simulated listing.");
    let paper = manifest.spec.exchange.paper();
    let exchange = exchange_config(manifest, names, Shell::Local)?;
    let Some(text) = &loaded.venue else {
        let now = TimeMs(wall_clock_ms() / 1000 * 1000);
        let balance = paper.starting_balance.0;
        return PaperVenue::new(names, exchange, balance, paper.seed, now).ok_or_else(unknown);
    };
    let mut venue =
        PaperVenue::restore(text).map_err(|error| unreadable(data_dir, "exchange", &error))?;
    venue
        .reconfigure(names, exchange, paper.seed)
        .ok_or_else(unknown)?;
    refuse_other_balance(data_dir, venue.deposits(), paper.starting_balance.0)?;
    Ok(venue)
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

/// A past for a new bot: its decider needs one, and the page shows it.
fn warm_up(venue: &PaperVenue, config: &BotConfig, chart: &Chart) -> Vec<Input> {
    let needed = match &config.policy {
        Policy::Rule(RuleConfig::EmaCross { slow, .. }) => {
            usize::try_from(*slow).unwrap_or(usize::MAX)
        }
        Policy::Ai(_) => VIEW_CANDLES_MAX,
    };
    let count = history_candles(config.interval, needed, HISTORY_CANDLES);
    let histories = venue.history(config.interval, count);
    let mut first = Vec::new();
    for (index, candles) in histories.into_iter().enumerate() {
        let Ok(market) = u16::try_from(index).map(MarketId) else {
            continue;
        };
        chart.fill(market, candles.iter().copied());
        let warm = |candle: Candle| Input::WarmUp { market, candle };
        first.extend(candles.into_iter().map(warm));
    }
    first
}

/// The starting balance is immutable: another one is another account.
fn refuse_other_balance(data_dir: &Path, began_with: Usd, asked: Usd) -> Result<(), Fault> {
    if began_with == asked {
        return Ok(());
    }
    Err(Fault::usage(format!(
        "spec.exchange.paper.startingBalance is {asked}, but the account in {} began with {began_with}: set it back, or choose \
         another --data-dir.",
        data_dir.display()
    )))
}

fn unreadable(data_dir: &Path, what: &str, error: &serde_json::Error) -> Fault {
    Fault::usage(format!(
        "The saved state of the {what} in {} cannot be read ({error}): use the version that wrote it, or choose another \
         --data-dir.",
        data_dir.display()
    ))
}
