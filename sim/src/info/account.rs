//! What an account is worth.

use aicoin_domain::{Side, Usd};
use aicoin_hyperliquid::Address;
use aicoin_paper::{AccountView, PositionView};
use serde_json::{Value, json};

use super::account_of;
use crate::wire::num;
use crate::world::World;

/// `clearinghouseState`: zeros for an address that is no account.
pub(crate) fn clearinghouse_state(world: &World, address: Address) -> Value {
    let Some(user) = account_of(world, address) else {
        return state_json(
            world,
            &summary([Usd::ZERO; 4]),
            &summary([Usd::ZERO; 4]),
            Usd::ZERO,
            Usd::ZERO,
            Vec::new(),
        );
    };
    let view = world.exchange.account(user.id);
    let positions = view
        .positions
        .iter()
        .map(|position| position_json(world, position))
        .collect();
    // In this mode what is free is shown with the spot balance, and these figures mean nothing.
    let (value, cross, withdrawable) = if user.is_unified() {
        (view.margin_used, view.cross_margin_used, Usd::ZERO)
    } else {
        (view.equity, view.cross_value, view.withdrawable)
    };
    state_json(
        world,
        &summary([value, view.notional, view.raw, view.margin_used]),
        &summary([
            cross,
            view.cross_notional,
            view.cross_raw,
            view.cross_margin_used,
        ]),
        view.cross_maintenance,
        withdrawable,
        positions,
    )
}

fn state_json(
    world: &World,
    all: &Value,
    cross: &Value,
    maintenance: Usd,
    withdrawable: Usd,
    positions: Vec<Value>,
) -> Value {
    json!({
        "marginSummary": all,
        "crossMarginSummary": cross,
        "crossMaintenanceMarginUsed": num(maintenance),
        "withdrawable": num(withdrawable),
        "assetPositions": positions,
        "time": world.time,
    })
}

fn summary([value, notional, raw, used]: [Usd; 4]) -> Value {
    json!({
        "accountValue": num(value),
        "totalNtlPos": num(notional),
        "totalRawUsd": num(raw),
        "totalMarginUsed": num(used),
    })
}

fn position_json(world: &World, position: &PositionView) -> Value {
    let leverage = if position.is_cross {
        json!({"type": "cross", "value": position.leverage.times()})
    } else {
        json!({
            "type": "isolated", "value": position.leverage.times(),
            "rawUsd": num(position.raw),
        })
    };
    json!({
        "type": "oneWay",
        "position": {
            "coin": world.assets.name(position.market),
            "szi": num(position.size),
            "entryPx": num(position.entry),
            "positionValue": num(position.notional),
            "unrealizedPnl": num(position.unrealised),
            "returnOnEquity": num(position.return_on_equity),
            "liquidationPx": position.liquidation_price.map(num),
            "marginUsed": num(position.margin_used),
            "maxLeverage": position.max_leverage.times(),
            "leverage": leverage,
            "cumFunding": {
                "allTime": num(-position.funding.all_time),
                "sinceOpen": num(-position.funding.since_open),
                "sinceChange": num(-position.funding.since_change),
            },
        },
    })
}

/// `spotClearinghouseState`: in unified mode everything is there.
pub(crate) fn spot_state(world: &World, address: Address) -> Value {
    let Some(user) = account_of(world, address) else {
        return json!({"balances": []});
    };
    let (total, hold) = if user.is_unified() {
        let view: AccountView = world.exchange.account(user.id);
        (user.spot + view.equity, view.margin_used)
    } else {
        (user.spot, Usd::ZERO)
    };
    if total.is_zero() {
        return json!({"balances": []});
    }
    json!({"balances": [{
        "coin": "USDC", "token": 0, "total": num(total), "hold": num(hold), "entryNtl": "0.0",
    }]})
}

/// `activeAssetData`: also when flat; `None` for a coin that is not there.
pub(crate) fn active_asset_data(world: &World, address: Address, coin: &str) -> Option<Value> {
    let market = world.assets.market(coin)?;
    let mark = world.exchange.mark(market);
    let Some(user) = account_of(world, address) else {
        let rules = world.exchange.rules(market)?;
        return Some(json!({
            "user": address, "coin": coin,
            "leverage": {"type": "cross", "value": rules.max_leverage().times().min(20)},
            "maxTradeSzs": ["0.0", "0.0"], "availableToTrade": ["0.0", "0.0"],
            "markPx": num(mark),
        }));
    };
    let (leverage, is_cross) = world.exchange.leverage(user.id, market)?;
    let buy = world.exchange.room(user.id, market, Side::Buy)?;
    let sell = world.exchange.room(user.id, market, Side::Sell)?;
    let leverage = if is_cross {
        json!({"type": "cross", "value": leverage.times()})
    } else {
        let view = world.exchange.account(user.id);
        let open = view
            .positions
            .iter()
            .find(|position| position.market == market);
        let raw = open.map_or(Usd::ZERO, |position| position.raw);
        json!({"type": "isolated", "value": leverage.times(), "rawUsd": num(raw)})
    };
    Some(json!({
        "user": address,
        "coin": coin,
        "leverage": leverage,
        "maxTradeSzs": [num(buy.size), num(sell.size)],
        "availableToTrade": [num(buy.margin), num(sell.margin)],
        "markPx": num(mark),
    }))
}
