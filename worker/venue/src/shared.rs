//! What workers behind one address share: answers that are good for all of them, and the venue's allowance.
//!
//! All of it may be away at any moment. Then each worker asks the venue itself and goes by its own count, as one that
//! shares nothing does.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

/// Whether a weight may be used, by what all workers used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It may, and was counted.
    Granted,
    /// Not before this has passed.
    Wait(Duration),
    /// Nobody can say.
    Unknown,
}

/// Where it is shared. Every call is over within milliseconds, whatever is wrong.
pub trait Share: fmt::Debug + Send + Sync {
    /// The answer that was kept under that key, unless its time is over.
    fn kept<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Option<Vec<u8>>>;

    /// Keeps an answer for that long.
    fn keep<'a>(&'a self, key: &'a str, value: &'a [u8], ttl: Duration) -> BoxFuture<'a, ()>;

    /// Takes a weight of what a minute may have at that venue. `goes_anyway` only counts.
    fn take<'a>(
        &'a self,
        venue: &'a str,
        weight: u32,
        limit: u32,
        goes_anyway: bool,
    ) -> BoxFuture<'a, Taken>;

    /// That venue wants to be left alone for so long.
    fn be_quiet<'a>(&'a self, venue: &'a str, pause: Duration) -> BoxFuture<'a, ()>;
}

/// A handle on it, or nothing.
#[derive(Clone, Debug, Default)]
pub struct Shared(pub Option<Arc<dyn Share>>);

impl PartialEq for Shared {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (None, None) => true,
            (Some(ours), Some(theirs)) => Arc::ptr_eq(ours, theirs),
            (Some(_), None) | (None, Some(_)) => false,
        }
    }
}
