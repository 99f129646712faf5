//! The tables, read as a person at sqlite3 would.

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{ConnectOptions, Row};

use super::number::units;

/// A data directory's database.
pub(crate) struct Db {
    options: SqliteConnectOptions,
}

impl Db {
    pub(crate) fn of(data_dir: &Path) -> Self {
        Self {
            options: SqliteConnectOptions::new()
                .filename(data_dir.join("aicoin.db"))
                .read_only(true),
        }
    }

    /// The rows of a query.
    #[track_caller]
    pub(crate) fn rows(&self, sql: &'static str) -> Vec<SqliteRow> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let mut connection = self
                .options
                .connect()
                .await
                .unwrap_or_else(|error| panic!("{sql}: {error}"));
            sqlx::query(sql)
                .fetch_all(&mut connection)
                .await
                .unwrap_or_else(|error| panic!("{sql}: {error}"))
        })
    }

    /// The one number of a query.
    #[track_caller]
    pub(crate) fn number(&self, sql: &'static str) -> i64 {
        self.rows(sql)[0].get(0)
    }

    /// The exact sum of a column of decimal text.
    #[track_caller]
    pub(crate) fn sum(&self, sql: &'static str) -> i128 {
        self.rows(sql)
            .iter()
            .map(|row| units(row.get::<&str, _>(0)))
            .sum()
    }
}
