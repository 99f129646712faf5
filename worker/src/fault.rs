//! How the program ends when something is wrong: one sentence, and an exit code.

use std::fmt;

/// Something that ends the program.
#[derive(Debug)]
pub(crate) struct Fault {
    sentence: String,
    code: u8,
}

impl Fault {
    /// What a person asked for cannot be done as asked: a wrong flag, manifest, file, port, disk. Exit code 2.
    pub(crate) fn usage(sentence: impl Into<String>) -> Self {
        Self {
            sentence: sentence.into(),
            code: 2,
        }
    }

    /// The program itself failed. Exit code 1.
    pub(crate) fn internal(sentence: impl Into<String>) -> Self {
        Self {
            sentence: sentence.into(),
            code: 1,
        }
    }

    /// The exit code.
    pub(crate) const fn code(&self) -> u8 {
        self.code
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for Fault {}
