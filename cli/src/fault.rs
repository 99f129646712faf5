//! How the plugin ends when something is wrong: one sentence, and an exit code.

use std::fmt;

/// Something that ends the plugin, or one bot's part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    sentence: String,
    code: u8,
}

impl Fault {
    /// It was asked for in a way that cannot be carried out: a flag, a name, a kubeconfig. Exit code 2.
    pub(crate) fn usage(sentence: impl Into<String>) -> Self {
        Self {
            sentence: sentence.into(),
            code: 2,
        }
    }

    /// It was asked for well and did not become true. Exit code 1.
    pub(crate) fn failed(sentence: impl Into<String>) -> Self {
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
