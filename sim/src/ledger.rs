//! `GET /sim/ledger`: the exchange's own truth, exact to the last decimal.

use aicoin_domain::{LiquidationKind, OrderKind, TpSl, TradeId};
use aicoin_hyperliquid::Address;
use aicoin_paper::{FillRecord, OrderReport};
use serde_json::{Map, Value, json};

use crate::info::tif_word;
use crate::wire;
use crate::world::{Gap, Kind, User, World};

/// Everything, or what concerns one account.
pub(crate) fn show(world: &World, speed: u32, whose: Option<Address>, ai: Value) -> Value {
    let accounts: Vec<Value> = world
        .users
        .iter()
        .filter(|user| whose.is_none_or(|whose| whose == user.address))
        .map(|user| account(world, user))
        .collect();
    let requests: Map<String, Value> = world
        .requests
        .iter()
        .map(|(kind, (ok, err))| (kind.clone(), json!({"ok": ok, "err": err})))
        .collect();
    json!({
        "time": world.time,
        "startTime": world.start,
        "speed": speed,
        "network": world.settings.network.as_str(),
        "seed": world.settings.seed,
        "duplicateCloids": world.exchange.duplicate_cloids(),
        "eventsLost": world.exchange.events_lost(),
        "requests": requests,
        "faults": world.faults.injected(),
        "sockets": world.hub.len(),
        "accounts": accounts,
        "ai": ai,
    })
}

fn account(world: &World, user: &User) -> Value {
    let view = world.exchange.account(user.id);
    let name = |market| world.assets.name(market);
    let (role, master) = match &user.kind {
        Kind::Master => ("user", None),
        Kind::Sub { master, .. } => (
            "subAccount",
            world.user(*master).map(|master| master.address),
        ),
    };
    let positions: Vec<Value> = view
        .positions
        .iter()
        .map(|position| {
            json!({
                "coin": name(position.market),
                "szi": position.size,
                "entryPx": position.entry,
                "cost": position.cost,
                "unrealised": position.unrealised,
                "leverage": position.leverage.times(),
                "isCross": position.is_cross,
                "liquidationPx": position.liquidation_price,
            })
        })
        .collect();
    let open = world
        .exchange
        .open_orders(user.id)
        .chain(world.exchange.waiting_children(user.id));
    let open: Vec<Value> = open
        .filter_map(|order| world.exchange.order_by_oid(user.id, order.oid))
        .map(|report| order(world, report))
        .collect();
    let finished: Vec<Value> = world
        .exchange
        .finished_orders(user.id)
        .map(|report| order(world, report))
        .collect();
    let fills: Vec<Value> = world
        .exchange
        .fill_records(user.id, TradeId(0))
        .map(|record| fill(world, record))
        .collect();
    let fundings: Vec<Value> = user
        .fundings
        .iter()
        .map(|paid| {
            json!({
                "time": paid.time, "coin": name(paid.market), "usdc": paid.amount,
                "szi": paid.size, "fundingRate": paid.rate,
            })
        })
        .collect();
    let liquidations: Vec<Value> = user
        .liquidations
        .iter()
        .map(|one| {
            json!({
                "time": one.time, "coin": name(one.market), "kind": method(one.kind),
                "sz": one.size, "left": one.left,
            })
        })
        .collect();
    let unprotected: Vec<Value> = user
        .protection
        .spans()
        .map(|span| {
            let kind = match span.gap {
                Gap::None => "none",
                Gap::Partial => "partial",
            };
            let ms = (span.to.unwrap_or(world.time) - span.from).0;
            json!({
                "coin": name(span.market), "from": span.from, "to": span.to, "ms": ms, "kind": kind,
            })
        })
        .collect();
    json!({
        "user": user.address,
        "role": role,
        "master": master,
        "equity": view.equity,
        "cash": view.cash,
        "deposits": view.deposits,
        "realised": view.realised,
        "unrealised": view.unrealised,
        "fees": view.fees,
        "funding": view.funding,
        "volume": user.volume,
        "spot": user.spot,
        "requestsUsed": user.budget.used,
        "positions": positions,
        "openOrders": open,
        "orders": finished,
        "fills": fills,
        "fundings": fundings,
        "liquidations": liquidations,
        "unprotected": unprotected,
        "unprotectedDropped": user.protection.dropped,
    })
}

fn order(world: &World, report: &OrderReport) -> Value {
    let request = &report.request;
    let tif = match request.kind {
        OrderKind::Limit { tif, .. } => Some(tif_word(tif)),
        OrderKind::Trigger { .. } => None,
    };
    let (trigger, tpsl) = match report.trigger() {
        Some((price, TpSl::Sl)) => (Some(price), Some("sl")),
        Some((price, TpSl::Tp)) => (Some(price), Some("tp")),
        None => (None, None),
    };
    json!({
        "oid": report.oid,
        "cloid": report.cloid(),
        "coin": world.assets.name(request.market),
        "side": wire::side(request.side),
        "limitPx": report.limit_price(),
        "origSz": request.size,
        "filledSz": report.filled,
        "avgPx": report.average(),
        "reduceOnly": request.reduce_only,
        "tif": tif,
        "triggerPx": trigger,
        "tpsl": tpsl,
        "status": report.state.as_str(),
        "placed": report.placed,
        "changed": report.changed,
    })
}

fn fill(world: &World, record: &FillRecord) -> Value {
    let fill = &record.fill;
    json!({
        "tid": fill.trade,
        "oid": fill.order,
        "cloid": fill.cloid,
        "coin": world.assets.name(fill.market),
        "side": wire::side(fill.side),
        "px": fill.price,
        "sz": fill.size,
        "time": fill.time,
        "fee": fill.fee,
        "closedPnl": fill.closed_pnl,
        "startPosition": record.detail.start_position,
        "dir": record.direction(),
        "crossed": fill.is_taker,
        "liquidation": fill.liquidation.map(method),
    })
}

const fn method(kind: LiquidationKind) -> &'static str {
    match kind {
        LiquidationKind::Market => "market",
        LiquidationKind::Backstop => "backstop",
    }
}
