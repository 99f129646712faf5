//! Placing and modifying orders.

use aicoin_domain::{MarketId, OrderId, Price, Refusal, Side, Size};
use aicoin_hyperliquid::{Grouping as Wire, Modify, OidOrCloid, OrderType, OrderWire};
use aicoin_paper::{Grouping, NewKind, NewOrder, OrderRef, Placed};
use serde_json::{Value, json};

use super::operation::GroupingWire;
use super::settle::Actor;
use crate::market::{SPOT_FROM, Trading};
use crate::wire::num;
use crate::world::World;

/// Orders of one action.
const ORDERS_MAX: usize = 1_000;

/// `order`.
pub(super) fn place(
    world: &mut World,
    actor: Actor,
    orders: &[OrderWire],
    grouping: &GroupingWire,
) -> Result<Value, String> {
    if orders.len() > ORDERS_MAX {
        return Err(format!("Signed action over weight limit of {ORDERS_MAX}."));
    }
    let grouping = match grouping {
        GroupingWire::Word(Wire::Na) => Grouping::Na,
        GroupingWire::Priority { p } if *p > 0 => Grouping::Na,
        GroupingWire::Priority { .. } => return Err("Invalid priority fee.".to_owned()),
        GroupingWire::Word(Wire::NormalTpsl) => Grouping::NormalTpsl,
        GroupingWire::Word(Wire::PositionTpsl) => Grouping::PositionTpsl,
    };
    // What can be said from the payload alone is said once for all of them.
    let mut new = Vec::with_capacity(orders.len());
    for order in orders {
        match read(world, order) {
            Ok(order) => new.push(order),
            Err(words) => return Ok(statuses(vec![refused(world, order, &words)])),
        }
    }
    let now = world.time;
    let placed = world
        .exchange
        .place_all(now, actor.account, &new, grouping, None);
    Ok(statuses(match placed {
        Ok(placed) => placed
            .iter()
            .zip(orders)
            .map(|(placed, order)| status(world, order, placed))
            .collect(),
        Err(Refusal(words)) => match orders.first() {
            Some(order) => vec![refused(world, order, &words)],
            None => vec![json!({"error": words})],
        },
    }))
}

/// `modify`.
pub(super) fn modify(
    world: &mut World,
    actor: Actor,
    old: OidOrCloid,
    order: &OrderWire,
    always: Option<bool>,
) -> Result<Value, String> {
    let placed = replace(world, actor, old, order, always)?;
    Ok(statuses(vec![status(world, order, &placed)]))
}

/// `batchModify`.
pub(super) fn modify_all(
    world: &mut World,
    actor: Actor,
    modifies: &[Modify],
    always: Option<bool>,
) -> Result<Value, String> {
    if modifies.len() > ORDERS_MAX {
        return Err(format!("Signed action over weight limit of {ORDERS_MAX}."));
    }
    let one = |world: &mut World, modify: &Modify| match replace(
        world,
        actor,
        modify.oid,
        &modify.order,
        always,
    ) {
        Ok(placed) => status(world, &modify.order, &placed),
        Err(words) => refused(world, &modify.order, &words),
    };
    Ok(statuses(
        modifies.iter().map(|modify| one(world, modify)).collect(),
    ))
}

fn replace(
    world: &mut World,
    actor: Actor,
    old: OidOrCloid,
    order: &OrderWire,
    always: Option<bool>,
) -> Result<Placed, String> {
    let new = read(world, order)?;
    let now = world.time;
    world
        .exchange
        .modify(
            now,
            actor.account,
            order_ref(old),
            &new,
            always == Some(true),
            None,
        )
        .map_err(|refusal| refusal.0)
}

pub(super) const fn order_ref(order: OidOrCloid) -> OrderRef {
    match order {
        OidOrCloid::Oid(oid) => OrderRef::Oid(OrderId(oid)),
        OidOrCloid::Cloid(cloid) => OrderRef::Cloid(cloid),
    }
}

/// An order in the exchange's vocabulary.
fn read(world: &World, order: &OrderWire) -> Result<NewOrder, String> {
    let price = |text: &str| {
        let price: Result<Price, _> = text.parse();
        price.map_err(|_| aicoin_paper::INVALID_PRICE.to_owned())
    };
    let size: Size = order
        .s
        .parse()
        .map_err(|_| aicoin_paper::INVALID_SIZE.to_owned())?;
    let kind = match &order.t {
        OrderType::Limit { tif } => NewKind::Limit(*tif),
        OrderType::Trigger(trigger) => NewKind::Trigger {
            trigger: price(&trigger.trigger_px)?,
            kind: trigger.tpsl,
            is_market: trigger.is_market,
        },
    };
    Ok(NewOrder {
        cloid: order.c,
        market: market(world, order.a)?,
        side: if order.b { Side::Buy } else { Side::Sell },
        size,
        price: price(&order.p)?,
        reduce_only: order.r,
        kind,
    })
}

fn market(world: &World, place: u32) -> Result<MarketId, String> {
    match world.assets.get(place).map(|asset| asset.trading) {
        Some(Trading::Listed(market, _)) => Ok(market),
        Some(Trading::Delisted(_)) => Err("Trading is halted".to_owned()),
        None if place >= SPOT_FROM => Err("Insufficient spot balance.".to_owned()),
        None => Err(aicoin_paper::UNKNOWN_MARKET.to_owned()),
    }
}

fn statuses(statuses: Vec<Value>) -> Value {
    json!({"type": "order", "data": {"statuses": statuses}})
}

fn refused(world: &World, order: &OrderWire, words: &str) -> Value {
    if world.settings.asset_suffix {
        json!({"error": format!("{words} asset={}", order.a)})
    } else {
        json!({"error": words})
    }
}

/// What is answered to one order.
fn status(world: &World, order: &OrderWire, placed: &Placed) -> Value {
    let named = |mut fields: Value| {
        if let (Value::Object(fields), Some(cloid)) = (&mut fields, order.c) {
            fields.insert("cloid".to_owned(), json!(cloid));
        }
        fields
    };
    match placed {
        Placed::Resting { oid } => json!({"resting": named(json!({"oid": oid}))}),
        Placed::Filled { oid, size, average } => json!({
            "filled": named(json!({
                "totalSz": num(size), "avgPx": num(average), "oid": oid,
            })),
        }),
        Placed::WaitingForFill { .. } => json!("waitingForFill"),
        Placed::WaitingForTrigger { .. } => json!("waitingForTrigger"),
        Placed::Refused(Refusal(words)) => refused(world, order, words),
    }
}
