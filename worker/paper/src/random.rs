//! Numbers that look random and come from a seed: SplitMix64, written out because its state must be saved with the rest
//! and no generator crate does that without `std` in its dependencies.

use serde::{Deserialize, Serialize};

/// The golden ratio as a 64-bit fraction: the step of the sequence.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// A sequence of numbers that its seed determines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Random(u64);

impl Random {
    /// From a seed and anything else that should make the sequence its own.
    pub(crate) fn new(seed: u64, parts: &[&[u8]]) -> Self {
        let mut random = Self(seed);
        for part in parts {
            // The end of a part counts, so that ("ab", "c") and ("a", "bc") differ.
            for byte in part.iter().copied().chain(core::iter::once(0xff)) {
                random.0 = random.next() ^ u64::from(byte);
            }
        }
        random
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// Above 0 and below 1, evenly.
    #[allow(clippy::cast_precision_loss)]
    pub(crate) fn fraction(&mut self) -> f64 {
        // 53 bits are what a float holds; the half keeps zero out.
        ((self.next() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Normally distributed with mean 0 and standard deviation 1.
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(self.fraction()));
        radius * libm::cos(core::f64::consts::TAU * self.fraction())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_splitmix64() {
        let mut random = Random::new(0, &[]);
        assert_eq!(
            [random.next(), random.next()],
            [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4]
        );
    }

    #[test]
    fn normal_numbers_are_normal() {
        let mut random = Random::new(7, &[b"BTC"]);
        let count = 100_000;
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..count {
            let number = random.normal();
            sum += number;
            squares += number * number;
        }
        assert!((sum / f64::from(count)).abs() < 0.02);
        assert!((squares / f64::from(count) - 1.0).abs() < 0.02);
    }
}
