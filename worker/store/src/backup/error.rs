//! What can go wrong with a backup, as sentences.

use std::path::{Path, PathBuf};

use super::tables::TablesVersion;
use crate::error::StoreError;
use crate::recording::RecordingError;

/// Why there is no backup, or why nothing was restored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BackupError {
    /// The file is there already.
    #[error("{} is there already: choose another name, or replace it with --force.", .file.display())]
    Exists {
        /// The file.
        file: PathBuf,
    },
    /// The backup cannot be written.
    #[error("The backup {} cannot be written: {cause}. Nothing of it was kept.", .file.display())]
    Unwritable {
        /// The file.
        file: PathBuf,
        /// The system's words.
        cause: String,
    },
    /// The backup cannot be read.
    #[error("The backup {} cannot be read: {cause}. Nothing was changed.", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The system's words.
        cause: String,
    },
    /// It is something else.
    #[error("{} is no backup of aicoin-worker: is it the right file? Nothing was changed.", .file.display())]
    NoBackup {
        /// The file.
        file: PathBuf,
    },
    /// It ends too early.
    #[error("The backup {} is cut off: it ends {place}. Take another one, or another copy of it. Nothing was changed.", .file.display())]
    Cut {
        /// The file.
        file: PathBuf,
        /// Where.
        place: String,
    },
    /// It is not what was written.
    #[error("The backup {} is damaged: {what}. Take another one, or another copy of it. Nothing was changed.", .file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A newer program wrote it.
    #[error(
        "The backup {} was written by a newer aicoin-worker ({found}; this one knows {known}): restore it with that version \
         or a later one. Nothing was changed.",
        .file.display()
    )]
    Newer {
        /// The file.
        file: PathBuf,
        /// Its form or tables.
        found: String,
        /// The newest that we know.
        known: String,
    },
    /// Somebody's data is there.
    #[error(
        "{} holds the bot {bot} already: a backup is restored into an empty place only; choose another --data-dir. \
         Nothing was changed.",
        .place.display()
    )]
    NotEmpty {
        /// The database.
        place: PathBuf,
        /// A bot in it.
        bot: String,
    },
    /// The database's tables are older than this program.
    #[error(
        "{} has the tables of an older version (schema {found}, now {known}): start its bot with this version once, then it \
         can be backed up.",
        .file.display()
    )]
    OlderSchema {
        /// The database.
        file: PathBuf,
        /// Its schema; 0 is none.
        found: i64,
        /// The newest that we know.
        known: i64,
    },
    /// The store to back up cannot be found in its place.
    #[error(transparent)]
    Source(#[from] RecordingError),
    /// The store itself.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl BackupError {
    pub(super) fn unwritable(file: &Path, error: &std::io::Error) -> Self {
        Self::Unwritable {
            file: file.to_owned(),
            cause: error.to_string(),
        }
    }

    pub(super) fn newer(file: &Path, what: &str, found: u32, known: u32) -> Self {
        Self::Newer {
            file: file.to_owned(),
            found: format!("{what} {found}"),
            known: known.to_string(),
        }
    }

    pub(super) fn newer_tables(file: &Path, found: u32) -> Self {
        Self::newer(file, "tables", found, TablesVersion::NEWEST.0)
    }
}
