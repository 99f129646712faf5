//! `risk_events`: what a person should know of, until it is resolved.

use aicoin_api::http::RiskEvent;
use aicoin_core::RiskRecord;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::value::{Owner, number, signed};

/// Writes a risk event; true when it is new. A known one takes the new sentence and whether it is resolved.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    owner: Owner<'_>,
    record: &RiskRecord,
) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query(
        "INSERT INTO risk_events (bot, id, code, market, detail, resolved, spec_generation, lease_epoch, time_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (bot, id) DO NOTHING",
    )
    .bind(owner.bot)
    .bind(signed(record.id)?)
    .bind(record.reason.as_str())
    .bind(record.market.map(|market| owner.market(market)).transpose()?)
    .bind(&record.detail)
    .bind(record.resolved)
    .bind(owner.spec_generation)
    .bind(owner.epoch)
    .bind(record.time.0)
    .execute(&mut *connection)
    .await?;
    if inserted.rows_affected() == 1 {
        return Ok(true);
    }
    sqlx::query("UPDATE risk_events SET detail = ?, resolved = ? WHERE bot = ? AND id = ?")
        .bind(&record.detail)
        .bind(record.resolved)
        .bind(owner.bot)
        .bind(signed(record.id)?)
        .execute(connection)
        .await?;
    Ok(false)
}

/// Nothing needs to be done about it any more. One that is settled already stays so.
pub(super) async fn settle(
    connection: &mut SqliteConnection,
    owner: Owner<'_>,
    id: u64,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE risk_events SET resolved = TRUE WHERE bot = ? AND id = ?")
        .bind(owner.bot)
        .bind(signed(id)?)
        .execute(connection)
        .await
        .map(|_| ())
}

/// The risk event of that number.
pub(super) async fn find(
    connection: &mut SqliteConnection,
    bot: &str,
    id: u64,
) -> Result<Option<RiskEvent>, sqlx::Error> {
    // A number that no column can hold is one that nobody was given.
    let Ok(id) = i64::try_from(id) else {
        return Ok(None);
    };
    sqlx::query("SELECT * FROM risk_events WHERE bot = ? AND id = ?")
        .bind(bot)
        .bind(id)
        .try_map(|row| view(&row))
        .fetch_optional(connection)
        .await
}

/// Newest first, all or the unresolved.
pub(super) async fn newest(
    connection: &mut SqliteConnection,
    bot: &str,
    limit: u32,
    only_unresolved: bool,
) -> Result<Vec<RiskEvent>, sqlx::Error> {
    let query = if only_unresolved {
        "SELECT * FROM risk_events WHERE bot = ? AND resolved = FALSE ORDER BY id DESC LIMIT ?"
    } else {
        "SELECT * FROM risk_events WHERE bot = ? ORDER BY id DESC LIMIT ?"
    };
    sqlx::query(query)
        .bind(bot)
        .bind(limit)
        .try_map(|row| view(&row))
        .fetch_all(connection)
        .await
}

fn view(row: &SqliteRow) -> Result<RiskEvent, sqlx::Error> {
    Ok(RiskEvent {
        id: number(row, "id")?,
        time_ms: row.try_get("time_ms")?,
        code: row.try_get("code")?,
        market: row.try_get("market")?,
        detail: row.try_get("detail")?,
        resolved: row.try_get("resolved")?,
    })
}
