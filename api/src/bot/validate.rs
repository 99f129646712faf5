//! The rules that a type cannot say. Pure: one bot in, every problem out.
//!
//! The same rules stand in the CRD and run in the reconcile and in `local`; [`RuleId`] is what they have in common.
//! A rule never looks at the world: whether a Secret exists or a market is traded is found out elsewhere.

mod change;
mod decision;
mod exchange;
pub(crate) mod limits;
pub(crate) mod problems;
mod risk;
mod rule;
pub(crate) mod sentences;
mod storage;
mod worker;

use core::fmt;

pub use change::validate_change;
use problems::Problems;
pub use rule::RuleId;

use super::number::quote;
use super::{Mode, TradingBot, TradingBotSpec};
use crate::names::BOT_NAME_CHARS_MAX;

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
    if metadata.name.len() > BOT_NAME_CHARS_MAX
        && metadata.name.len() <= limits::DNS_LABEL_CHARS_MAX
    {
        problems.add(RuleId::BotNameLength, "metadata.name", sentences::BOT_NAME);
    }
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
            sentences::ACKNOWLEDGE,
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
    worker::check_worker(worker, problems);
}

fn check_markets(markets: &[String], problems: &mut Problems) {
    if markets.is_empty() {
        problems.add(RuleId::MarketsCount, "spec.markets", sentences::NO_MARKETS);
    }
    let count = markets.len() as u64;
    if count > limits::MARKETS.most {
        problems.add(
            RuleId::MarketsCount,
            "spec.markets",
            format!("there are {count} markets; write {}", limits::MARKETS),
        );
    }
    for (place, market) in markets.iter().enumerate() {
        let field = format!("spec.markets[{place}]");
        let is_name = !market.is_empty()
            && market.len() <= limits::MARKET_CHARS_MAX
            && market
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b':');
        if !is_name {
            problems.add(
                RuleId::MarketName,
                field,
                format!("{} {}", quote(market), sentences::MARKET),
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
