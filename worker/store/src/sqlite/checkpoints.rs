//! `checkpoints`: images of the core, for replay. The journal holds what came after them.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::value::{Owner, damaged, number, signed};
use crate::batch::{Checkpoint, CheckpointKind};
use crate::recording::CheckpointHead;

/// Writes one. One that is tried again may be a later image for the same place: more was lost meanwhile.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    owner: Owner<'_>,
    checkpoint: &Checkpoint,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO checkpoints (bot, seq, kind, version, spec_generation, lease_epoch, time_ms, state)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (bot, seq, lease_epoch) DO UPDATE SET
             kind = excluded.kind, version = excluded.version, time_ms = excluded.time_ms, state = excluded.state",
    )
    .bind(owner.bot)
    .bind(signed(checkpoint.seq)?)
    .bind(checkpoint.kind.as_str())
    .bind(&checkpoint.version)
    .bind(owner.spec_generation)
    .bind(owner.epoch)
    .bind(checkpoint.time_ms)
    .bind(&checkpoint.state)
    .execute(connection)
    .await
    .map(|_| ())
}

/// The place of the last one; 0 when there is none.
pub(super) async fn last(connection: &mut SqliteConnection, bot: &str) -> Result<u64, sqlx::Error> {
    sqlx::query("SELECT coalesce(max(seq), 0) AS last FROM checkpoints WHERE bot = ?")
        .bind(bot)
        .try_map(|row| number(&row, "last"))
        .fetch_one(connection)
        .await
}

/// Those go from which the journal cannot be followed any more: it begins at `first` now.
pub(super) async fn prune(
    connection: &mut SqliteConnection,
    owner: Owner<'_>,
    first: u64,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM checkpoints WHERE bot = ? AND seq < ?")
        .bind(owner.bot)
        .bind(signed(first.saturating_sub(1))?)
        .execute(connection)
        .await
        .map(|_| ())
}

/// All of them without their states, in order.
pub(super) async fn heads(
    connection: &mut SqliteConnection,
    bot: &str,
) -> Result<Vec<CheckpointHead>, sqlx::Error> {
    sqlx::query(
        "SELECT seq, kind, version, lease_epoch, time_ms FROM checkpoints WHERE bot = ? ORDER BY seq, lease_epoch",
    )
    .bind(bot)
    .try_map(|row: SqliteRow| {
        let word: &str = row.try_get("kind")?;
        Ok(CheckpointHead {
            seq: number(&row, "seq")?,
            kind: CheckpointKind::of_word(word)
                .ok_or_else(|| damaged(format!("the column kind holds {word:?}")))?,
            version: row.try_get("version")?,
            epoch: number(&row, "lease_epoch")?,
            time_ms: row.try_get("time_ms")?,
        })
    })
    .fetch_all(connection)
    .await
}

/// The state of one.
pub(super) async fn state(
    connection: &mut SqliteConnection,
    bot: &str,
    head: &CheckpointHead,
) -> Result<String, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT state FROM checkpoints WHERE bot = ? AND seq = ? AND lease_epoch = ?",
    )
    .bind(bot)
    .bind(signed(head.seq)?)
    .bind(signed(head.epoch)?)
    .fetch_one(connection)
    .await
}
