//! `orders`: each intent, written once and never changed, and what became of it.

use aicoin_api::http::Order;
use aicoin_core::OrderRecord;
use aicoin_domain::{OrderStatus, Price, Size};
use sha2::{Digest, Sha256};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::value::{Owner, number, optional_number, optional_parsed, parsed, refused, signed};
use crate::words;

/// Writes an order; true when it is new. Of a known one only the fate changes, never the intent.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    owner: Owner<'_>,
    record: &OrderRecord,
) -> Result<bool, sqlx::Error> {
    // Most commits move an order along: the row is there.
    if update(connection, owner, record).await? {
        return Ok(false);
    }
    insert(connection, owner, record).await?;
    Ok(true)
}

async fn update(
    connection: &mut SqliteConnection,
    owner: Owner<'_>,
    record: &OrderRecord,
) -> Result<bool, sqlx::Error> {
    sqlx::query(
        "UPDATE orders SET status = ?, error = ?, error_code = ?, oid = ?, filled = ?, filled_notional = ?,
             average_price = ?, updated_at_ms = ?
         WHERE bot = ? AND cloid = ?",
    )
    .bind(record.status.as_str())
    .bind(record.error.as_ref().map(ToString::to_string))
    .bind(record.error.as_ref().map(words::error_code))
    .bind(record.oid.map(signed).transpose()?)
    .bind(record.filled.to_string())
    .bind(record.filled_notional.to_string())
    .bind(average_price(record).map(|price| price.to_string()))
    .bind(record.updated_at.0)
    .bind(owner.bot)
    .bind(record.request.cloid.to_string())
    .execute(connection)
    .await
    .map(|done| done.rows_affected() == 1)
}

async fn insert(
    connection: &mut SqliteConnection,
    owner: Owner<'_>,
    record: &OrderRecord,
) -> Result<(), sqlx::Error> {
    let request = &record.request;
    let (kind, tif, price) = words::order_kind(request.kind);
    let payload = serde_json::to_string(request).map_err(|error| refused(error.to_string()))?;
    let hash = hexadecimal(&Sha256::digest(payload.as_bytes()));
    sqlx::query(
        "INSERT INTO orders (
             bot, cloid, decision, leg, attempt, market, side, kind, tif, price, size, reduce_only, status, error,
             error_code, oid, filled, filled_notional, average_price, nonce, payload, payload_hash, spec_generation,
             lease_epoch, created_at_ms, updated_at_ms, expires_at_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(owner.bot)
    .bind(request.cloid.to_string())
    .bind(signed(record.decision.0)?)
    .bind(record.leg.as_str())
    .bind(record.attempt)
    .bind(owner.market(request.market)?)
    .bind(request.side.as_str())
    .bind(kind)
    .bind(tif)
    .bind(price.to_string())
    .bind(request.size.to_string())
    .bind(request.reduce_only)
    .bind(record.status.as_str())
    .bind(record.error.as_ref().map(ToString::to_string))
    .bind(record.error.as_ref().map(words::error_code))
    .bind(record.oid.map(signed).transpose()?)
    .bind(record.filled.to_string())
    .bind(record.filled_notional.to_string())
    .bind(average_price(record).map(|price| price.to_string()))
    .bind(signed(record.nonce)?)
    .bind(payload)
    .bind(hash)
    .bind(owner.spec_generation)
    .bind(signed(record.epoch)?)
    .bind(record.created_at.0)
    .bind(record.updated_at.0)
    .bind(record.expires_at.0)
    .execute(connection)
    .await
    .map(|_| ())
}

/// Newest first, of one state or of all.
pub(super) async fn newest(
    connection: &mut SqliteConnection,
    bot: &str,
    limit: u32,
    status: Option<OrderStatus>,
) -> Result<Vec<Order>, sqlx::Error> {
    let query = match status {
        None => sqlx::query("SELECT * FROM orders WHERE bot = ? ORDER BY created_at_ms DESC, rowid DESC LIMIT ?")
            .bind(bot)
            .bind(limit),
        Some(status) => sqlx::query(
            "SELECT * FROM orders WHERE bot = ? AND status = ? ORDER BY created_at_ms DESC, rowid DESC LIMIT ?",
        )
        .bind(bot)
        .bind(status.as_str())
        .bind(limit),
    };
    query.try_map(|row| view(&row)).fetch_all(connection).await
}

fn average_price(record: &OrderRecord) -> Option<Price> {
    (record.filled != Size::ZERO).then(|| record.filled_notional.average_price(record.filled))
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn view(row: &SqliteRow) -> Result<Order, sqlx::Error> {
    Ok(Order {
        cloid: row.try_get("cloid")?,
        oid: optional_number(row, "oid")?,
        decision_id: number(row, "decision")?,
        leg: row.try_get("leg")?,
        market: row.try_get("market")?,
        side: row.try_get("side")?,
        kind: row.try_get("kind")?,
        tif: row.try_get("tif")?,
        price: parsed(row, "price")?,
        size: parsed(row, "size")?,
        filled: parsed(row, "filled")?,
        average_price: optional_parsed(row, "average_price")?,
        reduce_only: row.try_get("reduce_only")?,
        status: row.try_get("status")?,
        error: row.try_get("error")?,
        created_at_ms: row.try_get("created_at_ms")?,
        updated_at_ms: row.try_get("updated_at_ms")?,
    })
}
