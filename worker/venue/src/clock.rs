//! The time that the bot lives by: the wall clock, or a simulator's that runs faster.
//!
//! Timeouts of the network are not measured by it: they are wall-clock durations, whatever the venue's speed.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aicoin_domain::{DurationMs, TimeMs};

/// A clock. Copies of one clock agree.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    source: Source,
}

#[derive(Clone, Copy, Debug)]
enum Source {
    System,
    Anchored {
        venue_time: TimeMs,
        since: Instant,
        speed: f64,
    },
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub const fn system() -> Self {
        Self {
            source: Source::System,
        }
    }

    /// A clock that showed `venue_time` at `since` and runs `speed` times as fast as the wall clock. A speed that is no number
    /// above zero counts as 1.
    #[must_use]
    pub fn anchored(venue_time: TimeMs, since: Instant, speed: f64) -> Self {
        let speed = if speed.is_finite() && speed > 0.0 {
            speed
        } else {
            1.0
        };
        Self {
            source: Source::Anchored {
                venue_time,
                since,
                speed,
            },
        }
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> TimeMs {
        match self.source {
            Source::System => TimeMs(
                SystemTime::now()
                    .duration_since(UNIX_EPOCH)
                    .map_or(0, whole_ms),
            ),
            Source::Anchored {
                venue_time,
                since,
                speed,
            } => {
                let passed = since.elapsed().mul_f64(speed.min(SPEED_MAX));
                TimeMs(venue_time.0.saturating_add(whole_ms(passed)))
            }
        }
    }

    /// How long to wait, by the wall clock, until this clock shows `time`; nothing when it does already.
    #[must_use]
    pub fn until(&self, time: TimeMs) -> Duration {
        let left = u64::try_from((time - self.now()).0).unwrap_or(0);
        Duration::from_millis(left).div_f64(self.speed())
    }

    /// A span of the wall clock as this clock counts it.
    #[must_use]
    pub(crate) fn span(&self, wall: Duration) -> DurationMs {
        DurationMs(whole_ms(wall.mul_f64(self.speed())))
    }

    /// How many times as fast as the wall clock it runs.
    #[must_use]
    pub fn speed(&self) -> f64 {
        match self.source {
            Source::System => 1.0,
            Source::Anchored { speed, .. } => speed.clamp(SPEED_MIN, SPEED_MAX),
        }
    }
}

/// Beyond these a product with a duration could overflow.
const SPEED_MAX: f64 = 1_000_000.0;
const SPEED_MIN: f64 = 0.001;

fn whole_ms(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchored_clock_starts_at_its_anchor_and_runs_at_its_speed() {
        let clock = Clock::anchored(TimeMs(1_000_000), Instant::now(), 1000.0);
        assert!(clock.now() >= TimeMs(1_000_000));
        let wait = clock.until(clock.now() + aicoin_domain::DurationMs(60_000));
        assert!(
            wait <= Duration::from_millis(60) && wait > Duration::from_millis(30),
            "{wait:?}"
        );
        assert_eq!(clock.until(TimeMs(0)), Duration::ZERO);
    }
}
