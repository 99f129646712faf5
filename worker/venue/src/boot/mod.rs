//! What is asked before anything is traded: the time, the markets, the account, its agent, and candles of the past.
//!
//! It is tried again by whoever calls it, so it asks the cheap questions first and stops at the first that fails.
//! Never: an order, a signature. The key itself is not even here, only its address.

mod agent;
mod error;
mod leverage;
mod prove;

use std::sync::Arc;
use std::time::{Duration, Instant};

use aicoin_core::Candle;
use aicoin_domain::{DurationMs, MarketRules, TimeMs};
use aicoin_hyperliquid::Address;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::address::Endpoint;
use crate::config::{CANDLES_MAX, VenueConfig, WarmUp};
use crate::health::Board;
use crate::meta::{Listed, Universe};
use crate::rest::{AskError, Rest};
use crate::wire::candle::{CandleWire, interval_word};
use crate::wire::meta::MetaWire;
use crate::wire::request::{CandleRequest, Question};
use crate::wire::user::StatusWire;

pub use error::BootError;
pub use leverage::{LeverageLeft, set_leverage};
pub use prove::prove;

/// What was found out.
#[derive(Debug)]
pub struct Booted {
    /// The rules of each market, in the order of the configuration.
    pub markets: Vec<MarketRules>,
    /// Each market's number on this network, in the same order.
    pub assets: Vec<u32>,
    /// Candles of each market, closed ones only, oldest first; empty where the venue has none of that length.
    pub candles: Vec<Vec<Candle>>,
    /// The venue's time.
    pub time: TimeMs,
    /// When it was that: in the middle between the question and its answer.
    pub time_at: Instant,
    /// Set when actions must name whom they are for: a sub-account or a vault.
    pub vault: Option<Address>,
    /// When the agent's approval ends; `None` when it does not, or is not said.
    pub agent_valid_until: Option<TimeMs>,
    pub(crate) universe: Universe,
    pub(crate) listed: Vec<Listed>,
    /// With what was used of the allowance so far, and its open connections.
    pub(crate) rest: Arc<Rest>,
}

/// Asks the venue everything that must be known before it is traded at. `agent` is the address of the key that will sign.
///
/// # Errors
/// The first thing that is wrong, or that the venue does not answer.
pub async fn boot(config: &VenueConfig, agent: Option<Address>) -> Result<Booted, BootError> {
    if let (Some(account), Some(agent)) = (config.account, agent)
        && account == agent
    {
        return Err(BootError::MasterKey { account });
    }
    let asking = Asking::new(config)?;
    let slow = |limit: Duration| BootError::Unreachable {
        url: config.base_url.clone(),
        why: format!("it did not answer everything within {} s", limit.as_secs()),
    };
    let limit = config.limits.boot_timeout;
    timeout(limit, asking.everything(agent))
        .await
        .map_err(|_| slow(limit))?
}

/// The questions of the start.
struct Asking<'a> {
    config: &'a VenueConfig,
    rest: Arc<Rest>,
    board: Board,
}

impl<'a> Asking<'a> {
    fn new(config: &'a VenueConfig) -> Result<Self, BootError> {
        let endpoint = Endpoint::new(&config.base_url, config.extra_ca_pem.as_deref())?;
        let rest = Rest::new(endpoint, config.limits.clone(), config.shared.clone())
            .map_err(|error| crate::address::AddressFault::Client(aicoin_net::words(error)))?;
        Ok(Self {
            config,
            rest: Arc::new(rest),
            board: Board::new(),
        })
    }

    async fn everything(&self, agent: Option<Address>) -> Result<Booted, BootError> {
        let status: StatusWire = self.ask(Question::ExchangeStatus).await?;
        let time = TimeMs(status.time.0);
        let meta: MetaWire = self.ask(Question::Meta).await?;
        let universe = Universe::of(&meta);
        let listed = self.markets(&universe)?;
        let mut vault = None;
        let mut agent_valid_until = None;
        if let Some(account) = self.config.account {
            let owner = self.owner(account).await?;
            vault = (owner != account).then_some(account);
            if let Some(agent) = agent {
                agent_valid_until = self.check_agent(agent, account, owner, time).await?;
            }
            self.check_mode(account).await?;
        }
        let mut candles = Vec::with_capacity(listed.len());
        for market in &listed {
            candles.push(self.candles(&market.name, time).await?);
        }
        // Once more, on a connection that is open now: a simulator's minutes are fractions of our seconds.
        let asked_at = Instant::now();
        let status: StatusWire = self.ask(Question::ExchangeStatus).await?;
        let time = TimeMs(status.time.0);
        let time_at = asked_at + asked_at.elapsed() / 2;
        Ok(Booted {
            markets: listed.iter().map(|market| market.rules).collect(),
            assets: listed.iter().map(|market| market.asset).collect(),
            candles,
            time,
            time_at,
            vault,
            agent_valid_until,
            universe,
            listed,
            rest: Arc::clone(&self.rest),
        })
    }

    fn markets(&self, universe: &Universe) -> Result<Vec<Listed>, BootError> {
        let network = self.config.network;
        let find = |name: &String| match universe.find(name) {
            Some(listed) if listed.is_delisted => Err(BootError::Delisted {
                name: name.clone(),
                network,
            }),
            Some(listed) => Ok(listed.clone()),
            None => Err(BootError::UnknownMarket {
                name: name.clone(),
                network,
                nearest: universe.nearest(name).map(str::to_owned),
            }),
        };
        self.config.markets.iter().map(find).collect()
    }

    async fn candles(&self, coin: &str, now: TimeMs) -> Result<Vec<Candle>, BootError> {
        let Some(WarmUp { interval, count }) = self.config.warm_up else {
            return Ok(Vec::new());
        };
        let count = count.min(CANDLES_MAX);
        let Some(word) = interval_word(interval).filter(|_| count > 0) else {
            return Ok(Vec::new());
        };
        // One more than is wanted: the last one is not finished.
        let span = i64::try_from(count.saturating_add(1)).unwrap_or(i64::MAX);
        // On the interval's own grid: workers that start within one interval ask the same.
        let end = now.floor(interval) + interval;
        let start = end - DurationMs(interval.0.saturating_mul(span.saturating_add(1)));
        let question = Question::CandleSnapshot {
            req: CandleRequest {
                coin,
                interval: word,
                start_time: start.0.max(0),
                end_time: end.0,
                count: u32::try_from(span).unwrap_or(u32::MAX),
            },
        };
        let candles: Vec<CandleWire> = self.ask(question).await?;
        let mut closed: Vec<Candle> = candles
            .iter()
            .filter(|candle| candle.is_closed(now))
            // One that is no candle is left out: they are there for averages.
            .filter_map(CandleWire::to_candle)
            .collect();
        closed.sort_by_key(|candle| candle.time);
        closed.dedup_by_key(|candle| candle.time);
        let excess = closed.len().saturating_sub(count);
        closed.drain(..excess);
        Ok(closed)
    }

    async fn ask<T: DeserializeOwned>(&self, question: Question<'_>) -> Result<T, BootError> {
        self.rest
            .ask_twice(question, &self.board)
            .await
            .map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &AskError) -> BootError {
        let (url, why) = (self.config.base_url.clone(), error.to_string());
        if error.is_unreadable() {
            BootError::Unreadable { url, why }
        } else {
            BootError::Unreachable { url, why }
        }
    }
}
