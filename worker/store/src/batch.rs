//! What is committed together.

use aicoin_api::http::Counts;
use aicoin_core::Record;

/// Everything that becomes durable in one transaction. An empty one renews the lease and nothing else.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// Rows, in the order in which they happened.
    pub records: Vec<Record>,
    /// The core's state as JSON; `None` leaves the one that is there.
    pub saved: Option<String>,
    /// The paper exchange's state as JSON; `None` leaves the one that is there.
    pub venue: Option<String>,
    /// Inputs, for replay.
    pub journal: Vec<JournalEntry>,
}

/// One input of the core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalEntry {
    /// Its place, rising without gaps, over restarts too: a new process goes on from [`crate::Loaded::journal_seq`].
    pub seq: u64,
    /// The bot's time at which it was handled, ms.
    pub now_ms: i64,
    /// The input as JSON.
    pub input: String,
}

/// What a commit left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Rows of this bot, the new ones counted.
    pub counts: Counts,
    /// There is little room left of what [`crate::StoreOptions::volume_bytes`] allows: what reduces is still written
    /// down, nothing more should be opened.
    pub tight: bool,
}
