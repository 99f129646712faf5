//! The circuit breaker of the model: after failures in a row it is left alone for a while, then tried once.

use aicoin_domain::{DurationMs, TimeMs};
use serde::{Deserialize, Serialize};

/// Failures in a row that open it.
const FAILURES_MAX: u32 = 3;
/// The first pause; it doubles with every failed probe.
const PAUSE_FIRST: DurationMs = DurationMs::from_mins(2);
/// The longest pause: a model that is back is noticed within half an hour.
const PAUSE_MAX: DurationMs = DurationMs::from_mins(30);

/// The breaker's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BreakerState {
    /// Calls are made.
    Closed,
    /// No calls are made.
    Open,
    /// One call is made; its outcome decides.
    HalfOpen,
}

impl BreakerState {
    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half-open",
        }
    }
}

/// Counts failures in a row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Breaker {
    failures: u32,
    open_until: Option<TimeMs>,
}

impl Breaker {
    pub(crate) fn state(&self, now: TimeMs) -> BreakerState {
        match self.open_until {
            None => BreakerState::Closed,
            Some(until) if now < until => BreakerState::Open,
            Some(_) => BreakerState::HalfOpen,
        }
    }

    pub(crate) const fn on_success(&mut self) {
        self.failures = 0;
        self.open_until = None;
    }

    pub(crate) fn on_failure(&mut self, now: TimeMs) {
        self.failures = self.failures.saturating_add(1);
        if self.failures >= FAILURES_MAX {
            let doublings = (self.failures - FAILURES_MAX).min(10);
            let pause = (PAUSE_FIRST.0 << doublings).min(PAUSE_MAX.0);
            self.open_until = Some(now + DurationMs(pause));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_three_failures_and_probes_after_a_pause_that_doubles() {
        let (mut breaker, start) = (Breaker::default(), TimeMs(0));
        breaker.on_failure(start);
        breaker.on_failure(start);
        assert_eq!(breaker.state(start), BreakerState::Closed);
        breaker.on_failure(start);
        assert_eq!(breaker.state(start), BreakerState::Open);
        let probe = start + PAUSE_FIRST;
        assert_eq!(breaker.state(probe), BreakerState::HalfOpen);
        breaker.on_failure(probe);
        assert_eq!(breaker.state(probe + PAUSE_FIRST), BreakerState::Open);
        assert_eq!(
            breaker.state(probe + DurationMs(PAUSE_FIRST.0 * 2)),
            BreakerState::HalfOpen
        );
        breaker.on_success();
        assert_eq!(breaker.state(probe), BreakerState::Closed);
    }
}
