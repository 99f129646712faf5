//! `account_snapshots`: the account over time, and a curve of it with few points.

use aicoin_api::http::AccountSnapshot;
use aicoin_core::AccountRecord;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::value::{Owner, parsed, time};

/// Writes the account at one time; the last word for a millisecond stays.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    owner: Owner<'_>,
    record: &AccountRecord,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO account_snapshots (
             bot, equity, cash, unrealized_pnl, realized_pnl, fees, funding, notional, drawdown_bps, spec_generation,
             lease_epoch, time_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (bot, time_ms) DO UPDATE SET
             equity = excluded.equity, cash = excluded.cash, unrealized_pnl = excluded.unrealized_pnl,
             realized_pnl = excluded.realized_pnl, fees = excluded.fees, funding = excluded.funding,
             notional = excluded.notional, drawdown_bps = excluded.drawdown_bps,
             spec_generation = excluded.spec_generation, lease_epoch = excluded.lease_epoch",
    )
    .bind(owner.bot)
    .bind(record.equity.to_string())
    .bind(record.cash.to_string())
    .bind(record.unrealised.to_string())
    .bind(record.realised.to_string())
    .bind(record.fees.to_string())
    .bind(record.funding.to_string())
    .bind(record.notional.to_string())
    .bind(record.drawdown_bps)
    .bind(owner.spec_generation)
    .bind(owner.epoch)
    .bind(record.time.0)
    .execute(connection)
    .await
    .map(|_| ())
}

/// Oldest first; more than `max_points` are thinned to the last one of each of so many equal spans of time.
pub(super) async fn thinned(
    connection: &mut SqliteConnection,
    bot: &str,
    since_ms: i64,
    max_points: u32,
) -> Result<Vec<AccountSnapshot>, sqlx::Error> {
    // One more than wanted tells whether there are too many, without counting them all.
    let mut rows = sqlx::query(
        "SELECT * FROM account_snapshots WHERE bot = ? AND time_ms >= ? ORDER BY time_ms LIMIT ? + 1",
    )
    .bind(bot)
    .bind(since_ms)
    .bind(max_points)
    .try_map(|row| view(&row))
    .fetch_all(&mut *connection)
    .await?;
    let is_too_many = u32::try_from(rows.len()).is_ok_and(|count| count > max_points);
    let (true, Some(first)) = (is_too_many, rows.first()) else {
        return Ok(rows);
    };
    if max_points < 2 {
        rows = newest(connection, bot, max_points)
            .await?
            .iter()
            .map(view)
            .collect::<Result<_, _>>()?;
        return Ok(rows);
    }
    // One look into the index per point, however many rows there are.
    sqlx::query(
        "WITH RECURSIVE
             ends (first, last) AS (SELECT ?2, max(time_ms) FROM account_snapshots WHERE bot = ?1),
             points (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM points WHERE n + 1 < ?3)
         SELECT * FROM account_snapshots WHERE bot = ?1 AND time_ms IN (
             SELECT (SELECT max(time_ms) FROM account_snapshots
                     WHERE bot = ?1 AND time_ms <= ends.first + (ends.last - ends.first) * points.n / (?3 - 1))
             FROM points, ends)
         ORDER BY time_ms",
    )
    .bind(bot)
    .bind(first.time_ms)
    .bind(max_points)
    .try_map(|row| view(&row))
    .fetch_all(connection)
    .await
}

/// The last one.
pub(super) async fn last(
    connection: &mut SqliteConnection,
    bot: &str,
) -> Result<Option<AccountRecord>, sqlx::Error> {
    newest(connection, bot, 1)
        .await?
        .first()
        .map(record)
        .transpose()
}

async fn newest(
    connection: &mut SqliteConnection,
    bot: &str,
    limit: u32,
) -> Result<Vec<SqliteRow>, sqlx::Error> {
    sqlx::query("SELECT * FROM account_snapshots WHERE bot = ? ORDER BY time_ms DESC LIMIT ?")
        .bind(bot)
        .bind(limit)
        .fetch_all(connection)
        .await
}

fn view(row: &SqliteRow) -> Result<AccountSnapshot, sqlx::Error> {
    Ok(AccountSnapshot {
        time_ms: row.try_get("time_ms")?,
        equity: parsed(row, "equity")?,
        cash: parsed(row, "cash")?,
        unrealized_pnl: parsed(row, "unrealized_pnl")?,
        realized_pnl: parsed(row, "realized_pnl")?,
        fees: parsed(row, "fees")?,
        funding: parsed(row, "funding")?,
        notional: parsed(row, "notional")?,
    })
}

fn record(row: &SqliteRow) -> Result<AccountRecord, sqlx::Error> {
    Ok(AccountRecord {
        time: time(row, "time_ms")?,
        equity: parsed(row, "equity")?,
        cash: parsed(row, "cash")?,
        unrealised: parsed(row, "unrealized_pnl")?,
        realised: parsed(row, "realized_pnl")?,
        fees: parsed(row, "fees")?,
        funding: parsed(row, "funding")?,
        notional: parsed(row, "notional")?,
        drawdown_bps: row.try_get("drawdown_bps")?,
    })
}
