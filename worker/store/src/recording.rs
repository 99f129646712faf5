//! What a bot recorded, opened only to be read: its journal, the images of its core, and its rows to compare with.
//!
//! All of it is read as it stands at one moment, also beside a worker that goes on writing. Nothing here takes a lock, a
//! lease or a byte of the directory.

use std::path::{Path, PathBuf};

use aicoin_core::Record;

use crate::batch::{CheckpointKind, JournalEntry};
use crate::error::StoreError;
use crate::sqlite::{SqliteRecording, SqliteReplica};

/// Why a recording cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordingError {
    /// There is no database.
    #[error("There is no database {}: give the data directory of a bot.", .file.display())]
    Missing {
        /// Where it was looked for.
        file: PathBuf,
    },
    /// The database is of another program, or older than recordings.
    #[error(
        "{} holds no recording (its schema is {found}, recordings begin with 2): start its bot with this version once, and \
         what it does from then on can be replayed.",
        .file.display()
    )]
    TooOld {
        /// The database.
        file: PathBuf,
        /// Its schema; 0 is none.
        found: i64,
    },
    /// There is no such bot, or it must be said which.
    #[error("{} holds {}: {}.", .file.display(), bots_words(.found), which_words(.wanted.as_deref()))]
    WhichBot {
        /// The database.
        file: PathBuf,
        /// The bots in it.
        found: Vec<String>,
        /// The one that was asked for.
        wanted: Option<String>,
    },
    /// The database itself cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn bots_words(found: &[String]) -> String {
    match found {
        [] => "no bot".to_owned(),
        [one] => format!("the bot {one}"),
        more => format!("the bots {}", more.join(", ")),
    }
}

fn which_words(wanted: Option<&str>) -> String {
    match wanted {
        Some(wanted) => format!("there is no {wanted} in it"),
        None => "say with --bot which one is meant".to_owned(),
    }
}

/// A checkpoint without its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointHead {
    /// It was taken after the input of this place.
    pub seq: u64,
    /// Why it was taken.
    pub kind: CheckpointKind,
    /// The version of the program that took it.
    pub version: String,
    /// The epoch of the process that took it.
    pub epoch: u64,
    /// The bot's time, ms.
    pub time_ms: i64,
}

/// An input as it stands in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedInput {
    /// The input and its outputs.
    pub entry: JournalEntry,
    /// The epoch of the process that took it.
    pub epoch: u64,
    /// It is what was written once.
    pub is_intact: bool,
}

/// A recording of one bot, as it stood when it was opened.
#[derive(Debug)]
pub struct Recording {
    inner: SqliteRecording,
}

impl Recording {
    /// Opens the data directory of a bot, or its database file. Of several bots in it one must be named.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub async fn open(place: &Path, bot: Option<&str>) -> Result<Self, RecordingError> {
        let inner = SqliteRecording::open(place, bot).await?;
        Ok(Self { inner })
    }

    /// The bot, as `namespace/name`.
    #[must_use]
    pub fn bot(&self) -> &str {
        self.inner.bot()
    }

    /// Its markets by number.
    #[must_use]
    pub fn markets(&self) -> &[String] {
        self.inner.markets()
    }

    /// The core's state as it was committed last.
    #[must_use]
    pub fn saved(&self) -> Option<&str> {
        self.inner.saved()
    }

    /// The first and the last place in the journal; `None` when it is empty.
    #[must_use]
    pub fn bounds(&self) -> Option<(u64, u64)> {
        self.inner.bounds()
    }

    /// Every checkpoint, in order.
    #[must_use]
    pub fn checkpoints(&self) -> &[CheckpointHead] {
        self.inner.checkpoints()
    }

    /// The state of a checkpoint.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn state(&mut self, head: &CheckpointHead) -> Result<String, StoreError> {
        self.inner.state(head).await
    }

    /// Inputs after a place, in their order.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn inputs(
        &mut self,
        after_seq: u64,
        limit: u32,
    ) -> Result<Vec<RecordedInput>, StoreError> {
        self.inner.inputs(after_seq, limit).await
    }

    /// The place of the first input at that time or later. Times are not in order over a start: each process has a clock
    /// of its own.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn first_since(&mut self, time_ms: i64) -> Result<Option<u64>, StoreError> {
        self.inner.first_since(time_ms).await
    }

    /// The earliest time of any input after a place; `None` when nothing comes after it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn earliest_after(&mut self, seq: u64) -> Result<Option<i64>, StoreError> {
        self.inner.earliest_after(seq).await
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// When the database cannot be closed.
    pub async fn close(self) -> Result<(), StoreError> {
        self.inner.close().await
    }
}

/// The numbers that the core had given out at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Of decisions.
    pub decision: u64,
    /// Of nonces: one for each order.
    pub nonce: u64,
    /// Of risk events.
    pub risk_event: u64,
    /// Of views.
    pub view: u64,
}

/// What a stretch of replayed inputs is compared up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentEnd {
    /// The numbers before its first input.
    pub from: Numbers,
    /// The numbers after its last one.
    pub to: Numbers,
    /// Rows of this time or later, ms, may have changed after its last input. `None`: nothing came after it, and all rows
    /// are compared as they are.
    pub later_from_ms: Option<i64>,
}

/// How many rows were compared, and the first one that differs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowCheck {
    /// Compared and the same.
    pub same: u64,
    /// Changed after the stretch: the tables hold only what they are now.
    pub later: u64,
    /// The one whose input came first.
    pub fault: Option<RowFault>,
}

/// A row that is not what the replay makes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowFault {
    /// The table.
    pub table: &'static str,
    /// The row's key: columns and values.
    pub key: String,
    /// The input that wrote it last; `None` when the replay never writes it.
    pub seq: Option<u64>,
    /// The column that differs; `None` for a row that one side lacks.
    pub column: Option<String>,
    /// What the table holds.
    pub found: String,
    /// What the replay makes.
    pub made: String,
}

/// The rows that a replay makes, in tables of their own, by the same code that wrote the recorded ones.
#[derive(Debug)]
pub struct Replica {
    inner: SqliteReplica,
}

impl Replica {
    /// Empty tables for the rows of that recording.
    ///
    /// # Errors
    /// When there is no memory for them.
    pub async fn of(recording: &Recording) -> Result<Self, StoreError> {
        let inner = SqliteReplica::of(&recording.inner).await?;
        Ok(Self { inner })
    }

    /// Takes the rows of an input.
    ///
    /// # Errors
    /// When they break a rule of the tables.
    pub async fn write(
        &mut self,
        (seq, epoch): (u64, u64),
        spec_generation: i64,
        records: &[Record],
    ) -> Result<(), StoreError> {
        self.inner
            .write((seq, epoch), spec_generation, records)
            .await
    }

    /// A process ended: what its store remembered beside the tables is forgotten.
    pub fn restart(&mut self) {
        self.inner.restart();
    }

    /// Compares with the recorded rows, and begins anew.
    ///
    /// # Errors
    /// When either side cannot be read.
    pub async fn compare(
        &mut self,
        recording: &mut Recording,
        end: SegmentEnd,
    ) -> Result<RowCheck, StoreError> {
        self.inner.compare(&mut recording.inner, end).await
    }
}
