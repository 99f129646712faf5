//! The trading loop's sign of life.
//!
//! For: `/livez`. Never: a judgement on anything but the loop itself; a slow exchange or a lost store is `/readyz`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A monotonic time that the trading loop writes once per turn and the probes read. Clones share it.
#[derive(Clone, Debug)]
pub struct Heartbeat {
    /// The clock's zero. An `Instant`, so that a jump of the wall clock neither kills nor hides a stuck loop.
    epoch: Instant,
    /// Milliseconds after `epoch` of the last beat.
    last_ms: Arc<AtomicU64>,
}

impl Heartbeat {
    /// A heartbeat that has just beaten.
    #[must_use]
    pub fn new() -> Self {
        Self {
            epoch: Instant::now(),
            last_ms: Arc::new(AtomicU64::new(0)),
        }
    }

    /// The loop is alive now.
    pub fn beat(&self) {
        let now_ms = u64::try_from(self.epoch.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_ms.store(now_ms, Ordering::Relaxed);
    }

    /// Something begins that takes longer than a turn of the loop, at most this long: it counts as alive until then, or
    /// until the next beat. For the start, when what an earlier process left is read.
    pub fn allow(&self, at_most: Duration) {
        let until = self.epoch.elapsed().saturating_add(at_most);
        let until_ms = u64::try_from(until.as_millis()).unwrap_or(u64::MAX);
        self.last_ms.store(until_ms, Ordering::Relaxed);
    }

    /// How long ago the last beat was; nothing while something is allowed to take its time.
    #[must_use]
    pub fn age(&self) -> Duration {
        let last = Duration::from_millis(self.last_ms.load(Ordering::Relaxed));
        self.epoch.elapsed().saturating_sub(last)
    }
}

impl Default for Heartbeat {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_take_its_time_counts_as_alive_until_then_and_no_longer() {
        let heartbeat = Heartbeat::new();
        heartbeat.allow(Duration::from_secs(60));
        assert_eq!(heartbeat.age(), Duration::ZERO);
        heartbeat.allow(Duration::from_millis(20));
        assert_eq!(heartbeat.age(), Duration::ZERO);
        let begun = Instant::now();
        while heartbeat.age() == Duration::ZERO {
            assert!(begun.elapsed() < Duration::from_secs(10), "it ends");
            std::thread::yield_now();
        }
        heartbeat.allow(Duration::from_secs(60));
        heartbeat.beat();
        assert!(heartbeat.age() < Duration::from_secs(10));
    }
}
