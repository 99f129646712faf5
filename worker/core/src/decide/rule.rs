//! What a deterministic rule is: it sees closed candles and wants a position.

use aicoin_domain::Usd;
use serde::{Deserialize, Serialize};

use super::ema_cross::EmaCross;
use crate::config::RuleConfig;
use crate::input::Candle;
use crate::record::Why;

/// The position that a rule wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Wish {
    /// To be long.
    Long,
    /// To be short.
    Short,
}

/// A deterministic policy for one market. The next rule implements this and gets a variant in [`AnyRule`] and in
/// [`RuleConfig`]; nothing else needs to know of it.
pub(crate) trait Rule {
    /// Takes a closed candle. `Some` is what it wants now, `None` keeps what it wanted before.
    fn on_candle(&mut self, candle: &Candle) -> Option<Wish>;

    /// Why it wants what it last wanted.
    fn why(&self) -> Why;

    /// What a position is worth when it is opened.
    fn notional(&self) -> Usd;
}

/// Every rule there is. An enum, because a rule's memory is part of the bot's saved state.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize)]
pub(crate) enum AnyRule {
    EmaCross(EmaCross),
}

impl AnyRule {
    pub(crate) fn new(config: &RuleConfig) -> Self {
        match config {
            RuleConfig::EmaCross {
                fast,
                slow,
                notional,
            } => Self::EmaCross(EmaCross::new(*fast, *slow, *notional)),
        }
    }

    /// Whether this memory belongs to that configuration.
    pub(crate) fn fits(&self, config: &RuleConfig) -> bool {
        match (self, config) {
            (Self::EmaCross(rule), RuleConfig::EmaCross { fast, slow, .. }) => {
                rule.fits(*fast, *slow)
            }
        }
    }

    /// Takes over what a position is worth: it may change without losing the rule's memory.
    pub(crate) const fn reconfigure(&mut self, config: &RuleConfig) {
        match (self, config) {
            (Self::EmaCross(rule), RuleConfig::EmaCross { notional, .. }) => {
                rule.set_notional(*notional)
            }
        }
    }
}

impl Rule for AnyRule {
    #[inline]
    fn on_candle(&mut self, candle: &Candle) -> Option<Wish> {
        match self {
            Self::EmaCross(rule) => rule.on_candle(candle),
        }
    }

    fn why(&self) -> Why {
        match self {
            Self::EmaCross(rule) => rule.why(),
        }
    }

    fn notional(&self) -> Usd {
        match self {
            Self::EmaCross(rule) => rule.notional(),
        }
    }
}
