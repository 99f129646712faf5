//! The rules that a type cannot say. Pure: one bot in, every problem out.
//!
//! The same rules stand in the CRD and run in the reconcile and in `local`; [`RuleId`] is what they have in common.
//! A rule never looks at the world: whether a Secret exists or a market is traded is found out elsewhere.

mod decision;
mod exchange;
mod problems;
mod risk;
mod rule;
mod storage;

use core::fmt;

use problems::Problems;
pub use rule::RuleId;

use super::number::quote;
use super::{Mode, TradingBot, TradingBotSpec};

/// Where a bot is going to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Where {
    /// In this process: `local` and backtests.
    Local,
    /// In a cluster.
    Cluster,
}

/// One thing that is wrong with a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The rule that is broken.
    pub rule: RuleId,
    /// The path of the field.
    pub field: String,
    /// What is wrong, and the fix.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

impl core::error::Error for Problem {}

const MARKETS_MAX: usize = 20;
const MARKET_CHARS_MAX: usize = 32;

/// Holds a bot against every rule.
///
/// # Errors
/// All problems, in the order of the manifest.
pub fn validate(bot: &TradingBot, place: Where) -> Result<(), Vec<Problem>> {
    let mut problems = Problems {
        place,
        found: Vec::new(),
    };
    let TradingBot {
        api_version: _,
        kind: _,
        metadata,
        spec,
    } = bot;
    problems.dns_label("metadata.name", &metadata.name);
    if let Some(namespace) = &metadata.namespace {
        problems.dns_label("metadata.namespace", namespace);
    }
    check_spec(spec, &mut problems);
    if problems.found.is_empty() {
        Ok(())
    } else {
        Err(problems.found)
    }
}

fn check_spec(spec: &TradingBotSpec, problems: &mut Problems) {
    let TradingBotSpec {
        desired_state: _,
        mode,
        acknowledge_risk,
        markets,
        exchange,
        decision,
        risk,
        storage,
        cache,
        deletion_policy: _,
        worker,
    } = spec;
    if *mode == Mode::Live && !acknowledge_risk {
        problems.add(
            RuleId::LiveAcknowledged,
            "spec.acknowledgeRisk",
            "Live trades real money; write `acknowledgeRisk: true` if you accept that it can be lost",
        );
    }
    check_markets(markets, problems);
    exchange::check_exchange(*mode, exchange, problems);
    decision::check_decision(*mode, decision, problems);
    risk::check_risk(risk, problems);
    storage::check_storage(*mode, storage.as_ref(), problems);
    if let Some(cache) = cache {
        problems.secret("spec.cache.redis.urlSecretRef", &cache.redis.url_secret_ref);
    }
    if let Some(image) = &worker.image
        && (image.is_empty() || image.contains(char::is_whitespace))
    {
        problems.add(
            RuleId::ImageName,
            "spec.worker.image",
            "this is no image; write it like `ghcr.io/example/aicoin-worker:1.0.0`, or leave it out",
        );
    }
}

fn check_markets(markets: &[String], problems: &mut Problems) {
    if markets.is_empty() {
        problems.add(
            RuleId::MarketsCount,
            "spec.markets",
            "the list is empty; write 1 to 20 coins, like `[BTC, ETH]`",
        );
    }
    if markets.len() > MARKETS_MAX {
        problems.add(
            RuleId::MarketsCount,
            "spec.markets",
            format!(
                "there are {} markets; write 1 to {MARKETS_MAX}",
                markets.len()
            ),
        );
    }
    for (place, market) in markets.iter().enumerate() {
        let field = format!("spec.markets[{place}]");
        let is_name = !market.is_empty()
            && market.len() <= MARKET_CHARS_MAX
            && market
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b':');
        if !is_name {
            problems.add(
                RuleId::MarketName,
                field,
                format!(
                    "{} is no market; write the coin alone, like `BTC`",
                    quote(market)
                ),
            );
        } else if markets.iter().take(place).any(|earlier| earlier == market) {
            problems.add(
                RuleId::MarketsUnique,
                field,
                format!("`{market}` is there already; leave one"),
            );
        }
    }
}
