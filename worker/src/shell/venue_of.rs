//! The venue that a manifest names, as an earlier process left it or new.

use std::path::{Path, PathBuf};

use aicoin_api::bot::{Mode, PaperMarket, TradingBot};
use aicoin_core::{BotConfig, Candle, Policy, RuleConfig, VIEW_CANDLES_MAX};
use aicoin_domain::{Rate, TimeMs, Usd};
use aicoin_hyperliquid::Network;
use aicoin_paper::Fees;
use aicoin_store::Loaded;
use aicoin_venue::{Limits, VenueConfig, WarmUp};
use tokio::sync::watch;

use super::assemble::unreadable;
use super::link_health::LinkHealth;
use super::publish::wall_clock_ms;
use super::shared_cache::SharedCache;
use super::venue::{
    Dial, KeyPlace, Live, Paper, PaperOnLive, PaperVenue, Terms, Venue, history_candles,
};
use crate::fault::Fault;
use crate::resolve::{Shell, exchange_config};

/// Candles from before the start that the page shows and indicators are warmed up with.
const HISTORY_CANDLES: usize = 300;

/// What the process was given for its venue.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    /// The folder of the secrets.
    pub(crate) secrets_dir: Option<PathBuf>,
    /// A certificate authority beside the built-in ones, as PEM.
    pub(crate) extra_ca_pem: Option<String>,
    /// How many times faster than the clock the venue's time runs: a simulated market or a simulator.
    pub(crate) speed: f64,
    /// What is shared with other workers.
    pub(crate) cache: SharedCache,
}

/// A venue, and what comes with it.
pub(super) struct MadeVenue {
    pub(super) venue: Venue,
    /// How the way to it is.
    pub(super) link: watch::Receiver<LinkHealth>,
    /// The past of each market, where it is known at once.
    pub(super) history: Vec<Vec<Candle>>,
}

/// Makes the venue of a manifest.
pub(super) fn make(
    manifest: &TradingBot,
    data_dir: &Path,
    loaded: &Loaded,
    config: &BotConfig,
    given: Given,
) -> Result<MadeVenue, Fault> {
    let names: Vec<String> = config.markets.iter().map(|it| it.name.clone()).collect();
    let on_live_prices = manifest.spec.exchange.paper().market == PaperMarket::Hyperliquid;
    match manifest.spec.mode {
        Mode::Paper if !on_live_prices => {
            let (venue, history) = simulated(manifest, data_dir, loaded, config, &names)?;
            let (_, link) = watch::channel(LinkHealth::in_process());
            Ok(MadeVenue {
                venue: Venue::Paper(Box::new(Paper::new(venue, given.speed))),
                link,
                history,
            })
        }
        mode @ (Mode::Paper | Mode::Testnet | Mode::Live) => {
            let paper = match mode {
                Mode::Paper => Some(paper_on_live(manifest, data_dir, loaded, config)?),
                Mode::Testnet | Mode::Live => None,
            };
            let dial = dial(manifest, config, names, &given)?;
            let (health, link) = watch::channel(LinkHealth::dialling());
            Ok(MadeVenue {
                venue: Venue::Live(Box::new(Live::new(dial, given.speed, paper, health))),
                link,
                history: Vec::new(),
            })
        }
    }
}

/// The simulated market as it was left, or a new one with a past.
fn simulated(
    manifest: &TradingBot,
    data_dir: &Path,
    loaded: &Loaded,
    config: &BotConfig,
    names: &[String],
) -> Result<(PaperVenue, Vec<Vec<Candle>>), Fault> {
    let unknown =
        || Fault::usage("A market of this data directory is no longer in the simulated listing.");
    let paper = manifest.spec.exchange.paper();
    let exchange = exchange_config(manifest, names, Shell::Local)?;
    let balance = paper.starting_balance.0;
    let Some(text) = &loaded.venue else {
        let now = TimeMs(wall_clock_ms() / 1000 * 1000);
        let venue =
            PaperVenue::new(names, exchange, balance, paper.seed, now).ok_or_else(unknown)?;
        let count = history_candles(config.interval, candles_needed(config), HISTORY_CANDLES);
        let history = venue.history(config.interval, count);
        return Ok((venue, history));
    };
    let mut venue =
        PaperVenue::restore(text).map_err(|error| unreadable(data_dir, "exchange", &error))?;
    venue
        .reconfigure(names, exchange, paper.seed)
        .ok_or_else(unknown)?;
    refuse_other_balance(data_dir, venue.deposits(), balance)?;
    Ok((venue, Vec::new()))
}

/// A paper account over live prices, as it was left or to be opened.
fn paper_on_live(
    manifest: &TradingBot,
    data_dir: &Path,
    loaded: &Loaded,
    config: &BotConfig,
) -> Result<PaperOnLive, Fault> {
    let paper = manifest.spec.exchange.paper();
    let terms = Terms {
        balance: paper.starting_balance.0,
        fees: Fees {
            taker: paper.fees.taker_pct.0,
            maker: paper.fees.maker_pct.0,
        },
        slippage: Rate::from_bps(i64::from(paper.slippage_bps)),
        risk: config.risk.clone(),
    };
    let Some(text) = &loaded.venue else {
        return Ok(PaperOnLive::new(terms));
    };
    let balance = terms.balance;
    let restored = PaperOnLive::restore(terms, text)
        .map_err(|error| unreadable(data_dir, "exchange", &error))?;
    if let Some(began_with) = restored.deposits() {
        refuse_other_balance(data_dir, began_with, balance)?;
    }
    Ok(restored)
}

fn dial(
    manifest: &TradingBot,
    config: &BotConfig,
    markets: Vec<String>,
    given: &Given,
) -> Result<Dial, Fault> {
    let spec = &manifest.spec;
    let hyperliquid = spec.exchange.hyperliquid.clone().unwrap_or_default();
    // Public data of the real market; play money is play.
    let network = match spec.mode {
        Mode::Paper | Mode::Live => Network::Mainnet,
        Mode::Testnet => Network::Testnet,
    };
    let trades = spec.mode != Mode::Paper;
    let account = hyperliquid
        .account_address
        .filter(|_| trades)
        .map(|text| {
            text.parse().map_err(|error| {
                Fault::usage(format!(
                    "spec.exchange.hyperliquid.accountAddress: {text:?} {error}."
                ))
            })
        })
        .transpose()?;
    let key = hyperliquid
        .agent_key_secret_ref
        .filter(|_| trades)
        .map(|reference| KeyPlace {
            dir: given.secrets_dir.clone(),
            reference,
        });
    if trades && (account.is_none() || key.is_none()) {
        return Err(Fault::usage(format!(
            "spec.exchange.hyperliquid: mode {} needs accountAddress and agentKeySecretRef.",
            spec.mode
        )));
    }
    Ok(Dial {
        config: VenueConfig {
            base_url: hyperliquid
                .base_url
                .unwrap_or_else(|| network.base_url().to_owned()),
            warm_up: Some(WarmUp {
                interval: config.interval,
                count: HISTORY_CANDLES.max(candles_needed(config)),
            }),
            max_leverage: config.risk.max_leverage,
            extra_ca_pem: given.extra_ca_pem.clone(),
            limits: Limits::default().at_speed(given.speed),
            shared: given.cache.share(),
            ..VenueConfig::new(network, account, markets)
        },
        key,
    })
}

/// How many finished candles the decider needs before it can decide.
fn candles_needed(config: &BotConfig) -> usize {
    match &config.policy {
        Policy::Rule(RuleConfig::EmaCross { slow, .. }) => {
            usize::try_from(*slow).unwrap_or(usize::MAX)
        }
        Policy::Ai(_) => VIEW_CANDLES_MAX,
    }
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
