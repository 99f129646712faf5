//! `journal`: the inputs, for replay. Their places have next to no gaps, so the number of rows is last - first + 1.

use sha2::{Digest, Sha256};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::checkpoints;
use super::value::{Owner, number, optional_number, refused, signed};
use crate::batch::JournalEntry;
use crate::recording::RecordedInput;

/// So many rows too many are let pass before some go, and at most [`PRUNE_ROWS_MAX`] go at once: a commit stays short.
pub(super) const PRUNE_ROWS_MIN: u64 = 1_000;
const PRUNE_ROWS_MAX: u64 = 5_000;

/// What the journal of a bot holds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bounds {
    /// The oldest place that is left; 0 when it is empty.
    first: u64,
    /// The newest place; 0 when it is empty.
    pub(super) last: u64,
}

impl Bounds {
    /// The first and the last place; `None` when it is empty.
    pub(super) const fn ends(self) -> Option<(u64, u64)> {
        if self.first == 0 {
            None
        } else {
            Some((self.first, self.last))
        }
    }

    /// How many there are.
    pub(super) const fn rows(self) -> u64 {
        if self.first == 0 {
            0
        } else {
            (self.last + 1).saturating_sub(self.first)
        }
    }
}

/// Looks up what is there.
pub(super) async fn bounds(
    connection: &mut SqliteConnection,
    bot: &str,
) -> Result<Bounds, sqlx::Error> {
    sqlx::query(
        "SELECT coalesce((SELECT min(seq) FROM journal WHERE bot = ?1), 0) AS first,
                coalesce((SELECT max(seq) FROM journal WHERE bot = ?1), 0) AS last",
    )
    .bind(bot)
    .try_map(|row: SqliteRow| {
        Ok(Bounds {
            first: number(&row, "first")?,
            last: number(&row, "last")?,
        })
    })
    .fetch_one(connection)
    .await
}

/// Appends entries. One that is there already, from a batch that is committed again, is left as it is; places up to
/// `earlier` are those of earlier processes.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    owner: Owner<'_>,
    entries: &[JournalEntry],
    earlier: u64,
    bounds: &mut Bounds,
) -> Result<(), sqlx::Error> {
    for entry in entries {
        // Taken for a repetition it would be lost without a word.
        if entry.seq <= earlier {
            return Err(refused(format!(
                "the input {} comes after {earlier} of an earlier process in the journal",
                entry.seq
            )));
        }
        let inserted = sqlx::query(
            "INSERT INTO journal (bot, seq, input, lease_epoch, time_ms, outputs, checksum) VALUES (?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (bot, seq) DO NOTHING",
        )
        .bind(owner.bot)
        .bind(signed(entry.seq)?)
        .bind(&entry.input)
        .bind(owner.epoch)
        .bind(entry.now_ms)
        .bind(entry.outputs.as_deref())
        .bind(checksum(entry))
        .execute(&mut *connection)
        .await?;
        if inserted.rows_affected() == 1 {
            bounds.last = bounds.last.max(entry.seq);
            if bounds.first == 0 {
                bounds.first = entry.seq;
            }
        }
    }
    Ok(())
}

/// Lets the oldest rows go when there are too many.
pub(super) async fn prune(
    connection: &mut SqliteConnection,
    owner: Owner<'_>,
    bounds: &mut Bounds,
    rows_max: u64,
) -> Result<(), sqlx::Error> {
    let excess = bounds.rows().saturating_sub(rows_max);
    if excess < PRUNE_ROWS_MIN {
        return Ok(());
    }
    let first = bounds.first + excess.min(PRUNE_ROWS_MAX);
    sqlx::query("DELETE FROM journal WHERE bot = ? AND seq < ?")
        .bind(owner.bot)
        .bind(signed(first)?)
        .execute(&mut *connection)
        .await?;
    bounds.first = first;
    checkpoints::prune(connection, owner, first).await
}

/// Finds an entry that was changed. It keeps nobody from computing it anew.
pub(super) fn checksum(entry: &JournalEntry) -> i64 {
    let mut hasher = Sha256::new();
    hasher.update(entry.seq.to_be_bytes());
    hasher.update(entry.now_ms.to_be_bytes());
    hasher.update(entry.input.as_bytes());
    // No JSON ends so: where one text ends and the other begins is part of it.
    hasher.update([0]);
    hasher.update(entry.outputs.as_deref().unwrap_or_default().as_bytes());
    hasher
        .finalize()
        .iter()
        .take(8)
        .fold(0, |sum, byte| (sum << 8) | i64::from(*byte))
}

/// Entries after a place, in their order.
pub(super) async fn after(
    connection: &mut SqliteConnection,
    bot: &str,
    seq: u64,
    limit: u32,
) -> Result<Vec<JournalEntry>, sqlx::Error> {
    sqlx::query(
        "SELECT seq, input, time_ms, outputs FROM journal WHERE bot = ? AND seq > ? ORDER BY seq LIMIT ?",
    )
    .bind(bot)
    .bind(signed(seq)?)
    .bind(limit)
    .try_map(|row| entry(&row))
    .fetch_all(connection)
    .await
}

/// The same, with what only a replay wants to know.
pub(super) async fn recorded(
    connection: &mut SqliteConnection,
    bot: &str,
    seq: u64,
    limit: u32,
) -> Result<Vec<RecordedInput>, sqlx::Error> {
    sqlx::query(
        "SELECT seq, input, time_ms, outputs, lease_epoch, checksum FROM journal
         WHERE bot = ? AND seq > ? ORDER BY seq LIMIT ?",
    )
    .bind(bot)
    .bind(signed(seq)?)
    .bind(limit)
    .try_map(|row: SqliteRow| {
        let entry = entry(&row)?;
        Ok(RecordedInput {
            epoch: number(&row, "lease_epoch")?,
            is_intact: row.try_get::<Option<i64>, _>("checksum")? == Some(checksum(&entry)),
            entry,
        })
    })
    .fetch_all(connection)
    .await
}

/// The place of the first input at that time or later.
pub(super) async fn first_since(
    connection: &mut SqliteConnection,
    bot: &str,
    time_ms: i64,
) -> Result<Option<u64>, sqlx::Error> {
    sqlx::query("SELECT min(seq) AS first FROM journal WHERE bot = ? AND time_ms >= ?")
        .bind(bot)
        .bind(time_ms)
        .try_map(|row| optional_number(&row, "first"))
        .fetch_one(connection)
        .await
}

/// The earliest time of any input after a place.
pub(super) async fn earliest_after(
    connection: &mut SqliteConnection,
    bot: &str,
    seq: u64,
) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar("SELECT min(time_ms) FROM journal WHERE bot = ? AND seq > ?")
        .bind(bot)
        .bind(signed(seq)?)
        .fetch_one(connection)
        .await
}

fn entry(row: &SqliteRow) -> Result<JournalEntry, sqlx::Error> {
    Ok(JournalEntry {
        seq: number(row, "seq")?,
        now_ms: row.try_get("time_ms")?,
        input: row.try_get("input")?,
        outputs: row.try_get("outputs")?,
    })
}
