//! Made-up numbers, and numbers as the wire types want them.

use std::time::{SystemTime, UNIX_EPOCH};

use aicoin_domain::{Price, Rate, Size, Usd};

/// Numbers that look random and are the same at every start.
pub(crate) struct Noise(pub(crate) u64);

impl Noise {
    /// Between -1 and 1.
    pub(crate) fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(self.0 >> 33).unwrap_or(0)) / f64::from(1_u32 << 30) - 1.0
    }
}

pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(0)
}

pub(crate) fn price(value: f64) -> Price {
    let decimals = if value > 1000.0 { 1 } else { 3 };
    format!("{value:.decimals$}").parse().unwrap_or_default()
}

pub(crate) fn usd(value: f64) -> Usd {
    format!("{value:.6}").parse().unwrap_or_default()
}

pub(crate) fn rate(value: f64) -> Rate {
    format!("{value:.8}").parse().unwrap_or_default()
}

pub(crate) fn size(value: f64) -> Size {
    format!("{value:.5}").parse().unwrap_or_default()
}
