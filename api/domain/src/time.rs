//! Points in time and spans, in milliseconds. Nobody here asks a clock: time is always an argument.

use core::fmt;
use core::ops::{Add, Sub};

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01 00:00 UTC.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct TimeMs(pub i64);

/// A span in milliseconds.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct DurationMs(pub i64);

impl DurationMs {
    /// A span of whole seconds.
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs * 1000)
    }

    /// A span of whole minutes.
    #[must_use]
    pub const fn from_mins(mins: i64) -> Self {
        Self(mins * 60_000)
    }
}

impl TimeMs {
    /// The start of the slot of length `step` that this point lies in; slots are counted from 1970.
    #[inline]
    #[must_use]
    pub const fn floor(self, step: DurationMs) -> Self {
        Self(self.0 - self.0.rem_euclid(step.0))
    }

    /// The start of this point's UTC day.
    #[inline]
    #[must_use]
    pub const fn day(self) -> Self {
        self.floor(DurationMs(86_400_000))
    }
}

impl Add<DurationMs> for TimeMs {
    type Output = Self;
    #[inline]
    fn add(self, span: DurationMs) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<DurationMs> for TimeMs {
    type Output = Self;
    #[inline]
    fn sub(self, span: DurationMs) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl Sub for TimeMs {
    type Output = DurationMs;
    #[inline]
    fn sub(self, earlier: Self) -> DurationMs {
        DurationMs(self.0.saturating_sub(earlier.0))
    }
}

impl fmt::Display for TimeMs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms", self.0)
    }
}
