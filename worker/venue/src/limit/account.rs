//! The allowance of an account: 10,000 requests, and one more for each USDC traded. Cancels have more of it than orders,
//! and a part is kept for them and for closing.

use std::sync::atomic::{AtomicI64, Ordering};

/// The allowance as it was read last, less what was sent since.
#[derive(Debug)]
pub(crate) struct AccountAllowance {
    /// [`UNKNOWN`] before it was read: then nothing is held back, for the venue says no by itself.
    left: AtomicI64,
    reserved: i64,
}

const UNKNOWN: i64 = i64::MAX;

impl AccountAllowance {
    pub(crate) const fn new(reserved: i64) -> Self {
        Self {
            left: AtomicI64::new(UNKNOWN),
            reserved,
        }
    }

    /// As the venue says.
    pub(crate) fn read(&self, left: i64) {
        self.left.store(left, Ordering::Relaxed);
    }

    /// The venue says that there is none left.
    pub(crate) fn exhausted(&self) {
        self.left.store(0, Ordering::Relaxed);
    }

    /// What is left; `None` before it was read.
    pub(crate) fn left(&self) -> Option<i64> {
        Some(self.left.load(Ordering::Relaxed)).filter(|left| *left != UNKNOWN)
    }

    /// So little is left that it is kept for cancels and for closing.
    pub(crate) fn is_kept_back(&self) -> bool {
        self.left().is_some_and(|left| left <= self.reserved)
    }

    /// Counts requests that are sent.
    pub(crate) fn spend(&self, requests: i64) {
        // The unknown stays unknown.
        let _ = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                (left != UNKNOWN).then(|| left.saturating_sub(requests))
            });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_requests_are_kept_back_and_the_unknown_holds_nothing_back() {
        let allowance = AccountAllowance::new(500);
        allowance.spend(1);
        assert_eq!((allowance.left(), allowance.is_kept_back()), (None, false));
        allowance.read(502);
        allowance.spend(1);
        assert_eq!(
            (allowance.left(), allowance.is_kept_back()),
            (Some(501), false)
        );
        allowance.spend(1);
        assert!(allowance.is_kept_back());
        allowance.read(10_000);
        assert!(!allowance.is_kept_back());
        allowance.exhausted();
        assert!(allowance.is_kept_back());
    }
}
