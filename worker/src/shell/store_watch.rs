//! Whether the store takes what happens, and what the core was told of it.
//!
//! Two things keep new exposure away: a store that fails, which is tried again, and one that is tight, which still takes
//! the rows of everything that reduces.

use std::time::{Duration, Instant};

use aicoin_core::StoreHealth;
use aicoin_store::{Committed, StoreError};

/// What happened is stored at least this often, rows or not.
const FLUSH_EVERY: Duration = Duration::from_secs(1);
/// A store that failed is tried again this often.
const RETRY_EVERY: Duration = Duration::from_secs(1);

/// The store as the trading loop knows it.
pub(crate) struct StoreWatch {
    /// What the core was told last.
    told: StoreHealth,
    /// It failed, and is tried again then.
    retry_at: Option<Instant>,
    flushed_at: Instant,
    /// It has little room left.
    tight: bool,
}

impl StoreWatch {
    /// A store that works.
    pub(crate) fn new() -> Self {
        Self {
            told: StoreHealth::Up,
            retry_at: None,
            flushed_at: Instant::now(),
            tight: false,
        }
    }

    /// It failed a moment ago: another try would be for nothing.
    pub(crate) fn is_resting(&self) -> bool {
        self.retry_at.is_some_and(|at| Instant::now() < at)
    }

    /// Its last try failed.
    pub(crate) const fn is_failing(&self) -> bool {
        self.retry_at.is_some()
    }

    /// The next try is not put off any more.
    pub(crate) const fn try_again(&mut self) {
        self.retry_at = None;
    }

    /// It took a batch.
    pub(crate) fn committed(&mut self, committed: Committed) {
        self.retry_at = None;
        self.flushed_at = Instant::now();
        self.tight = committed.tight;
    }

    /// It did not. What the core is to be told, if that is news.
    pub(crate) fn failed(&mut self, error: &StoreError) -> Option<StoreHealth> {
        self.retry_at = Some(Instant::now() + RETRY_EVERY);
        self.news(error.health())
    }

    /// It is time to write, or to see how the store is.
    pub(crate) fn is_due(&self) -> bool {
        match self.retry_at {
            Some(at) => Instant::now() >= at,
            None => self.told != self.health() || self.flushed_at.elapsed() >= FLUSH_EVERY,
        }
    }

    /// After a successful try: what the core is to be told, if that is news.
    pub(crate) fn settled(&mut self) -> Option<StoreHealth> {
        self.flushed_at = Instant::now();
        self.news(self.health())
    }

    const fn health(&self) -> StoreHealth {
        if self.tight {
            StoreHealth::Full
        } else {
            StoreHealth::Up
        }
    }

    fn news(&mut self, health: StoreHealth) -> Option<StoreHealth> {
        if self.told == health {
            return None;
        }
        self.told = health;
        Some(health)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use aicoin_api::http::Counts;

    use super::*;

    fn committed(tight: bool) -> Committed {
        Committed {
            counts: Counts::default(),
            tight,
        }
    }

    fn busy() -> StoreError {
        StoreError::Busy {
            file: PathBuf::new(),
        }
    }

    #[test]
    fn a_failure_is_told_once_and_the_recovery_too() {
        let mut watch = StoreWatch::new();
        assert_eq!(watch.failed(&busy()), Some(StoreHealth::Down));
        assert_eq!(watch.failed(&busy()), None);
        assert!(watch.is_resting() && !watch.is_due());
        watch.committed(committed(false));
        assert!(watch.is_due(), "the core must hear of it");
        assert_eq!(watch.settled(), Some(StoreHealth::Up));
        assert_eq!(watch.settled(), None);
        assert!(!watch.is_due());
    }

    #[test]
    fn a_tight_store_is_full_for_the_core_and_still_written_to() {
        let mut watch = StoreWatch::new();
        watch.committed(committed(true));
        assert!(watch.is_due() && !watch.is_resting());
        assert_eq!(watch.settled(), Some(StoreHealth::Full));
        watch.committed(committed(true));
        assert_eq!(watch.settled(), None);
        assert_eq!(watch.failed(&busy()), Some(StoreHealth::Down));
        watch.committed(committed(true));
        assert_eq!(watch.settled(), Some(StoreHealth::Full));
        watch.committed(committed(false));
        assert_eq!(watch.settled(), Some(StoreHealth::Up));
    }
}
