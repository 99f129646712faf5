//! How connections are opened. Memory is the scarce thing: an idle local bot has 25 MB for everything.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, SqlitePool};

use super::room::Room;

/// Connections that only read: the page asks for a few tables at once, and a slow one must not hold up the rest.
pub(super) const READERS_MAX: u32 = 2;
/// A person's transaction in `sqlite3` is waited for so long; a trading loop cannot wait longer.
const BUSY_TIMEOUT: Duration = Duration::from_secs(3);
/// Waiting for a free reader.
const READER_TIMEOUT: Duration = Duration::from_secs(5);
/// A reader that nobody needs gives its memory back.
const READER_IDLE: Duration = Duration::from_secs(60);
/// Page caches, in KiB (negative in SQLite's own notation).
const WRITER_CACHE: &str = "-2048";
const READER_CACHE: &str = "-1024";
/// The write-ahead log is cut back to this after it was copied into the database, bytes.
const LOG_SIZE: &str = "4194304";
/// Statements that a connection keeps prepared: more than there are.
const STATEMENTS: usize = 48;

/// The one connection that writes.
pub(super) fn writer(file: &Path, room: Option<Room>) -> SqliteConnectOptions {
    let options = common(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // FULL: a commit is on the disk when it returns. NORMAL could lose the last ones when the power goes.
        .synchronous(SqliteSynchronous::Full)
        .pragma("journal_size_limit", LOG_SIZE)
        .pragma("cache_size", WRITER_CACHE);
    match room {
        None => options,
        Some(room) => options
            .pragma("max_page_count", room.pages_max.to_string())
            .pragma("wal_autocheckpoint", room.log_pages.to_string()),
    }
}

/// The connections that read. None is opened until one is asked for.
pub(super) fn readers(file: &Path) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(READERS_MAX)
        .acquire_timeout(READER_TIMEOUT)
        .idle_timeout(READER_IDLE)
        .test_before_acquire(false)
        .connect_lazy_with(
            common(file)
                .read_only(true)
                .pragma("cache_size", READER_CACHE),
        )
}

/// A database that somebody else may be writing. `alone` says that nobody can be: no log lies beside it.
pub(super) fn only_reader(file: &Path, alone: bool) -> SqliteConnectOptions {
    common(file)
        .read_only(true)
        .immutable(alone)
        .pragma("cache_size", WRITER_CACHE)
}

/// Tables in memory, for what is worked out and compared.
pub(super) fn in_memory() -> SqliteConnectOptions {
    common(Path::new(":memory:"))
        .in_memory(true)
        .foreign_keys(false)
}

fn common(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .statement_cache_capacity(STATEMENTS)
        .pragma("mmap_size", "0")
        // Sorting in memory: a container's file system may be read-only but for the data directory.
        .pragma("temp_store", "MEMORY")
        .thread_name(|id| format!("store-{id}"))
        .disable_statement_logging()
}
