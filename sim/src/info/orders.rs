//! Orders as they are shown.

use aicoin_domain::{Cloid, OrderId, OrderKind, OrderRequest, Price, Side, Size, TimeMs, TpSl};
use aicoin_hyperliquid::{Address, OidOrCloid};
use aicoin_paper::{Link, OpenOrder, OrderReport, OrderState, Standing};
use serde_json::{Value, json};

use super::{NoAnswer, Query, account_of};
use crate::wire::{self, num};
use crate::world::World;

/// Orders that `historicalOrders` shows.
const HISTORY_MAX: usize = 2_000;

/// What is shown of an order, whether it is open or not.
struct Shown {
    oid: OrderId,
    cloid: Option<Cloid>,
    request: OrderRequest,
    placed: TimeMs,
    limit: Price,
    trigger: Option<(Price, TpSl)>,
    is_limit: bool,
    is_waiting: bool,
    is_of_position: bool,
    left: Size,
}

impl Shown {
    fn open(order: &OpenOrder) -> Self {
        Self {
            oid: order.oid,
            cloid: order.cloid(),
            request: order.request,
            placed: order.placed,
            limit: order.limit_price(),
            trigger: order.trigger(),
            is_limit: order.terms.is_limit,
            is_waiting: order.standing != Standing::Book,
            is_of_position: matches!(order.terms.link, Link::Position { .. }),
            left: order.remaining,
        }
    }

    fn report(report: &OrderReport, left: Size) -> Self {
        Self {
            oid: report.oid,
            cloid: report.cloid(),
            request: report.request,
            placed: report.placed,
            limit: report.limit_price(),
            trigger: report.trigger(),
            is_limit: report.terms.is_limit,
            is_waiting: report.trigger().is_some() && report.state == OrderState::Open,
            is_of_position: matches!(report.terms.link, Link::Position { .. }),
            left,
        }
    }

    /// The fields that every list has.
    fn plain(&self, coin: &str) -> Value {
        let mut fields = json!({
            "coin": coin,
            "side": wire::side(self.request.side),
            "limitPx": num(self.limit),
            "sz": num(self.left),
            "oid": self.oid,
            "timestamp": self.placed,
            "origSz": num(self.request.size),
        });
        if let (Value::Object(fields), Some(cloid)) = (&mut fields, self.cloid) {
            fields.insert("cloid".to_owned(), json!(cloid));
        }
        fields
    }

    /// All fields.
    fn full(&self, coin: &str, children: Vec<Value>) -> Value {
        let mut shown = self.plain(coin);
        let (order_type, tif) = self.words();
        if let Value::Object(fields) = &mut shown {
            let more = [
                ("reduceOnly", json!(self.request.reduce_only)),
                ("isTrigger", json!(self.is_waiting)),
                (
                    "triggerPx",
                    num(self.trigger.map_or(Price::ZERO, |(price, _)| price)),
                ),
                ("triggerCondition", json!(self.condition())),
                ("orderType", json!(order_type)),
                ("tif", json!(tif)),
                ("isPositionTpsl", json!(self.is_of_position)),
                ("children", Value::Array(children)),
                ("cloid", json!(self.cloid)),
            ];
            fields.extend(more.map(|(name, value)| (name.to_owned(), value)));
        }
        shown
    }

    fn words(&self) -> (&'static str, Option<&'static str>) {
        match (self.request.kind, self.is_limit) {
            (OrderKind::Limit { tif, .. }, _) => ("Limit", Some(tif_word(tif))),
            (OrderKind::Trigger { kind: TpSl::Sl, .. }, false) => ("Stop Market", None),
            (OrderKind::Trigger { kind: TpSl::Sl, .. }, true) => ("Stop Limit", None),
            (OrderKind::Trigger { kind: TpSl::Tp, .. }, false) => ("Take Profit Market", None),
            (OrderKind::Trigger { kind: TpSl::Tp, .. }, true) => ("Take Profit Limit", None),
        }
    }

    fn condition(&self) -> String {
        let Some((price, kind)) = self.trigger else {
            return "N/A".to_owned();
        };
        let waits_for_fall = matches!(
            (self.request.side, kind),
            (Side::Sell, TpSl::Sl) | (Side::Buy, TpSl::Tp)
        );
        let word = if waits_for_fall { "below" } else { "above" };
        format!("Price {word} {price}")
    }
}

pub(crate) const fn tif_word(tif: aicoin_domain::Tif) -> &'static str {
    match tif {
        aicoin_domain::Tif::Gtc => "Gtc",
        aicoin_domain::Tif::Ioc => "Ioc",
        aicoin_domain::Tif::Alo => "Alo",
    }
}

/// What an order that has ended did not fill; of one that counts as filled, nothing.
fn left_at_the_end(report: &OrderReport, end: OrderState) -> Size {
    if end == OrderState::Filled {
        Size::ZERO
    } else {
        report.request.size - report.filled
    }
}

/// One order of `orderUpdates`.
pub(crate) fn order_update_json(
    coin: &str,
    report: &OrderReport,
    state: OrderState,
    left: Size,
    time: TimeMs,
) -> Value {
    let left = if state.is_final() {
        left_at_the_end(report, state)
    } else {
        left
    };
    json!({
        "order": Shown::report(report, left).plain(coin),
        "status": state.as_str(),
        "statusTimestamp": time,
    })
}

/// `openOrders`.
pub(super) fn open_orders(world: &World, address: Address) -> Value {
    let Some(user) = account_of(world, address) else {
        return json!([]);
    };
    world
        .exchange
        .open_orders(user.id)
        .map(|order| {
            let mut shown = Shown::open(&order).plain(world.assets.name(order.request.market));
            if let Value::Object(fields) = &mut shown
                && order.request.reduce_only
            {
                fields.insert("reduceOnly".to_owned(), json!(true));
            }
            shown
        })
        .collect()
}

/// `frontendOpenOrders`: what waits for a parent is among its children.
pub(crate) fn frontend_open_orders(world: &World, address: Address) -> Value {
    let Some(user) = account_of(world, address) else {
        return json!([]);
    };
    world
        .exchange
        .open_orders(user.id)
        .map(|order| {
            let coin = world.assets.name(order.request.market);
            let children = world
                .children(user.id, order.oid)
                .iter()
                .map(|child| Shown::open(child).full(coin, Vec::new()))
                .collect();
            Shown::open(&order).full(coin, children)
        })
        .collect()
}

/// `orderStatus`.
pub(super) fn status(world: &World, query: &Query) -> Result<Value, NoAnswer> {
    let (user, oid) = (query.user()?, query.oid.ok_or(NoAnswer::Undecodable)?);
    let unknown = json!({"status": "unknownOid"});
    let Some(user) = account_of(world, user) else {
        return Ok(unknown);
    };
    let report = match oid {
        OidOrCloid::Oid(oid) => world.exchange.order_by_oid(user.id, OrderId(oid)),
        OidOrCloid::Cloid(cloid) => world.exchange.order_status(user.id, cloid),
    };
    Ok(report.map_or(
        unknown,
        |report| json!({"status": "order", "order": status_json(world, report)}),
    ))
}

/// An order with its status. Its size does not move with partial fills until the status changes.
fn status_json(world: &World, report: &OrderReport) -> Value {
    let left = if report.state.is_final() {
        left_at_the_end(report, report.state)
    } else {
        report.request.size
    };
    let coin = world.assets.name(report.request.market);
    json!({
        "order": Shown::report(report, left).full(coin, Vec::new()),
        "status": report.state.as_str(),
        "statusTimestamp": report.changed,
    })
}

/// `historicalOrders`, the newest first.
pub(super) fn history(world: &World, address: Address) -> Value {
    let Some(user) = account_of(world, address) else {
        return json!([]);
    };
    let open = world.exchange.open_orders(user.id);
    let open = open.filter_map(|order| world.exchange.order_by_oid(user.id, order.oid));
    let finished = world.exchange.finished_orders(user.id).rev();
    let mut reports: Vec<&OrderReport> = open.chain(finished.take(HISTORY_MAX)).collect();
    reports.sort_by_key(|report| core::cmp::Reverse((report.changed, report.oid)));
    reports.truncate(HISTORY_MAX);
    reports
        .into_iter()
        .map(|report| status_json(world, report))
        .collect()
}
