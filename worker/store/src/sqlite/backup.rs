//! Backups of an SQLite file: one connection that only reads, inside one transaction; and one that fills an empty file.

use std::path::{Path, PathBuf};

use futures_util::TryStreamExt as _;
use sqlx::sqlite::{SqlitePoolOptions, SqliteRow};
use sqlx::{Connection, QueryBuilder, Row as _, Sqlite, SqliteConnection, SqlitePool, Transaction};

use super::recording::{begin, find_bot};
use super::{DATABASE_FILE, connect, fault, schema, value};
use crate::backup::{BackupError, Cell, Column, Kind, Row, Source, Table, Target};
use crate::error::StoreError;
use crate::lock::DirLock;
use crate::recording::RecordingError;

/// One bot's rows as they stood when this was opened, whatever a worker writes meanwhile.
#[derive(Debug)]
pub(crate) struct SqliteSource {
    file: PathBuf,
    connection: SqliteConnection,
    bot: String,
}

impl SqliteSource {
    /// Opens a data directory, or the database file in one. Takes no lock and changes nothing.
    pub(crate) async fn open(place: &Path, bot: Option<&str>) -> Result<Self, BackupError> {
        let file = file_in(place);
        if !file.is_file() {
            return Err(RecordingError::Missing { file }.into());
        }
        let fault = |error: sqlx::Error| fault::classify(&file, &error);
        let mut connection = begin(&file).await.map_err(fault)?;
        let found = schema::found(&mut connection)
            .await
            .map_err(fault)?
            .unwrap_or(0);
        let known = schema::newest();
        if found > known {
            return Err(StoreError::NewerSchema { file, found, known }.into());
        }
        if found < known {
            return Err(BackupError::OlderSchema { file, found, known });
        }
        let row = find_bot(&mut connection, &file, bot).await?;
        let bot = row.try_get("bot").map_err(fault)?;
        Ok(Self {
            file,
            connection,
            bot,
        })
    }

    fn fault(&self, error: &sqlx::Error) -> BackupError {
        fault::classify(&self.file, error).into()
    }
}

impl Source for SqliteSource {
    fn bot(&self) -> &str {
        &self.bot
    }

    fn kind(&self) -> &'static str {
        "sqlite"
    }

    async fn count(&mut self, table: &Table) -> Result<u64, BackupError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT count(*) FROM ");
        query.push(table.name).push(" WHERE bot = ");
        query.push_bind(&self.bot);
        let count: Result<i64, sqlx::Error> = query
            .build_query_scalar()
            .fetch_one(&mut self.connection)
            .await;
        count
            .and_then(value::unsigned)
            .map_err(|error| self.fault(&error))
    }

    async fn rows(
        &mut self,
        table: &Table,
        each: &mut impl FnMut(&[Cell]) -> Result<(), BackupError>,
    ) -> Result<(), BackupError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(names(table)).push(" FROM ").push(table.name);
        query.push(" WHERE bot = ").push_bind(&self.bot);
        // The rowid rises with every row that is written.
        let order = if table.key.is_empty() {
            "rowid".to_owned()
        } else {
            table.key.join(", ")
        };
        query.push(" ORDER BY ").push(order);
        let file = &self.file;
        let fault = |error: sqlx::Error| BackupError::from(fault::classify(file, &error));
        let mut rows = query.build().fetch(&mut self.connection);
        while let Some(row) = rows.try_next().await.map_err(fault)? {
            each(&cells(table, &row).map_err(fault)?)?;
        }
        Ok(())
    }

    async fn close(self) -> Result<(), BackupError> {
        let Self {
            file, connection, ..
        } = self;
        connection
            .close()
            .await
            .map_err(|error| fault::classify(&file, &error).into())
    }
}

/// An SQLite file without a bot in it, being filled inside one transaction. The data directory is ours meanwhile.
#[derive(Debug)]
pub(crate) struct SqliteTarget {
    /// Of one connection: it owns what the transaction borrows elsewhere.
    pool: SqlitePool,
    transaction: Transaction<'static, Sqlite>,
    place: Taken,
}

/// Where it is being filled.
#[derive(Debug)]
struct Taken {
    file: PathBuf,
    /// The file was not there before.
    made: bool,
    /// Let go of last: no worker opens the file before.
    _lock: DirLock,
}

impl SqliteTarget {
    pub(crate) async fn open(place: &Path) -> Result<Self, BackupError> {
        let file = file_in(place);
        let dir = match file.parent() {
            Some(dir) if !dir.as_os_str().is_empty() => dir.to_owned(),
            Some(_) | None => PathBuf::from("."),
        };
        let lock = DirLock::take(&dir)?;
        let place = Taken {
            made: !file.exists(),
            file,
            _lock: lock,
        };
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_lazy_with(connect::writer(&place.file, None));
        match begin_empty(&pool, &place.file).await {
            Ok(transaction) => Ok(Self {
                pool,
                transaction,
                place,
            }),
            Err(error) => {
                place.give_up(&pool).await;
                Err(error)
            }
        }
    }
}

impl Taken {
    /// Leaves the place as it was. Closing ends a transaction that is open; where that fails, the next opening does.
    async fn give_up(self, pool: &SqlitePool) {
        pool.close().await;
        if self.made {
            remove(&self.file);
        }
    }
}

/// Begins the transaction, with the tables in it and no bot in them.
async fn begin_empty(
    pool: &SqlitePool,
    file: &Path,
) -> Result<Transaction<'static, Sqlite>, BackupError> {
    let fault = |error: sqlx::Error| fault::classify(file, &error);
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await.map_err(fault)?;
    schema::migrate(&mut transaction, file).await?;
    let bot: Option<String> = sqlx::query_scalar("SELECT bot FROM bots LIMIT 1")
        .fetch_optional(&mut *transaction)
        .await
        .map_err(fault)?;
    match bot {
        Some(bot) => Err(BackupError::NotEmpty {
            place: file.to_owned(),
            bot,
        }),
        None => Ok(transaction),
    }
}

impl Target for SqliteTarget {
    async fn insert(&mut self, table: &Table, rows: &[Row]) -> Result<(), BackupError> {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO ");
        query
            .push(table.name)
            .push(" (")
            .push(names(table))
            .push(") ");
        query.push_values(rows, |mut values, row| {
            for cell in row {
                match cell {
                    Cell::Nothing => values.push_bind(None::<i64>),
                    Cell::Integer(number) => values.push_bind(*number),
                    Cell::Boolean(is) => values.push_bind(*is),
                    Cell::Text(text) => values.push_bind(text.as_str()),
                };
            }
        });
        let inserted = query.build().execute(&mut *self.transaction).await;
        inserted
            .map(|_| ())
            .map_err(|error| fault::classify(&self.place.file, &error).into())
    }

    async fn commit(self) -> Result<(), BackupError> {
        let Self {
            pool,
            transaction,
            place,
        } = self;
        if let Err(error) = transaction.commit().await {
            let error = fault::classify(&place.file, &error);
            place.give_up(&pool).await;
            return Err(error.into());
        }
        // All in one file, as a worker that was stopped leaves it. It is durable in any case.
        let _ = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&pool)
            .await;
        pool.close().await;
        Ok(())
    }

    async fn give_up(self) {
        let Self {
            pool,
            transaction,
            place,
        } = self;
        let _ = transaction.rollback().await;
        place.give_up(&pool).await;
    }
}

/// Takes a file away that this process made, and what SQLite lays beside it.
fn remove(file: &Path) {
    for name in [
        file.to_owned(),
        file.with_extension("db-wal"),
        file.with_extension("db-shm"),
    ] {
        let _ = std::fs::remove_file(name);
    }
}

fn file_in(place: &Path) -> PathBuf {
    // A database file is named by its ending; a directory may not be there yet.
    let is_file = place.extension().is_some_and(|ending| ending == "db");
    if is_file && !place.is_dir() {
        place.to_owned()
    } else {
        place.join(DATABASE_FILE)
    }
}

fn names(table: &Table) -> String {
    let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    names.join(", ")
}

fn cells(table: &Table, row: &SqliteRow) -> Result<Vec<Cell>, sqlx::Error> {
    table
        .columns
        .iter()
        .map(|column| cell(column, row))
        .collect()
}

fn cell(column: &Column, row: &SqliteRow) -> Result<Cell, sqlx::Error> {
    let cell = match column.kind {
        Kind::Text | Kind::Decimal => row
            .try_get::<Option<String>, _>(column.name)?
            .map(Cell::Text),
        Kind::Integer => row
            .try_get::<Option<i64>, _>(column.name)?
            .map(Cell::Integer),
        Kind::Boolean => row
            .try_get::<Option<bool>, _>(column.name)?
            .map(Cell::Boolean),
    };
    Ok(cell.unwrap_or(Cell::Nothing))
}
