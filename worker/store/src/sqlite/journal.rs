//! `journal`: the inputs, for replay. Their places have no gaps, so the number of rows is last - first + 1.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::value::{Owner, number, refused, signed};
use crate::batch::JournalEntry;

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
            "INSERT INTO journal (bot, seq, input, lease_epoch, time_ms) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (bot, seq) DO NOTHING",
        )
        .bind(owner.bot)
        .bind(signed(entry.seq)?)
        .bind(&entry.input)
        .bind(owner.epoch)
        .bind(entry.now_ms)
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
        .execute(connection)
        .await?;
    bounds.first = first;
    Ok(())
}

/// Entries after a place, in their order.
pub(super) async fn after(
    connection: &mut SqliteConnection,
    bot: &str,
    seq: u64,
    limit: u32,
) -> Result<Vec<JournalEntry>, sqlx::Error> {
    sqlx::query(
        "SELECT seq, input, time_ms FROM journal WHERE bot = ? AND seq > ? ORDER BY seq LIMIT ?",
    )
    .bind(bot)
    .bind(signed(seq)?)
    .bind(limit)
    .try_map(|row: SqliteRow| {
        Ok(JournalEntry {
            seq: number(&row, "seq")?,
            now_ms: row.try_get("time_ms")?,
            input: row.try_get("input")?,
        })
    })
    .fetch_all(connection)
    .await
}
