//! The allowance of an IP address: so many weights within any minute.
//!
//! Every weight of the last minute is remembered, so that no minute ever has more than the venue allows, whatever the
//! venue's own minutes are. A part is kept for actions: a question never stands in the way of an order.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

const MINUTE: Duration = Duration::from_secs(60);

/// What a weight is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// A question: it waits, and leaves the reserve alone.
    Question,
    /// A question after one order: it weighs little, and until it is answered a market stands still. It may use half of
    /// the reserve.
    LookUp,
    /// An order that may raise exposure: it may use the reserve, and waits when that is used up as well.
    Opening,
    /// A cancel, or an order that only reduces: it goes at once. The worst that may happen is a 429.
    Urgent,
}

/// The allowance. Time is handed in.
#[derive(Debug)]
pub(crate) struct IpAllowance {
    per_minute: u32,
    reserved: u32,
    used: VecDeque<(Instant, u32)>,
    used_total: u32,
    /// The venue said 429: nothing that can wait goes before this.
    cool_until: Option<Instant>,
    /// How often it said so, each time within a minute of the one before.
    cooled: u32,
}

/// The first pause after a 429 is an eighth of the longest one; each further one is twice as long.
const DOUBLINGS: u32 = 3;

impl IpAllowance {
    pub(crate) fn new(per_minute: u32, reserved: u32) -> Self {
        Self {
            per_minute,
            reserved: reserved.min(per_minute / 2),
            used: VecDeque::new(),
            used_total: 0,
            cool_until: None,
            cooled: 0,
        }
    }

    /// Another allowance; what was used of the old one counts.
    pub(crate) fn set_limits(&mut self, per_minute: u32, reserved: u32) {
        self.per_minute = per_minute;
        self.reserved = reserved.min(per_minute / 2);
    }

    /// What a minute may have for this.
    pub(crate) const fn limit(&self, what: Use) -> u32 {
        match what {
            Use::Question => self.per_minute - self.reserved,
            Use::LookUp => self.per_minute - self.reserved / 2,
            Use::Opening => self.per_minute,
            Use::Urgent => u32::MAX,
        }
    }

    /// Takes a weight, or says how long to wait before asking again.
    pub(crate) fn take(&mut self, now: Instant, weight: u32, what: Use) -> Result<(), Duration> {
        self.forget(now);
        let limit = self.limit(what);
        if what != Use::Urgent
            && let Some(until) = self.cool_until.filter(|until| *until > now)
        {
            return Err(until - now);
        }
        // What weighs more than all there is goes when nothing else was used.
        let weight_counted = weight.min(limit);
        if self.used_total.saturating_add(weight_counted) > limit {
            return Err(self.wait_for(now, limit - weight_counted));
        }
        self.charge(now, weight);
        Ok(())
    }

    /// What an answer weighed beside its question.
    pub(crate) fn charge(&mut self, now: Instant, weight: u32) {
        if weight > 0 {
            self.used.push_back((now, weight));
            self.used_total = self.used_total.saturating_add(weight);
        }
    }

    /// The venue said 429. One of them is no reason to be blind for long; `longest` is what it takes in the end. Gives
    /// the pause.
    pub(crate) fn cool(&mut self, now: Instant, longest: Duration) -> Duration {
        let is_first = self
            .cool_until
            .is_none_or(|until| now.saturating_duration_since(until) >= MINUTE);
        self.cooled = if is_first {
            0
        } else {
            self.cooled.saturating_add(1)
        };
        let pause = longest / (1 << (DOUBLINGS - self.cooled.min(DOUBLINGS)));
        self.cool_until = Some(now + pause);
        pause
    }

    fn forget(&mut self, now: Instant) {
        while let Some((at, weight)) = self.used.front().copied()
            && now.saturating_duration_since(at) >= MINUTE
        {
            self.used.pop_front();
            self.used_total = self.used_total.saturating_sub(weight);
        }
    }

    /// How long until no more than `left` is used.
    fn wait_for(&self, now: Instant, left: u32) -> Duration {
        let mut used = self.used_total;
        for (at, weight) in &self.used {
            used = used.saturating_sub(*weight);
            if used <= left {
                return (*at + MINUTE).saturating_duration_since(now);
            }
        }
        MINUTE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_minute_has_more_than_is_allowed_and_what_was_used_comes_back() {
        let mut allowance = IpAllowance::new(100, 20);
        let start = Instant::now();
        let at = |secs: u64| start + Duration::from_secs(secs);
        assert_eq!(allowance.take(at(0), 60, Use::Question), Ok(()));
        assert_eq!(allowance.take(at(10), 20, Use::Question), Ok(()));
        // 80 of the 80 that questions have are used: the first 60 come back at 60 s.
        assert_eq!(
            allowance.take(at(20), 1, Use::Question),
            Err(Duration::from_secs(40))
        );
        assert_eq!(allowance.take(at(60), 60, Use::Question), Ok(()));
        assert_eq!(
            allowance.take(at(61), 60, Use::Question),
            Err(Duration::from_secs(59))
        );
    }

    #[test]
    fn questions_leave_the_reserve_to_orders_and_nothing_holds_a_close_back() {
        let mut allowance = IpAllowance::new(100, 20);
        let now = Instant::now();
        assert_eq!(allowance.take(now, 80, Use::Question), Ok(()));
        assert!(allowance.take(now, 1, Use::Question).is_err());
        assert_eq!(allowance.take(now, 20, Use::Opening), Ok(()));
        assert!(allowance.take(now, 1, Use::Opening).is_err());
        assert_eq!(allowance.take(now, 1, Use::Urgent), Ok(()));
    }

    #[test]
    fn after_a_429_only_what_cannot_wait_goes() {
        let mut allowance = IpAllowance::new(100, 20);
        let now = Instant::now();
        allowance.cool(now, Duration::from_secs(8));
        let pause = Err(Duration::from_secs(1));
        assert_eq!(allowance.take(now, 1, Use::Question), pause);
        assert_eq!(allowance.take(now, 1, Use::Opening), pause);
        assert_eq!(allowance.take(now, 1, Use::Urgent), Ok(()));
        let later = now + Duration::from_secs(1);
        assert_eq!(allowance.take(later, 1, Use::Question), Ok(()));
    }

    #[test]
    fn each_further_429_is_waited_off_for_longer_up_to_the_longest_and_a_quiet_minute_forgets_them()
    {
        let mut allowance = IpAllowance::new(1000, 20);
        let mut now = Instant::now();
        let mut pause_after = |allowance: &mut IpAllowance, quiet: u64| {
            now += Duration::from_secs(quiet);
            allowance.cool(now, Duration::from_secs(8));
            allowance.take(now, 1, Use::Question).unwrap_err().as_secs()
        };
        let pauses: Vec<u64> = [0, 2, 5, 10, 20, 120]
            .into_iter()
            .map(|quiet| pause_after(&mut allowance, quiet))
            .collect();
        assert_eq!(pauses, [1, 2, 4, 8, 8, 1]);
    }

    #[test]
    fn an_answer_that_weighs_more_than_everything_is_waited_off() {
        let mut allowance = IpAllowance::new(100, 20);
        let now = Instant::now();
        allowance.charge(now, 500);
        assert_eq!(allowance.take(now, 1, Use::Question), Err(MINUTE));
        assert_eq!(allowance.take(now + MINUTE, 500, Use::Question), Ok(()));
    }
}
