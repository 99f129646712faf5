//! What SQLite says, sorted into what can be done about it.
//!
//! Inside this folder every failure is an [`sqlx::Error`]: `Encode` for a value that the tables cannot hold, `Decode` for
//! a stored value that nobody wrote.

use std::path::Path;

use crate::error::StoreError;
use crate::probe::disk_space;

/// With less than this free, an input or output error is taken for a full disk, bytes.
///
/// SQLite says "full" for a failed write only; growing its shared-memory file or syncing fails with other codes.
const FULL_BELOW_BYTES: u64 = 256 * 1024;

// Primary result codes of SQLite (https://www.sqlite.org/rescode.html). They are part of its stable interface.
const PERM: i32 = 3;
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const READONLY: i32 = 8;
const IOERR: i32 = 10;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const CANTOPEN: i32 = 14;
const TOOBIG: i32 = 18;
const CONSTRAINT: i32 = 19;
const NOTADB: i32 = 26;

/// The failure as the caller sees it.
#[allow(clippy::wildcard_enum_match_arm, reason = "the list of errors is open")]
pub(super) fn classify(file: &Path, error: &sqlx::Error) -> StoreError {
    let path = file.to_owned();
    match error {
        sqlx::Error::Database(database) => {
            let code = database.code().and_then(|code| code.parse::<i32>().ok());
            let cause = database.message().to_owned();
            match code.map(|code| code & 0xff) {
                Some(BUSY | LOCKED) => StoreError::Busy { file: path },
                Some(FULL) => StoreError::Full { file: path },
                Some(IOERR | CANTOPEN) if is_full(file) => StoreError::Full { file: path },
                Some(PERM | READONLY | CANTOPEN) => StoreError::Unwritable { file: path, cause },
                Some(CORRUPT | NOTADB) => StoreError::Corrupt { file: path, cause },
                Some(CONSTRAINT | TOOBIG) => StoreError::Refused { file: path, cause },
                _ => StoreError::Io {
                    file: path,
                    cause: error.to_string(),
                },
            }
        }
        sqlx::Error::Io(io) => StoreError::from_io(path, io),
        sqlx::Error::Encode(cause) => StoreError::Refused {
            file: path,
            cause: cause.to_string(),
        },
        sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => StoreError::Corrupt {
            file: path,
            cause: error.to_string(),
        },
        sqlx::Error::PoolTimedOut => StoreError::Busy { file: path },
        sqlx::Error::PoolClosed => StoreError::Closed { file: path },
        _ => StoreError::Io {
            file: path,
            cause: error.to_string(),
        },
    }
}

/// Whether the disk itself has next to no room.
pub(super) fn is_full(file: &Path) -> bool {
    file.parent()
        .and_then(disk_space)
        .is_some_and(|(free, _)| free < FULL_BELOW_BYTES)
}
