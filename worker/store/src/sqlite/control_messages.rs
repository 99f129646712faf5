//! `control_messages`: every accepted control and local hold, in the order in which they came.

use aicoin_core::ControlRecord;
use aicoin_domain::{Desired, Hold};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::value::{Owner, damaged, number, signed, time};

/// Appends one. The same one again, from a batch that is committed again, changes nothing.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    owner: Owner<'_>,
    record: &ControlRecord,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO control_messages (
             bot, desired, generation, local_hold, in_force, spec_generation, lease_epoch, time_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (bot, time_ms, generation, desired, local_hold) DO NOTHING",
    )
    .bind(owner.bot)
    .bind(record.desired.as_str())
    .bind(signed(record.generation)?)
    .bind(record.hold.as_str())
    .bind(record.in_force.as_str())
    .bind(owner.spec_generation)
    .bind(owner.epoch)
    .bind(record.time.0)
    .execute(connection)
    .await
    .map(|_| ())
}

/// Newest first.
pub(super) async fn newest(
    connection: &mut SqliteConnection,
    bot: &str,
    limit: u32,
) -> Result<Vec<ControlRecord>, sqlx::Error> {
    sqlx::query("SELECT * FROM control_messages WHERE bot = ? ORDER BY id DESC LIMIT ?")
        .bind(bot)
        .bind(limit)
        .try_map(|row| record(&row))
        .fetch_all(connection)
        .await
}

fn record(row: &SqliteRow) -> Result<ControlRecord, sqlx::Error> {
    Ok(ControlRecord {
        time: time(row, "time_ms")?,
        desired: desired(row, "desired")?,
        generation: number(row, "generation")?,
        hold: hold(row, "local_hold")?,
        in_force: desired(row, "in_force")?,
    })
}

fn desired(row: &SqliteRow, column: &str) -> Result<Desired, sqlx::Error> {
    let word: &str = row.try_get(column)?;
    [
        Desired::Running,
        Desired::Paused,
        Desired::CloseAll,
        Desired::Stopped,
    ]
    .into_iter()
    .find(|desired| desired.as_str() == word)
    .ok_or_else(|| damaged(format!("the column {column} holds {word:?}")))
}

fn hold(row: &SqliteRow, column: &str) -> Result<Hold, sqlx::Error> {
    let word: &str = row.try_get(column)?;
    [Hold::None, Hold::Paused, Hold::CloseAll]
        .into_iter()
        .find(|hold| hold.as_str() == word)
        .ok_or_else(|| damaged(format!("the column {column} holds {word:?}")))
}
