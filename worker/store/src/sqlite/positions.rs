//! `positions`: the latest of each market; flat ones stay, with what they earned.

use aicoin_core::PositionRecord;
use aicoin_domain::{MarketId, TimeMs};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::value::{Owner, damaged, optional_parsed, parsed, time};

/// Writes a position over the one that is there.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    owner: Owner<'_>,
    record: &PositionRecord,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO positions (
             bot, market, size, cost, realized_pnl, fees, funding, stop_price, take_price, lease_epoch, opened_at_ms,
             updated_at_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (bot, market) DO UPDATE SET
             size = excluded.size, cost = excluded.cost, realized_pnl = excluded.realized_pnl, fees = excluded.fees,
             funding = excluded.funding, stop_price = excluded.stop_price, take_price = excluded.take_price,
             lease_epoch = excluded.lease_epoch, opened_at_ms = excluded.opened_at_ms,
             updated_at_ms = excluded.updated_at_ms",
    )
    .bind(owner.bot)
    .bind(owner.market(record.market)?)
    .bind(record.size.to_string())
    .bind(record.cost.to_string())
    .bind(record.realised.to_string())
    .bind(record.fees.to_string())
    .bind(record.funding.to_string())
    .bind(record.stop.map(|price| price.to_string()))
    .bind(record.take.map(|price| price.to_string()))
    .bind(owner.epoch)
    .bind(record.opened_at.map(|time| time.0))
    .bind(record.updated_at.0)
    .execute(connection)
    .await
    .map(|_| ())
}

/// All of them, in the order of the markets.
pub(super) async fn all(
    connection: &mut SqliteConnection,
    owner: Owner<'_>,
) -> Result<Vec<PositionRecord>, sqlx::Error> {
    let mut positions = sqlx::query("SELECT * FROM positions WHERE bot = ?")
        .bind(owner.bot)
        .try_map(|row| record(&row, owner))
        .fetch_all(connection)
        .await?;
    positions.sort_by_key(|position| position.market);
    Ok(positions)
}

fn record(row: &SqliteRow, owner: Owner<'_>) -> Result<PositionRecord, sqlx::Error> {
    let name: &str = row.try_get("market")?;
    let market = owner
        .markets
        .iter()
        .position(|market| market == name)
        .and_then(|index| u16::try_from(index).ok())
        .map(MarketId)
        .ok_or_else(|| {
            damaged(format!(
                "a position in {name}, which is none of the bot's markets"
            ))
        })?;
    Ok(PositionRecord {
        market,
        size: parsed(row, "size")?,
        cost: parsed(row, "cost")?,
        realised: parsed(row, "realized_pnl")?,
        fees: parsed(row, "fees")?,
        funding: parsed(row, "funding")?,
        stop: optional_parsed(row, "stop_price")?,
        take: optional_parsed(row, "take_price")?,
        opened_at: row.try_get::<Option<i64>, _>("opened_at_ms")?.map(TimeMs),
        updated_at: time(row, "updated_at_ms")?,
    })
}
