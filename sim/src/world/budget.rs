//! How many requests an address may make: so many to begin with, one more per USDC traded, and then one every ten seconds.

use aicoin_domain::{DurationMs, TimeMs, Usd};

/// One request in this time, once the budget is used up.
const TRICKLE: DurationMs = DurationMs::from_secs(10);
/// By how much the limit of cancels is higher, at most.
const CANCELS_MORE: u64 = 100_000;

/// What an address has used.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Budget {
    pub(crate) used: u64,
    /// Bought on top.
    pub(crate) reserved: u64,
    last: Option<TimeMs>,
}

impl Budget {
    /// How many requests it may make in all. `base` zero is no limit.
    pub(crate) fn cap(&self, base: u64, volume: Usd) -> u64 {
        let traded = u64::try_from(volume.units() / Usd::ONE_UNITS).unwrap_or(0);
        base.saturating_add(traded)
    }

    /// Counts `requests`.
    ///
    /// # Errors
    /// In the venue's words, when they are too many. What is refused does not count.
    pub(crate) fn spend(
        &mut self,
        requests: u64,
        are_cancels: bool,
        base: u64,
        volume: Usd,
        now: TimeMs,
    ) -> Result<(), String> {
        let cap = self.cap(base, volume);
        let with_reserve = cap.saturating_add(self.reserved);
        let limit = if are_cancels {
            with_reserve
                .saturating_add(CANCELS_MORE)
                .min(with_reserve.saturating_mul(2))
        } else {
            with_reserve
        };
        let is_over = base > 0 && self.used.saturating_add(requests) > limit;
        if is_over {
            let is_too_soon = self.last.is_some_and(|last| now - last < TRICKLE);
            if is_too_soon || requests > 1 {
                return Err(format!(
                    "Too many cumulative requests sent ({} > {cap}) for cumulative volume traded ${}. Place taker orders to free up 1 request per USDC traded.",
                    self.used.saturating_add(requests),
                    volume.rounded(2),
                ));
            }
            self.last = Some(now);
        }
        self.used = self.used.saturating_add(requests);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_the_budget_there_is_one_every_ten_seconds_and_cancels_go_on() {
        let mut budget = Budget::default();
        let volume = Usd::from_whole(3);
        let mut spend =
            |count, are_cancels, ms| budget.spend(count, are_cancels, 10, volume, TimeMs(ms));
        spend(13, false, 0).unwrap();
        spend(1, false, 1).unwrap();
        assert_eq!(
            spend(1, false, 9_000).unwrap_err(),
            "Too many cumulative requests sent (15 > 13) for cumulative volume traded $3. Place taker orders to free up 1 request per USDC traded."
        );
        spend(5, true, 9_000).unwrap();
        spend(1, false, 10_001).unwrap();
    }

    #[test]
    fn no_limit_is_no_limit() {
        let mut budget = Budget::default();
        budget
            .spend(u64::MAX, false, 0, Usd::ZERO, TimeMs(0))
            .unwrap();
    }
}
