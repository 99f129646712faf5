//! `fills`: each execution once, however often the venue says it.

use aicoin_api::http::Fill;
use aicoin_core::FillRecord;
use aicoin_domain::DecisionId;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::value::{Owner, number, optional_number, parsed, signed};
use crate::words;

/// Writes a fill; false when it is there already, and then nothing changes.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    owner: Owner<'_>,
    record: &FillRecord,
) -> Result<bool, sqlx::Error> {
    let fill = &record.fill;
    let decision = (record.decision != DecisionId(0)).then_some(record.decision.0);
    sqlx::query(
        "INSERT INTO fills (
             bot, market, trade_id, cloid, oid, decision, leg, side, price, size, fee, closed_pnl, taker, liquidation,
             spec_generation, lease_epoch, time_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (bot, market, trade_id) DO NOTHING",
    )
    .bind(owner.bot)
    .bind(owner.market(fill.market)?)
    .bind(signed(fill.trade.0)?)
    .bind(fill.cloid.map(|cloid| cloid.to_string()))
    .bind(signed(fill.order.0)?)
    .bind(decision.map(signed).transpose()?)
    .bind(record.leg.map(|leg| leg.as_str()))
    .bind(fill.side.as_str())
    .bind(fill.price.to_string())
    .bind(fill.size.to_string())
    .bind(fill.fee.to_string())
    .bind(fill.closed_pnl.to_string())
    .bind(fill.is_taker)
    .bind(fill.liquidation.map(words::liquidation))
    .bind(owner.spec_generation)
    .bind(owner.epoch)
    .bind(fill.time.0)
    .execute(connection)
    .await
    .map(|done| done.rows_affected() == 1)
}

/// Newest first.
pub(super) async fn newest(
    connection: &mut SqliteConnection,
    bot: &str,
    limit: u32,
) -> Result<Vec<Fill>, sqlx::Error> {
    sqlx::query("SELECT * FROM fills WHERE bot = ? ORDER BY time_ms DESC, rowid DESC LIMIT ?")
        .bind(bot)
        .bind(limit)
        .try_map(|row| view(&row))
        .fetch_all(connection)
        .await
}

fn view(row: &SqliteRow) -> Result<Fill, sqlx::Error> {
    Ok(Fill {
        tid: number(row, "trade_id")?,
        cloid: row.try_get("cloid")?,
        decision_id: optional_number(row, "decision")?,
        market: row.try_get("market")?,
        side: row.try_get("side")?,
        price: parsed(row, "price")?,
        size: parsed(row, "size")?,
        fee: parsed(row, "fee")?,
        closed_pnl: parsed(row, "closed_pnl")?,
        taker: row.try_get("taker")?,
        liquidation: row.try_get::<Option<&str>, _>("liquidation")?.is_some(),
        time_ms: row.try_get("time_ms")?,
    })
}
