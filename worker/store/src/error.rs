//! What can go wrong with a store, as sentences that name the file and the way out.

use std::path::PathBuf;

use aicoin_core::StoreHealth;

/// Why the store did not do it. Nothing of the batch was kept then, and all of it may be committed again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another process has the data directory.
    #[error("{} is in use by another aicoin-worker{}; stop it or choose another --data-dir.", .dir.display(), pid_words(*.pid))]
    Locked {
        /// The data directory.
        dir: PathBuf,
        /// The other process, where it can be read.
        pid: Option<u32>,
    },
    /// No room on the disk.
    #[error(
        "The disk of {} is full: free some space; nothing was lost, the bot opens no position meanwhile.",
        .file.display()
    )]
    Full {
        /// The file that could not grow.
        file: PathBuf,
    },
    /// The database is as large as the volume's size allows.
    #[error(
        "{} is as large as the {} bytes of its volume allow: give it a larger spec.storage.sqlite.size; nothing was \
         lost, the bot opens no position meanwhile.",
        .file.display(), .volume_bytes
    )]
    VolumeFull {
        /// The database.
        file: PathBuf,
        /// The size of the volume.
        volume_bytes: u64,
    },
    /// It does not answer.
    #[error("{} did not answer within {within_s} s: is its disk well? It is tried again.", .file.display())]
    Slow {
        /// The database.
        file: PathBuf,
        /// How long was waited, seconds.
        within_s: u64,
    },
    /// The file or directory cannot be written.
    #[error("{} cannot be written ({cause}): give this user the right to write there, or choose another --data-dir.", .file.display())]
    Unwritable {
        /// The file or directory.
        file: PathBuf,
        /// The system's words.
        cause: String,
    },
    /// A newer program has been here.
    #[error(
        "{} was written by a newer aicoin-worker (schema {found}, this one knows {known}): run that version or a later one, or choose another --data-dir.",
        .file.display()
    )]
    NewerSchema {
        /// The database.
        file: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest that we know.
        known: i64,
    },
    /// The database belongs to another bot of the same name.
    #[error("{} holds the bot {bot} with the {what} {found}, not {wanted}: choose another --data-dir or another name.", .file.display())]
    OtherBot {
        /// The database.
        file: PathBuf,
        /// The bot's name.
        bot: String,
        /// What differs: `mode` or `uid`.
        what: &'static str,
        /// As it is stored.
        found: String,
        /// As it was asked for.
        wanted: String,
    },
    /// Another worker may still be trading on the account.
    #[error(
        "The account {account} is held by another aicoin-worker ({holder}): stop it, or try again in {wait_s} s when it is gone."
    )]
    LeaseHeld {
        /// The account.
        account: String,
        /// The other's identity.
        holder: String,
        /// For so long it may still act, seconds.
        wait_s: i64,
    },
    /// Another worker took the account over.
    #[error(
        "The lease of the account {account} was taken over by another aicoin-worker (ours was epoch {epoch}): this one must stop trading."
    )]
    LeaseLost {
        /// The account.
        account: String,
        /// The epoch that we had.
        epoch: u64,
    },
    /// The file is no database any more, or holds what nobody wrote.
    #[error("{} is damaged ({cause}): keep a copy of it, then restore a backup or choose another --data-dir.", .file.display())]
    Corrupt {
        /// The database.
        file: PathBuf,
        /// What is wrong.
        cause: String,
    },
    /// Another program holds the database locked.
    #[error("{} is locked by another program (an open sqlite3?): end its transaction.", .file.display())]
    Busy {
        /// The database.
        file: PathBuf,
    },
    /// The batch breaks a rule of the tables: a bug in whoever made it. Committing it again will not help.
    #[error("{} refused the rows: {cause}.", .file.display())]
    Refused {
        /// The database.
        file: PathBuf,
        /// Which rule.
        cause: String,
    },
    /// The store was closed.
    #[error("{} is closed.", .file.display())]
    Closed {
        /// The database.
        file: PathBuf,
    },
    /// Anything else that the system reports.
    #[error("{} cannot be used: {cause}.", .file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// The system's words.
        cause: String,
    },
}

impl StoreError {
    /// What the core is told.
    #[must_use]
    pub const fn health(&self) -> StoreHealth {
        match self {
            Self::Full { .. } | Self::VolumeFull { .. } => StoreHealth::Full,
            Self::Locked { .. }
            | Self::Slow { .. }
            | Self::Unwritable { .. }
            | Self::NewerSchema { .. }
            | Self::OtherBot { .. }
            | Self::LeaseHeld { .. }
            | Self::LeaseLost { .. }
            | Self::Corrupt { .. }
            | Self::Busy { .. }
            | Self::Refused { .. }
            | Self::Closed { .. }
            | Self::Io { .. } => StoreHealth::Down,
        }
    }

    /// From what the system said about a file.
    #[allow(clippy::wildcard_enum_match_arm, reason = "the list of kinds is open")]
    pub(crate) fn from_io(file: impl Into<PathBuf>, error: &std::io::Error) -> Self {
        use std::io::ErrorKind;
        let (file, cause) = (file.into(), error.to_string());
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full { file },
            ErrorKind::PermissionDenied
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::NotADirectory
            | ErrorKind::AlreadyExists => Self::Unwritable { file, cause },
            _ => Self::Io { file, cause },
        }
    }
}

fn pid_words(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default()
}
