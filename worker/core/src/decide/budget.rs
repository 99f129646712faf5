//! What a model may cost: calls per hour and dollars per day. Reserved before a call at its worst, settled after it.

use alloc::collections::VecDeque;

use aicoin_domain::{DurationMs, TimeMs, Usd};
use serde::{Deserialize, Serialize};

use crate::config::AiConfig;

const HOUR: DurationMs = DurationMs::from_mins(60);

/// Spend so far. It survives restarts: a crash loop cannot spend the budget twice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Budget {
    day: TimeMs,
    spent: Usd,
    reserved: Usd,
    calls: VecDeque<TimeMs>,
}

impl Budget {
    /// Reserves one call. False when it would pass a limit; nothing is reserved then.
    pub(crate) fn reserve(&mut self, now: TimeMs, config: &AiConfig) -> bool {
        self.roll(now);
        if self.calls_last_hour(now) >= config.calls_per_hour
            || self.spent + self.reserved + config.worst_case_cost > config.usd_per_day
        {
            return false;
        }
        self.calls.push_back(now);
        self.reserved += config.worst_case_cost;
        true
    }

    /// Replaces a reservation by what the call really cost.
    pub(crate) fn settle(&mut self, now: TimeMs, cost: Usd, config: &AiConfig) {
        self.roll(now);
        self.reserved = if self.reserved > config.worst_case_cost {
            self.reserved - config.worst_case_cost
        } else {
            Usd::ZERO
        };
        self.spent += cost;
    }

    /// After a restart nobody will settle what was reserved: it counts as spent.
    pub(crate) fn forfeit_reservations(&mut self) {
        self.spent += self.reserved;
        self.reserved = Usd::ZERO;
    }

    fn roll(&mut self, now: TimeMs) {
        if now.day() != self.day {
            self.day = now.day();
            self.spent = Usd::ZERO;
        }
        while self.calls.front().is_some_and(|call| now - *call >= HOUR) {
            self.calls.pop_front();
        }
    }

    /// Spent today, reservations included.
    pub(crate) fn spent_today(&self, now: TimeMs) -> Usd {
        if now.day() == self.day {
            self.spent + self.reserved
        } else {
            self.reserved
        }
    }

    /// Calls that started within the last hour.
    pub(crate) fn calls_last_hour(&self, now: TimeMs) -> u32 {
        let calls = self.calls.iter().filter(|call| now - **call < HOUR).count();
        u32::try_from(calls).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> AiConfig {
        AiConfig {
            timeout: DurationMs::from_secs(60),
            usd_per_day: Usd::from_whole(1),
            calls_per_hour: 3,
            worst_case_cost: "0.4".parse().unwrap(),
        }
    }

    #[test]
    fn a_call_is_reserved_at_its_worst_and_settled_at_its_cost() {
        let (mut budget, config, now) = (Budget::default(), config(), TimeMs(1_700_000_000_000));
        assert!(budget.reserve(now, &config));
        assert!(budget.reserve(now, &config));
        assert!(!budget.reserve(now, &config), "0.4 + 0.4 + 0.4 is above 1");
        budget.settle(now, "0.001".parse().unwrap(), &config);
        assert_eq!(budget.spent_today(now).to_string(), "0.401");
        assert!(budget.reserve(now, &config));
        budget.settle(now, Usd::ZERO, &config);
        assert!(!budget.reserve(now, &config), "three calls within the hour");
        assert!(budget.reserve(now + HOUR, &config));
    }

    use alloc::string::ToString;
}
