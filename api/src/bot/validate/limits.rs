//! The limits that rules hold values against: one place for the validation here and for the rules of the CRD.

use core::fmt;

use aicoin_domain::{DurationMs, Rate, Usd};

use super::super::Span;

/// A range of whole numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counts {
    pub(crate) least: u64,
    pub(crate) most: u64,
}

impl Counts {
    pub(crate) fn contains(self, count: impl Into<u64>) -> bool {
        (self.least..=self.most).contains(&count.into())
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.least, self.most)
    }
}

/// A range of lengths of time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spans {
    pub(crate) least: DurationMs,
    pub(crate) most: DurationMs,
}

impl Spans {
    pub(crate) fn contains(self, span: Span) -> bool {
        (self.least..=self.most).contains(&span.0)
    }
}

impl fmt::Display for Spans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.least == DurationMs(0) {
            write!(f, "at most {}", Span(self.most))
        } else {
            write!(f, "{} to {}", Span(self.least), Span(self.most))
        }
    }
}

const fn counts(least: u64, most: u64) -> Counts {
    Counts { least, most }
}

pub(crate) const DNS_LABEL_CHARS_MAX: usize = 63;
pub(crate) const DNS_SUBDOMAIN_CHARS_MAX: usize = 253;
/// Longer than any endpoint that somebody would type.
pub(crate) const BASE_URL_CHARS_MAX: usize = 1024;
/// Longer than any image with a digest.
pub(crate) const IMAGE_CHARS_MAX: usize = 512;
pub(crate) const MODEL_CHARS_MAX: usize = 128;

pub(crate) const MARKETS: Counts = counts(1, 20);
pub(crate) const MARKET_CHARS_MAX: usize = 32;

/// Kubernetes keeps no larger whole number.
pub(crate) const SEED: Counts = counts(0, i64::MAX as u64);
pub(crate) const FEE_MAX: Rate = Rate::from_bps(1_000);
/// An order that takes liquidity gives up 5 % from the price: above this it would never fill.
pub(crate) const SLIPPAGE_BPS: Counts = counts(0, 400);

pub(crate) const INTERVAL: Spans = Spans {
    least: DurationMs::from_secs(1),
    most: DurationMs::from_mins(24 * 60),
};
/// A model that needs longer decides about another market.
pub(crate) const TIMEOUT: Spans = Spans {
    least: DurationMs(100),
    most: DurationMs::from_mins(10),
};
pub(crate) const EMA_SLOW_MAX: u32 = 1000;
pub(crate) const CALLS_PER_HOUR: Counts = counts(1, 100_000);
pub(crate) const OUTPUT_TOKENS: Counts = counts(64, 384_000);
pub(crate) const PRICE_MAX: Usd = Usd::from_whole(100_000);

pub(crate) const RISK_PER_TRADE_BPS: Counts = counts(1, 10_000);
pub(crate) const LEVERAGE: Counts = counts(1, 50);
pub(crate) const CONFIDENCE: Counts = counts(0, 100);
pub(crate) const ORDERS_PER_HOUR: Counts = counts(1, 100_000);
pub(crate) const PERCENT_MAX: Rate = Rate::from_bps(10_000);
pub(crate) const COOLDOWN: Spans = Spans {
    least: DurationMs(0),
    most: DurationMs::from_mins(30 * 24 * 60),
};

/// Room for the tables and a few days of rows.
pub(crate) const SQLITE_BYTES_MIN: u64 = 64 << 20;
/// Larger than any volume.
pub(crate) const SQLITE_BYTES_MAX: u64 = 1 << 50;

/// Labels of nodes, taints, and kinds of resources: more than any pod needs.
pub(crate) const POD_ENTRIES_MAX: usize = 32;
/// A label's key: a DNS name, a slash, and a name.
pub(crate) const LABEL_KEY_CHARS_MAX: usize = 317;
pub(crate) const LABEL_VALUE_CHARS_MAX: usize = 63;
