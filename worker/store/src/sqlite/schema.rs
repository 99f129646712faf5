//! The tables, as `migrations/sqlite` makes them. The files are part of the program; a released one never changes.

use std::path::Path;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{SqlSafeStr, SqliteConnection};

use super::fault;
use crate::error::StoreError;

/// Every migration, oldest first: number, name, SQL.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (
        1,
        "first",
        include_str!("../../../../migrations/sqlite/0001_first.sql"),
    ),
    (
        2,
        "checkpoints",
        include_str!("../../../../migrations/sqlite/0002_checkpoints.sql"),
    ),
];

/// The newest schema that we know.
pub(super) fn newest() -> i64 {
    MIGRATIONS
        .iter()
        .map(|&(version, ..)| version)
        .max()
        .unwrap_or(0)
}

/// The schema of a database that is only read; `None` when it has none.
pub(super) async fn found(connection: &mut SqliteConnection) -> Result<Option<i64>, sqlx::Error> {
    let any: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'")
            .fetch_one(&mut *connection)
            .await?;
    if any == 0 {
        return Ok(None);
    }
    sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations")
        .fetch_one(connection)
        .await
}

/// Brings the schema up to ours. Inside the caller's transaction: it is all there afterwards, or nothing is.
pub(super) async fn migrate(
    connection: &mut SqliteConnection,
    file: &Path,
) -> Result<(), StoreError> {
    let migrations = MIGRATIONS
        .iter()
        .map(|&(version, name, sql)| {
            Migration::new(
                version,
                name.into(),
                MigrationType::Simple,
                sql.into_sql_str(),
                false,
            )
        })
        .collect();
    Migrator::with_migrations(migrations)
        .run(connection)
        .await
        .map_err(|error| explain(file, &error))
}

#[allow(clippy::wildcard_enum_match_arm, reason = "the list of errors is open")]
fn explain(file: &Path, error: &MigrateError) -> StoreError {
    let known = newest();
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            fault::classify(file, error)
        }
        MigrateError::VersionMissing(found) if *found > known => StoreError::NewerSchema {
            file: file.to_owned(),
            found: *found,
            known,
        },
        MigrateError::VersionMismatch(version) => StoreError::Corrupt {
            file: file.to_owned(),
            cause: format!("its schema {version} is not the one that this aicoin-worker knows"),
        },
        other => StoreError::Corrupt {
            file: file.to_owned(),
            cause: other.to_string(),
        },
    }
}
