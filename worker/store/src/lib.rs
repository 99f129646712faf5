//! The store: what the bot wrote down, what it goes on from after a restart, and who may write for its account.
//!
//! What it is for: [`Store::commit`] makes one [`Batch`] durable, all of it or nothing of it, and only while this process
//! holds the account's lease. Everything else here reads.
//!
//! What it never does: it decides nothing about trading, it never changes the intent of an order that it holds, it never
//! says that something is durable before the disk has it, and it never repairs or drops rows by itself (the journal's
//! oldest rows are the one exception).
//!
//! The data directory holds:
//!
//! | file | what |
//! |---|---|
//! | `aicoin.db` | the database, with `-wal` and `-shm` beside it while it is open |
//! | `aicoin.lock` | locked by the running worker, with its process number inside |
//! | `identity` | who this directory is, for the account's lease |

pub mod backup;
mod batch;
mod clock;
mod error;
mod identity;
mod lock;
mod options;
mod probe;
mod recording;
mod sqlite;
mod store;
pub mod wire;
mod words;

pub use batch::{Batch, Checkpoint, CheckpointKind, Committed, JournalEntry};
pub use error::StoreError;
pub use options::{JOURNAL_ROWS_MAX, Loaded, StoreOptions};
pub use probe::Probe;
pub use recording::{
    CheckpointHead, Numbers, RecordedInput, Recording, RecordingError, Replica, RowCheck, RowFault,
    SegmentEnd,
};
pub use store::Store;
