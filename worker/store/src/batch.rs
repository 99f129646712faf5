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
    /// Names of markets that are new, in the order of their numbers after those that are known: the account has
    /// something in them that the manifest does not name. One that is known already is left out.
    pub new_markets: Vec<String>,
    /// Inputs, for replay.
    pub journal: Vec<JournalEntry>,
    /// An image of the core, for replay.
    pub checkpoint: Option<Checkpoint>,
}

/// One input of the core.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JournalEntry {
    /// Its place, rising over restarts too: a new process goes on from [`crate::Loaded::journal_seq`]. There are no gaps,
    /// but for one place where inputs were lost.
    pub seq: u64,
    /// The bot's time at which it was handled, ms.
    pub now_ms: i64,
    /// The input as JSON.
    pub input: String,
    /// What the core put out for it, as a JSON list; `None` is nothing.
    pub outputs: Option<String>,
}

/// An image of the core, to begin a replay from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// It was taken after the input of this place.
    pub seq: u64,
    /// Why it was taken.
    pub kind: CheckpointKind,
    /// The version of the program that took it.
    pub version: String,
    /// The bot's time, ms.
    pub time_ms: i64,
    /// The core in wire form.
    pub state: String,
}

/// Why a checkpoint was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckpointKind {
    /// A process begins: the state before its first input.
    Start,
    /// So that a replay does not have to begin at the start. Where room is scarce it is left out.
    During,
    /// Inputs before it could not be written down.
    Loss,
}

impl CheckpointKind {
    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::During => "during",
            Self::Loss => "loss",
        }
    }

    /// The kind of that word.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        [Self::Start, Self::During, Self::Loss]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
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
