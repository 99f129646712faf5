//! Who decides, and how often.

use serde::{Deserialize, Serialize};

use super::{Ai, Decider, Dollars, Span, defaults};

/// Who decides, and how often. With both an `ai` and a `rule` the AI decides, and the rule only where `local` has no key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "crd", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Decision {
    /// The cadence, and the candle that a rule sees.
    #[serde(default = "default_interval")]
    pub interval: Span,
    /// A model that is asked at every closed candle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ai: Option<Ai>,
    /// A deterministic rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
}

impl Decision {
    /// Who is meant to decide: the AI when there is one.
    #[must_use]
    pub fn decider(&self) -> Option<Decider> {
        match (&self.ai, self.ema_cross()) {
            (Some(_), _) => Some(Decider::Ai),
            (None, Some(_)) => Some(Decider::Rule),
            (None, None) => None,
        }
    }

    /// The policy of the rule, when one is named.
    #[must_use]
    pub fn ema_cross(&self) -> Option<&EmaCross> {
        self.rule.as_ref().and_then(|rule| rule.ema_cross.as_ref())
    }
}

fn default_interval() -> Span {
    Span(defaults::INTERVAL)
}

/// A deterministic rule: exactly one of its fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "crd", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// Long while the fast average is above the slow one, short while it is below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ema_cross: Option<EmaCross>,
}

/// Two exponential moving averages of the closing prices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "crd", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EmaCross {
    /// The length of the fast average, in candles.
    pub fast: u32,
    /// The length of the slow average, in candles.
    pub slow: u32,
    /// The notional value of a position when it is opened, USD.
    pub notional: Dollars,
}
