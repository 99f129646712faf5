//! What went wrong, as a sentence.

use std::fmt;
use std::path::Path;

/// A sentence that names the thing, the place and, where there is one, the fix.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(String);

impl Error {
    /// Of a whole sentence.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }

    /// A file that could not be used: "… cannot be read".
    pub(crate) fn file(path: &Path, verb: &str, error: &dyn fmt::Display) -> Self {
        Self(format!("{} cannot be {verb}: {error}.", path.display()))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The sentence too: `unwrap()` in a test shows it as it is.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}
