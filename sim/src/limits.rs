//! The venue's limits by IP address: a weight a minute for requests, and for sockets connections, subscriptions and messages.

use std::collections::BTreeMap;
use std::net::IpAddr;

use aicoin_domain::TimeMs;

/// Weight a minute.
const WEIGHT: i64 = 1_200;
/// Open sockets.
const SOCKETS: u32 = 10;
/// New sockets a minute.
const NEW_SOCKETS: i64 = 30;
/// Subscriptions of all sockets.
const SUBSCRIPTIONS: u32 = 1_000;
/// Users whom all sockets follow.
const USERS: u32 = 10;
/// Messages a minute from all sockets.
const MESSAGES: i64 = 2_000;
const MINUTE_MS: i64 = 60_000;
/// Addresses that are remembered; more is no test.
const ADDRESSES_MAX: usize = 4_096;

/// A bucket that fills by itself within a minute. Counted in shares of a minute, so that nothing is rounded.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    left: i64,
    at: TimeMs,
}

impl Bucket {
    const fn full(size: i64, now: TimeMs) -> Self {
        Self {
            left: size * MINUTE_MS,
            at: now,
        }
    }

    fn take(&mut self, amount: i64, size: i64, now: TimeMs) -> bool {
        let elapsed = (now - self.at).0.clamp(0, MINUTE_MS);
        self.left = (self.left + elapsed * size).min(size * MINUTE_MS);
        self.at = self.at.max(now);
        if self.left < amount * MINUTE_MS {
            return false;
        }
        self.left -= amount * MINUTE_MS;
        true
    }
}

#[derive(Clone, Copy, Debug)]
struct Usage {
    weight: Bucket,
    new_sockets: Bucket,
    messages: Bucket,
}

/// What each address has used.
#[derive(Clone, Debug)]
pub(crate) struct IpLimits {
    share: u32,
    by_ip: BTreeMap<IpAddr, Usage>,
}

impl IpLimits {
    /// The venue's limits times `share`; zero is no limit.
    pub(crate) const fn new(share: u32) -> Self {
        Self {
            share,
            by_ip: BTreeMap::new(),
        }
    }

    /// Counts a request. False: 429.
    pub(crate) fn take_weight(&mut self, ip: IpAddr, weight: i64, now: TimeMs) -> bool {
        self.take(ip, now, |usage, share| {
            usage.weight.take(weight, WEIGHT * share, now)
        })
    }

    /// Counts a new socket.
    pub(crate) fn take_socket(&mut self, ip: IpAddr, now: TimeMs) -> bool {
        self.take(ip, now, |usage, share| {
            usage.new_sockets.take(1, NEW_SOCKETS * share, now)
        })
    }

    /// Counts a message from a socket.
    pub(crate) fn take_message(&mut self, ip: IpAddr, now: TimeMs) -> bool {
        self.take(ip, now, |usage, share| {
            usage.messages.take(1, MESSAGES * share, now)
        })
    }

    /// How many sockets may be open.
    pub(crate) fn sockets_max(&self) -> usize {
        self.times(SOCKETS)
    }

    /// How many subscriptions there may be.
    pub(crate) fn subscriptions_max(&self) -> usize {
        self.times(SUBSCRIPTIONS)
    }

    /// How many users may be followed.
    pub(crate) fn users_max(&self) -> usize {
        self.times(USERS)
    }

    fn times(&self, limit: u32) -> usize {
        // Without a limit there is still one, for the machine's sake.
        let share = if self.share == 0 { 1_000 } else { self.share };
        usize::try_from(limit.saturating_mul(share)).unwrap_or(usize::MAX)
    }

    fn take(
        &mut self,
        ip: IpAddr,
        now: TimeMs,
        from: impl FnOnce(&mut Usage, i64) -> bool,
    ) -> bool {
        if self.share == 0 {
            return true;
        }
        let share = i64::from(self.share);
        if self.by_ip.len() >= ADDRESSES_MAX && !self.by_ip.contains_key(&ip) {
            self.by_ip.pop_first();
        }
        let usage = self.by_ip.entry(ip).or_insert(Usage {
            weight: Bucket::full(WEIGHT * share, now),
            new_sockets: Bucket::full(NEW_SOCKETS * share, now),
            messages: Bucket::full(MESSAGES * share, now),
        });
        from(usage, share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_1200_and_fills_steadily() {
        let ip: IpAddr = "127.0.0.1".parse().unwrap();
        let mut limits = IpLimits::new(1);
        let now = TimeMs(1_000_000);
        for _ in 0..60 {
            assert!(limits.take_weight(ip, 20, now));
        }
        assert!(!limits.take_weight(ip, 1, now));
        let later = TimeMs(now.0 + 1_000);
        assert!(limits.take_weight(ip, 20, later));
        assert!(!limits.take_weight(ip, 1, later));
        let other: IpAddr = "127.0.0.2".parse().unwrap();
        assert!(limits.take_weight(other, 1_200, later));
        assert!(IpLimits::new(0).take_weight(ip, 1_000_000, now));
    }
}
