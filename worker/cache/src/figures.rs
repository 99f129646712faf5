//! How often the cache helped.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts since the start of the process.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    hits: AtomicU64,
    misses: AtomicU64,
    failures: AtomicU64,
}

/// Counts since the start of the process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Answers that were there.
    pub hits: u64,
    /// Answers that were not.
    pub misses: u64,
    /// Calls that failed or took too long.
    pub failures: u64,
}

impl Figures {
    /// How many of the answers that were looked for were there, 0 to 100; `None` when none was looked for.
    #[must_use]
    pub fn hit_percent(self) -> Option<u64> {
        let asked = self.hits.saturating_add(self.misses);
        self.hits.saturating_mul(100).checked_div(asked)
    }
}

impl Counters {
    pub(crate) fn looked(&self, is_there: bool) {
        let counter = if is_there { &self.hits } else { &self.misses };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn failed(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> Figures {
        Figures {
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
            failures: self.failures.load(Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_of_what_was_looked_for() {
        let counters = Counters::default();
        assert_eq!(counters.read().hit_percent(), None);
        for is_there in [true, true, false] {
            counters.looked(is_there);
        }
        counters.failed();
        let figures = counters.read();
        assert_eq!(
            figures,
            Figures {
                hits: 2,
                misses: 1,
                failures: 1
            }
        );
        assert_eq!(figures.hit_percent(), Some(66));
    }
}
