//! The state hash: FNV-1a over everything that the core remembers. It compares two runs; it protects nothing.

use core::hash::{Hash, Hasher};

/// FNV-1a, 64 bits: the same on every machine and in every process.
#[derive(Clone)]
pub(crate) struct StateHasher(u64);

impl StateHasher {
    pub(crate) const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for StateHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// Hashes an indicator's value by its bits: floats have no `Hash` of their own.
pub(crate) fn hash_float<H: Hasher>(value: f64, state: &mut H) {
    value.to_bits().hash(state);
}
