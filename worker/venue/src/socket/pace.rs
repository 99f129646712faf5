//! When the socket may be connected again: with growing pauses that are never the same, and so many times a minute.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::config::Limits;

const MINUTE: Duration = Duration::from_secs(60);
/// A connection that lasted this long was a good one.
const GOOD_AFTER: Duration = Duration::from_secs(30);
/// The pause is not doubled more often than this.
const DOUBLINGS_MAX: u32 = 16;

/// When the socket may be connected again.
#[derive(Debug)]
pub(super) struct Pace {
    first: Duration,
    longest: Duration,
    per_minute: usize,
    made: VecDeque<Instant>,
    failures: u32,
    is_first: bool,
}

impl Pace {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            first: limits.reconnect_pause,
            longest: limits.reconnect_pause_max,
            per_minute: limits.connections_per_minute.max(1),
            made: VecDeque::new(),
            failures: 0,
            is_first: true,
        }
    }

    /// How long to wait; `fraction` is random, between 0 and 1.
    pub(super) fn pause(&mut self, now: Instant, fraction: f64) -> Duration {
        while let Some(at) = self.made.front()
            && now.saturating_duration_since(*at) >= MINUTE
        {
            self.made.pop_front();
        }
        if self.is_first {
            return Duration::ZERO;
        }
        let doublings = self.failures.min(DOUBLINGS_MAX);
        let pause = self
            .first
            .saturating_mul(1 << doublings)
            .min(self.longest)
            // Many bots lose their sockets at once: they do not come back at once.
            .mul_f64(0.5 + fraction.clamp(0.0, 1.0) / 2.0);
        let allowed = if self.made.len() < self.per_minute {
            Duration::ZERO
        } else {
            self.made.front().map_or(Duration::ZERO, |at| {
                (*at + MINUTE).saturating_duration_since(now)
            })
        };
        pause.max(allowed)
    }

    /// A connection is made.
    pub(super) fn connecting(&mut self, now: Instant) {
        self.is_first = false;
        self.made.push_back(now);
    }

    /// It is over.
    pub(super) fn ended(&mut self, was_fresh: bool, lasted: Duration) {
        self.failures = if was_fresh && lasted >= GOOD_AFTER {
            0
        } else {
            self.failures.saturating_add(1)
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_their_limit_and_end_with_a_good_connection() {
        let limits = Limits::default();
        let mut pace = Pace::new(&limits);
        let now = Instant::now();
        assert_eq!(pace.pause(now, 1.0), Duration::ZERO);
        let mut pauses = Vec::new();
        for minute in 0..8 {
            let at = now + MINUTE * minute;
            pace.connecting(at);
            pace.ended(false, Duration::ZERO);
            pauses.push(pace.pause(at, 1.0).as_millis());
        }
        assert_eq!(pauses, [1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
        assert_eq!(pace.pause(now + MINUTE * 8, 0.0).as_millis(), 15000);
        pace.ended(true, GOOD_AFTER);
        assert_eq!(pace.pause(now + MINUTE * 8, 1.0), limits.reconnect_pause);
    }

    #[test]
    fn no_minute_has_more_connections_than_are_allowed() {
        let limits = Limits {
            connections_per_minute: 3,
            reconnect_pause: Duration::ZERO,
            ..Limits::default()
        };
        let mut pace = Pace::new(&limits);
        let now = Instant::now();
        for second in 0..3 {
            let at = now + Duration::from_secs(second);
            assert_eq!(pace.pause(at, 0.5), Duration::ZERO);
            pace.connecting(at);
            pace.ended(false, Duration::ZERO);
        }
        assert_eq!(
            pace.pause(now + Duration::from_secs(3), 0.5),
            Duration::from_secs(57)
        );
        assert_eq!(pace.pause(now + MINUTE, 0.5), Duration::ZERO);
    }
}
