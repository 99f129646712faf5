//! The venue's allowance of one address, shared by all workers behind it.

use std::sync::LazyLock;
use std::time::Duration;

use redis::Script;

/// The whole decision in one step of the server: two workers that ask at once are told one after the other.
pub(crate) static TAKE: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("allowance.lua")));

/// Whether a weight may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It may, and was counted.
    Granted,
    /// Not before this has passed.
    Wait(Duration),
    /// Nobody can say: the caller's own count is all there is.
    Unknown,
}

impl Taken {
    /// From the script's answer, in milliseconds.
    pub(crate) fn of(wait_ms: u64) -> Self {
        if wait_ms == 0 {
            Self::Granted
        } else {
            Self::Wait(Duration::from_millis(wait_ms))
        }
    }
}
