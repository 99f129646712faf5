//! Numbers that look random and are the same for the same seed: splitmix64. They decide over trades on the tape, and faults.

/// A stream of such numbers.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// A stream of its own for every seed and name.
    pub(crate) fn new(seed: u64, name: &str) -> Self {
        let mut state = Self(seed);
        for byte in name.bytes() {
            state.0 = state.next() ^ u64::from(byte);
        }
        state
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// Below `bound`; zero for a bound of zero.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next().checked_rem(bound).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_and_name_give_the_same_numbers() {
        let draw = |seed, name| Random::new(seed, name).next();
        assert_eq!(draw(1, "BTC"), draw(1, "BTC"));
        assert_ne!(draw(1, "BTC"), draw(2, "BTC"));
        assert_ne!(draw(1, "BTC"), draw(1, "ETH"));
        let mut random = Random::new(3, "");
        let hits = (0..1_000).filter(|_| random.below(10) == 0).count();
        assert!((60..140).contains(&hits), "{hits}");
    }
}
