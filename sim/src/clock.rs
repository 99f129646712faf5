//! The simulated time: it begins at the clock on the wall and runs a whole number of times faster.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aicoin_domain::{DurationMs, TimeMs};

/// The simulated time. It never goes backwards.
#[derive(Debug)]
pub(crate) struct Clock {
    start: TimeMs,
    since: Instant,
    speed: u32,
    /// What was skipped, milliseconds.
    skipped: AtomicI64,
}

impl Clock {
    pub(crate) fn start(speed: u32) -> Self {
        Self {
            start: wall(),
            since: Instant::now(),
            speed: speed.max(1),
            skipped: AtomicI64::new(0),
        }
    }

    pub(crate) const fn started_at(&self) -> TimeMs {
        self.start
    }

    pub(crate) const fn speed(&self) -> u32 {
        self.speed
    }

    pub(crate) fn now(&self) -> TimeMs {
        let elapsed = i64::try_from(self.since.elapsed().as_millis()).unwrap_or(i64::MAX);
        let simulated = elapsed.saturating_mul(i64::from(self.speed));
        self.start + DurationMs(simulated) + DurationMs(self.skipped.load(Ordering::Relaxed))
    }

    /// Jumps ahead.
    pub(crate) fn skip(&self, span: DurationMs) {
        self.skipped.fetch_add(span.0.max(0), Ordering::Relaxed);
    }

    /// How long a simulated span takes on the wall.
    pub(crate) fn on_the_wall(&self, span: DurationMs) -> Duration {
        Duration::from_millis(u64::try_from(span.0).unwrap_or(0)) / self.speed
    }
}

/// The clock on the wall. One that stands before 1970 counts as 1970.
pub(crate) fn wall() -> TimeMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since.map_or(0, |span| span.as_millis());
    TimeMs(i64::try_from(millis).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_begins_now_and_what_is_skipped_is_gone() {
        let clock = Clock::start(3_600);
        assert!((clock.started_at() - wall()).0.abs() < 60_000);
        let before = clock.now();
        clock.skip(DurationMs::from_mins(60));
        assert!(clock.now() - before >= DurationMs::from_mins(60));
        assert_eq!(
            clock.on_the_wall(DurationMs::from_mins(60)),
            Duration::from_secs(1)
        );
    }
}
