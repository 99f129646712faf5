//! What is fuzzed.

use crate::signature::Signature;

/// A place where other people's bytes are read.
#[derive(Debug)]
pub struct Target {
    /// Its name: of the program, of the corpus' folder, and on cargo-fuzz's command line.
    pub name: &'static str,
    /// The longest input that makes sense, in bytes.
    pub(crate) input_bytes_max: usize,
    /// Reads an input and holds what was read against what is promised of it. A broken promise panics.
    pub(crate) check: fn(&[u8], Signature) -> Signature,
}

impl Target {
    /// Reads an input; what came of it, as a number.
    ///
    /// # Panics
    /// When the product panics, or when a promise about what it read is broken.
    pub fn run(&self, input: &[u8]) -> u64 {
        let input = input.get(..self.input_bytes_max).unwrap_or(input);
        (self.check)(input, Signature::new()).value()
    }
}
