//! What came of an input, as a number: inputs with a new one are worth changing further.

use std::fmt;

/// A hash of what came of an input (FNV-1a). What a sentence quotes does not count, and digits count as one sign: "3
/// markets" and "4 markets" are the same outcome.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signature {
    hash: u64,
    quoted: bool,
    after_digit: bool,
}

impl Signature {
    pub(crate) const fn new() -> Self {
        Self {
            hash: 0xcbf2_9ce4_8422_2325,
            quoted: false,
            after_digit: false,
        }
    }

    /// Adds words.
    pub(crate) fn add(mut self, words: impl fmt::Display) -> Self {
        // Writing into a number cannot fail.
        let _ = fmt::write(&mut self, format_args!("{words}"));
        self.quoted = false;
        self.after_digit = false;
        self.take(b'\n');
        self
    }

    pub(crate) const fn value(self) -> u64 {
        self.hash
    }

    const fn take(&mut self, byte: u8) {
        self.hash = (self.hash ^ byte as u64).wrapping_mul(0x0100_0000_01b3);
    }
}

impl fmt::Write for Signature {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            let (is_digit, follows) = (byte.is_ascii_digit(), self.after_digit);
            self.after_digit = is_digit;
            match byte {
                b'"' | b'`' => self.quoted = !self.quoted,
                _ if self.quoted || (is_digit && follows) => {}
                _ => self.take(if is_digit { b'0' } else { byte }),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_and_how_large_a_number_is_makes_no_new_outcome() {
        let of = |words: &str| Signature::new().add(words).value();
        assert_eq!(
            of("the key \"a\" has 3 bytes"),
            of("the key \"bc\" has 4711 bytes")
        );
        assert_ne!(of("the key \"a\" is long"), of("the key \"a\" is short"));
        assert_ne!(
            Signature::new().add("a").add("b").value(),
            Signature::new().add("ab").value()
        );
    }
}
