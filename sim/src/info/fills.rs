//! Fills, funding and other money that came and went.

use aicoin_domain::{Fill, LiquidationKind, TradeId, Usd};
use aicoin_hyperliquid::Address;
use aicoin_paper::FillRecord;
use serde_json::{Value, json};

use super::{NoAnswer, Query, ROWS_MAX, account_of};
use crate::market::Assets;
use crate::wire::{self, num};
use crate::world::{FundingPaid, Update, World};

/// Fills of a reply.
const FILLS_MAX: usize = 2_000;
/// Fills that exist at all for a client.
const FILLS_EVER: usize = 10_000;

/// A fill.
pub(crate) fn fill_json(assets: &Assets, user: Address, record: &FillRecord) -> Value {
    let fill = &record.fill;
    let mut shown = json!({
        "coin": assets.name(fill.market),
        "px": num(fill.price),
        "sz": num(fill.size),
        "side": wire::side(fill.side),
        "time": fill.time,
        "startPosition": num(record.detail.start_position),
        "dir": record.direction(),
        "closedPnl": num(fill.closed_pnl),
        "hash": wire::hash(fill.order.0),
        "oid": fill.order,
        "crossed": fill.is_taker,
        "fee": num(fill.fee),
        "tid": fill.trade,
        "feeToken": "USDC",
        "twapId": null,
    });
    if let Value::Object(fields) = &mut shown {
        if let Some(cloid) = fill.cloid {
            fields.insert("cloid".to_owned(), json!(cloid));
        }
        if let Some(kind) = fill.liquidation {
            let method = match kind {
                LiquidationKind::Market => "market",
                LiquidationKind::Backstop => "backstop",
            };
            let liquidation = json!({
                "liquidatedUser": user, "markPx": num(record.detail.mark), "method": method,
            });
            fields.insert("liquidation".to_owned(), liquidation);
        }
    }
    shown
}

/// The latest fills of an account, the newest first.
pub(crate) fn fill_list(world: &World, address: Address) -> Vec<Value> {
    let Some(user) = account_of(world, address) else {
        return Vec::new();
    };
    let records = world.exchange.fill_records(user.id, TradeId(0)).rev();
    records
        .take(FILLS_MAX)
        .map(|record| fill_json(&world.assets, address, record))
        .collect()
}

/// `userFills`.
pub(super) fn latest(world: &World, query: &Query) -> Result<Value, NoAnswer> {
    let address = query.user()?;
    if query.aggregate_by_time != Some(true) {
        return Ok(Value::Array(fill_list(world, address)));
    }
    let Some(user) = account_of(world, address) else {
        return Ok(json!([]));
    };
    let records = world.exchange.fill_records(user.id, TradeId(0)).copied();
    let whole = aggregated(records.collect());
    Ok(whole
        .iter()
        .rev()
        .take(FILLS_MAX)
        .map(|record| fill_json(&world.assets, address, record))
        .collect())
}

/// `userFillsByTime`, the oldest first.
pub(super) fn by_time(world: &World, query: &Query) -> Result<Value, NoAnswer> {
    let (address, range) = (query.user()?, query.range()?);
    let Some(user) = account_of(world, address) else {
        return Ok(json!([]));
    };
    let all = world.exchange.fill_records(user.id, TradeId(0));
    let mut records: Vec<FillRecord> = all
        .rev()
        .take(FILLS_EVER)
        .filter(|record| range.has(record.fill.time))
        .copied()
        .collect();
    records.reverse();
    if query.aggregate_by_time == Some(true) {
        records = aggregated(records);
    }
    Ok(records
        .iter()
        .take(FILLS_MAX)
        .map(|record| fill_json(&world.assets, address, record))
        .collect())
}

/// Fills that one crossing order had at one time, as one.
fn aggregated(records: Vec<FillRecord>) -> Vec<FillRecord> {
    let mut whole: Vec<(FillRecord, Usd)> = Vec::new();
    for record in records {
        let value = record.fill.price.notional(record.fill.size);
        match whole.last_mut() {
            Some((last, sum)) if is_same(&last.fill, &record.fill) => {
                *sum += value;
                last.fill.size += record.fill.size;
                last.fill.fee += record.fill.fee;
                last.fill.closed_pnl += record.fill.closed_pnl;
                last.fill.price = sum.average_price(last.fill.size);
            }
            Some(_) | None => whole.push((record, value)),
        }
    }
    whole.into_iter().map(|(record, _)| record).collect()
}

fn is_same(one: &Fill, other: &Fill) -> bool {
    one.is_taker && other.is_taker && one.order == other.order && one.time == other.time
}

/// Funding as a message has it.
pub(crate) fn funding_json(assets: &Assets, paid: &FundingPaid) -> Value {
    json!({
        "time": paid.time,
        "coin": assets.name(paid.market),
        "usdc": num(paid.amount),
        "szi": num(paid.size),
        "fundingRate": num(paid.rate),
        "nSamples": null,
    })
}

/// `userFunding`.
pub(super) fn funding(world: &World, query: &Query) -> Result<Value, NoAnswer> {
    let (address, range) = (query.user()?, query.range()?);
    let Some(user) = account_of(world, address) else {
        return Ok(json!([]));
    };
    let rows = user.fundings.iter().filter(|paid| range.has(paid.time));
    Ok(rows
        .take(ROWS_MAX)
        .map(|paid| {
            let number = paid.time.0.unsigned_abs() ^ (u64::from(paid.market.0) << 48);
            json!({
                "time": paid.time,
                "hash": wire::hash(number),
                "delta": {
                    "type": "funding",
                    "coin": world.assets.name(paid.market),
                    "usdc": num(paid.amount),
                    "szi": num(paid.size),
                    "fundingRate": num(paid.rate),
                    "nSamples": null,
                },
            })
        })
        .collect())
}

/// Money that came or went.
pub(crate) fn update_json(update: &Update) -> Value {
    json!({
        "time": update.time,
        "hash": wire::hash(update.time.0.unsigned_abs()),
        "delta": update.delta,
    })
}

/// `userNonFundingLedgerUpdates`.
pub(super) fn updates(world: &World, query: &Query) -> Result<Value, NoAnswer> {
    let (address, range) = (query.user()?, query.range()?);
    let Some(user) = account_of(world, address) else {
        return Ok(json!([]));
    };
    let rows = user.updates.iter().filter(|update| range.has(update.time));
    Ok(rows.take(ROWS_MAX).map(update_json).collect())
}
