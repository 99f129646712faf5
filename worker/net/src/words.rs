//! A transport error as words.

use std::error::Error as _;
use std::fmt::Write as _;

/// An error and its causes on one line, without the URL.
#[must_use]
pub fn words(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(words, ": {error}");
        cause = error.source();
    }
    words.replace(['\n', '\r'], " ")
}
