//! The store in one SQLite file: the default of local mode.
//!
//! One connection writes, each on a thread of its own; up to [`connect::READERS_MAX`] connections, opened when they are
//! needed, only read. Each table has a file here that knows its columns, for writing and for reading.

mod account_snapshots;
mod backup;
mod bots;
mod checkpoints;
mod commit;
mod connect;
mod control_messages;
mod counts;
mod decisions;
mod fault;
mod fills;
mod journal;
mod leases;
mod orders;
mod positions;
mod read;
mod recording;
mod replica;
mod risk_events;
mod room;
mod schema;
mod value;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use aicoin_api::http::Counts;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection, SqlitePool};

use crate::clock::now_ms;
use crate::error::StoreError;
use crate::identity;
use crate::lock::DirLock;
use crate::options::{Loaded, StoreOptions};
use decisions::CallLabel;
use leases::Lease;
use room::Room;

pub(crate) use backup::{SqliteSource, SqliteTarget};
pub(crate) use recording::SqliteRecording;
pub(crate) use replica::SqliteReplica;

const DATABASE_FILE: &str = "aicoin.db";

/// One bot's rows in one SQLite file.
#[derive(Debug)]
pub(crate) struct SqliteStore {
    file: PathBuf,
    bot: String,
    spec_generation: i64,
    /// By number; it only grows.
    markets: RwLock<Arc<[String]>>,
    journal_rows_max: u64,
    volume_bytes: Option<u64>,
    room: Option<Room>,
    /// The last input of earlier processes: ours follow it.
    journal_seq_earlier: u64,
    lease: Lease,
    /// The asynchronous mutex: it is held over a whole transaction.
    writer: tokio::sync::Mutex<Writer>,
    writer_options: SqliteConnectOptions,
    readers: SqlitePool,
    /// `None` once it is closed. Dropped last, so that nobody else opens the file before we let go of it.
    lock: Mutex<Option<DirLock>>,
}

/// Who writes.
#[derive(Debug)]
struct Writer {
    /// `None` while a commit is under way, and after one whose end nobody knows: the next commit opens a new connection
    /// and reads the memory again.
    desk: Option<Desk>,
    /// The last call of a model that was seen: a hint that outlives connections.
    label: Option<CallLabel>,
    closed: bool,
}

/// The writing connection, outside of any transaction, and what is known of the tables.
#[derive(Debug)]
struct Desk {
    connection: SqliteConnection,
    memory: Memory,
}

/// What is in the tables, so that no commit has to count.
#[derive(Clone, Copy, Debug)]
struct Memory {
    counts: Counts,
    journal: journal::Bounds,
    /// Little room was left when it was looked at last.
    tight: bool,
}

impl Memory {
    async fn read(connection: &mut SqliteConnection, bot: &str) -> Result<Self, sqlx::Error> {
        Ok(Self {
            counts: counts::count(connection, bot).await?,
            journal: journal::bounds(connection, bot).await?,
            tight: false,
        })
    }
}

impl SqliteStore {
    pub(crate) async fn open(options: StoreOptions) -> Result<(Self, Loaded), StoreError> {
        let lock = DirLock::take(&options.data_dir)?;
        let identity = identity::of_directory(&options.data_dir)?;
        let file = options.data_dir.join(DATABASE_FILE);
        let room = options.volume_bytes.map(Room::of_volume);
        let writer_options = connect::writer(&file, room);
        let fault = |error: sqlx::Error| fault::classify(&file, &error);

        let mut connection = writer_options.connect().await.map_err(fault)?;
        // Schema, lease and the bot's row are one transaction: a refused start changes nothing.
        let mut transaction = connection
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(fault)?;
        schema::migrate(&mut transaction, &file).await?;
        let account = options
            .account
            .clone()
            .unwrap_or_else(|| format!("paper:{}", options.bot));
        let now = now_ms();
        let lease = leases::take(
            &mut transaction,
            &file,
            account,
            &options.bot,
            &identity,
            now,
        )
        .await?;
        let bot = bots::load(&mut transaction, &file, &options, lease.epoch, now).await?;
        let memory = Memory::read(&mut transaction, &options.bot)
            .await
            .map_err(fault)?;
        // Inputs that were lost after the last one have a place too.
        let taken = checkpoints::last(&mut transaction, &options.bot)
            .await
            .map_err(fault)?;
        transaction.commit().await.map_err(fault)?;

        let loaded = Loaded {
            saved: bot.saved,
            venue: bot.venue,
            epoch: value::unsigned(lease.epoch).map_err(fault)?,
            counts: memory.counts,
            markets: bot.markets.clone(),
            journal_seq: memory.journal.last.max(taken),
        };
        let readers = connect::readers(&file);
        let desk = Some(Desk { connection, memory });
        let store = Self {
            file,
            bot: options.bot,
            spec_generation: options.spec_generation,
            markets: RwLock::new(bot.markets.into()),
            journal_rows_max: options.journal_rows_max,
            volume_bytes: options.volume_bytes,
            room,
            journal_seq_earlier: loaded.journal_seq,
            lease,
            writer: tokio::sync::Mutex::new(Writer {
                desk,
                label: None,
                closed: false,
            }),
            writer_options,
            readers,
            lock: Mutex::new(Some(lock)),
        };
        Ok((store, loaded))
    }

    pub(crate) async fn close(&self) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().await;
        if writer.closed {
            return Ok(());
        }
        writer.closed = true;
        // Readers first: a read that goes on would keep the write-ahead log from being emptied.
        self.readers.close().await;
        let tidied = match writer.desk.take() {
            Some(desk) => self
                .tidy(desk.connection)
                .await
                .map_err(|error| self.fault(&error)),
            None => Ok(()),
        };
        *self.lock.lock().unwrap_or_else(PoisonError::into_inner) = None;
        tidied
    }

    async fn tidy(&self, mut connection: SqliteConnection) -> Result<(), sqlx::Error> {
        let released = leases::release(&mut connection, &self.lease).await;
        let emptied = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&mut connection)
            .await;
        connection.close().await?;
        released.and(emptied.map(|_| ()))
    }

    /// The markets by number.
    pub(super) fn markets(&self) -> Arc<[String]> {
        Arc::clone(&self.markets.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    fn fault(&self, error: &sqlx::Error) -> StoreError {
        match (fault::classify(&self.file, error), self.volume_bytes) {
            // SQLite says the same of a full disk and of a limit that was set for it.
            (StoreError::Full { file }, Some(volume_bytes)) if !fault::is_full(&file) => {
                StoreError::VolumeFull { file, volume_bytes }
            }
            (fault, _) => fault,
        }
    }
}
