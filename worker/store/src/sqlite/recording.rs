//! A recording in an SQLite file: one connection that only reads, inside one transaction from its opening to its end.

use std::path::{Path, PathBuf};

use sqlx::sqlite::SqliteRow;
use sqlx::{ConnectOptions, Connection, Row, SqliteConnection};

use super::value::damaged;
use super::{DATABASE_FILE, checkpoints, connect, fault, journal, schema};
use crate::error::StoreError;
use crate::recording::{CheckpointHead, RecordedInput, RecordingError};

/// The first schema with checkpoints.
const SCHEMA_MIN: i64 = 2;

/// One bot's recording.
#[derive(Debug)]
pub(crate) struct SqliteRecording {
    file: PathBuf,
    pub(super) connection: SqliteConnection,
    bot: String,
    markets: Vec<String>,
    saved: Option<String>,
    bounds: journal::Bounds,
    checkpoints: Vec<CheckpointHead>,
}

impl SqliteRecording {
    pub(crate) async fn open(place: &Path, bot: Option<&str>) -> Result<Self, RecordingError> {
        let file = if place.is_dir() {
            place.join(DATABASE_FILE)
        } else {
            place.to_owned()
        };
        if !file.is_file() {
            return Err(RecordingError::Missing { file });
        }
        let mut connection = begin(&file)
            .await
            .map_err(|error| fault::classify(&file, &error))?;
        check_schema(&mut connection, &file).await?;
        let row = find_bot(&mut connection, &file, bot).await?;
        let fault = |error: sqlx::Error| fault::classify(&file, &error);
        let bot: String = row.try_get("bot").map_err(fault)?;
        let markets = serde_json::from_str(row.try_get("markets").map_err(fault)?)
            .map_err(|error| fault(damaged(format!("the column markets: {error}"))))?;
        let saved = row.try_get("saved_state").map_err(fault)?;
        let bounds = journal::bounds(&mut connection, &bot)
            .await
            .map_err(fault)?;
        let checkpoints = checkpoints::heads(&mut connection, &bot)
            .await
            .map_err(fault)?;
        Ok(Self {
            file,
            connection,
            bot,
            markets,
            saved,
            bounds,
            checkpoints,
        })
    }

    pub(crate) fn bot(&self) -> &str {
        &self.bot
    }

    pub(crate) fn markets(&self) -> &[String] {
        &self.markets
    }

    pub(crate) fn saved(&self) -> Option<&str> {
        self.saved.as_deref()
    }

    pub(crate) const fn bounds(&self) -> Option<(u64, u64)> {
        self.bounds.ends()
    }

    pub(crate) fn checkpoints(&self) -> &[CheckpointHead] {
        &self.checkpoints
    }

    pub(crate) async fn state(&mut self, head: &CheckpointHead) -> Result<String, StoreError> {
        checkpoints::state(&mut self.connection, &self.bot, head)
            .await
            .map_err(|error| fault::classify(&self.file, &error))
    }

    pub(crate) async fn inputs(
        &mut self,
        after_seq: u64,
        limit: u32,
    ) -> Result<Vec<RecordedInput>, StoreError> {
        journal::recorded(&mut self.connection, &self.bot, after_seq, limit)
            .await
            .map_err(|error| fault::classify(&self.file, &error))
    }

    pub(crate) async fn first_since(&mut self, time_ms: i64) -> Result<Option<u64>, StoreError> {
        journal::first_since(&mut self.connection, &self.bot, time_ms)
            .await
            .map_err(|error| fault::classify(&self.file, &error))
    }

    pub(crate) async fn earliest_after(&mut self, seq: u64) -> Result<Option<i64>, StoreError> {
        journal::earliest_after(&mut self.connection, &self.bot, seq)
            .await
            .map_err(|error| fault::classify(&self.file, &error))
    }

    pub(crate) async fn close(self) -> Result<(), StoreError> {
        let Self {
            file, connection, ..
        } = self;
        connection
            .close()
            .await
            .map_err(|error| fault::classify(&file, &error))
    }

    pub(super) fn fault(&self, error: &sqlx::Error) -> StoreError {
        fault::classify(&self.file, error)
    }
}

/// A transaction that sees the database as it is now, whatever a worker writes meanwhile.
pub(super) async fn begin(file: &Path) -> Result<SqliteConnection, sqlx::Error> {
    match snapshot(file, false).await {
        Ok(connection) => Ok(connection),
        // A copy on a disk that cannot be written: without a log beside it there is nobody to share it with.
        Err(_) if !has_log(file) => snapshot(file, true).await,
        Err(error) => Err(error),
    }
}

async fn snapshot(file: &Path, alone: bool) -> Result<SqliteConnection, sqlx::Error> {
    let mut connection = connect::only_reader(file, alone).connect().await?;
    sqlx::query("BEGIN").execute(&mut connection).await?;
    // The first read takes the snapshot.
    sqlx::query("SELECT count(*) FROM sqlite_schema")
        .execute(&mut connection)
        .await?;
    Ok(connection)
}

fn has_log(file: &Path) -> bool {
    std::fs::metadata(file.with_extension("db-wal")).is_ok_and(|log| log.len() > 0)
}

async fn check_schema(
    connection: &mut SqliteConnection,
    file: &Path,
) -> Result<(), RecordingError> {
    let found = schema::found(connection)
        .await
        .map_err(|error| fault::classify(file, &error))?
        .unwrap_or(0);
    let known = schema::newest();
    if found < SCHEMA_MIN {
        return Err(RecordingError::TooOld {
            file: file.to_owned(),
            found,
        });
    }
    if found > known {
        return Err(RecordingError::Store(StoreError::NewerSchema {
            file: file.to_owned(),
            found,
            known,
        }));
    }
    Ok(())
}

pub(super) async fn find_bot(
    connection: &mut SqliteConnection,
    file: &Path,
    wanted: Option<&str>,
) -> Result<SqliteRow, RecordingError> {
    let fault = |error: sqlx::Error| fault::classify(file, &error);
    let mut rows = sqlx::query("SELECT bot, markets, saved_state FROM bots ORDER BY bot")
        .fetch_all(connection)
        .await
        .map_err(fault)?;
    let mut found = Vec::new();
    for row in &rows {
        found.push(row.try_get::<String, _>("bot").map_err(fault)?);
    }
    let place = match wanted {
        Some(wanted) => found.iter().position(|bot| bot == wanted),
        None => (found.len() == 1).then_some(0),
    };
    match place {
        Some(place) => Ok(rows.swap_remove(place)),
        None => Err(RecordingError::WhichBot {
            file: file.to_owned(),
            found,
            wanted: wanted.map(ToOwned::to_owned),
        }),
    }
}
