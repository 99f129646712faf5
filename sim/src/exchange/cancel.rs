//! Cancelling orders.

use aicoin_domain::OrderId;
use aicoin_hyperliquid::{Cancel, CancelByCloid};
use aicoin_paper::{NOTHING_TO_CANCEL, OrderRef};
use serde_json::{Value, json};

use super::settle::Actor;
use crate::world::World;

/// Cancels of one action.
const CANCELS_MAX: usize = 200;

/// `cancel`.
pub(super) fn by_oid(
    world: &mut World,
    actor: Actor,
    cancels: &[Cancel],
    fast: Option<bool>,
) -> Result<Value, String> {
    let orders = cancels
        .iter()
        .map(|cancel| (cancel.a, OrderRef::Oid(OrderId(cancel.o))));
    all(world, actor, orders.collect(), fast)
}

/// `cancelByCloid`.
pub(super) fn by_cloid(
    world: &mut World,
    actor: Actor,
    cancels: &[CancelByCloid],
    fast: Option<bool>,
) -> Result<Value, String> {
    let orders = cancels
        .iter()
        .map(|cancel| (cancel.asset, OrderRef::Cloid(cancel.cloid)));
    all(world, actor, orders.collect(), fast)
}

fn all(
    world: &mut World,
    actor: Actor,
    orders: Vec<(u32, OrderRef)>,
    fast: Option<bool>,
) -> Result<Value, String> {
    if orders.len() > CANCELS_MAX {
        return Err(format!("Signed action over weight limit of {CANCELS_MAX}."));
    }
    if orders.is_empty() {
        return Err("Cancel action has no cancels.".to_owned());
    }
    let statuses: Vec<Value> = orders
        .into_iter()
        .map(
            |(place, order)| match one(world, actor, place, order, fast) {
                Ok(()) => json!("success"),
                Err(words) => json!({"error": words}),
            },
        )
        .collect();
    Ok(json!({"type": "cancel", "data": {"statuses": statuses}}))
}

fn one(
    world: &mut World,
    actor: Actor,
    place: u32,
    order: OrderRef,
    fast: Option<bool>,
) -> Result<(), String> {
    let nothing = || NOTHING_TO_CANCEL.to_owned();
    let open = world
        .exchange
        .open_order(actor.account, order)
        .ok_or_else(nothing)?;
    let asset = world.assets.asset(open.request.market);
    let is_same = world
        .assets
        .get(place)
        .zip(asset)
        .is_some_and(|(named, asset)| named.name == asset.name);
    if !is_same {
        return Err(nothing());
    }
    if fast == Some(true) && open.trigger().is_some() {
        return Err("Fast cancel must not name trigger orders.".to_owned());
    }
    let now = world.time;
    world
        .exchange
        .cancel_order(now, actor.account, order)
        .map(|_| ())
        .map_err(|refusal| refusal.0)
}
