//! Messages that come from what happens to an account, and the first message of such a stream.

use aicoin_hyperliquid::Address;
use serde_json::{Value, json};

use super::render;
use super::subscription::Stream;
use crate::info;
use crate::world::{News, Update, World};

/// Trades that a new follower is told at once.
const TRADES_AT_ONCE: u64 = 10;
/// Rows of a first message.
const SNAPSHOT_MAX: usize = 500;

/// Tells everybody who follows an account what happened to it in one block.
pub(crate) fn publish_news(world: &mut World, user: Address, news: News) {
    if !news.orders.is_empty() {
        publish(world, Stream::OrderUpdates, user, Value::Array(news.orders));
    }
    if !news.fills.is_empty() {
        let fills = Value::Array(news.fills);
        let data = json!({"isSnapshot": false, "user": user, "fills": fills});
        publish(world, Stream::UserFills, user, data);
        publish(world, Stream::UserEvents, user, json!({"fills": fills}));
    }
    for liquidation in news.liquidations {
        let data = json!({"liquidation": liquidation});
        publish(world, Stream::UserEvents, user, data);
    }
    if !news.canceled.is_empty() {
        let data = json!({"nonUserCancel": news.canceled});
        publish(world, Stream::UserEvents, user, data);
    }
    for funding in &news.fundings {
        publish(world, Stream::UserEvents, user, json!({"funding": funding}));
    }
    if !news.fundings.is_empty() {
        let data = json!({"isSnapshot": false, "user": user, "fundings": news.fundings});
        publish(world, Stream::UserFundings, user, data);
    }
    world.hub.touch(user);
}

/// Tells everybody who follows an account that money came or went.
pub(crate) fn publish_update(world: &mut World, user: Address, update: &Update) {
    let data = json!({
        "isSnapshot": false, "user": user,
        "nonFundingLedgerUpdates": [info::update_json(update)],
    });
    publish(world, Stream::UserNonFundingLedgerUpdates, user, data);
    world.hub.touch(user);
}

fn publish(world: &mut World, stream: Stream, user: Address, data: Value) {
    let followers = world.hub.followers(stream, user);
    if followers.is_empty() {
        return;
    }
    let channel = stream.channel();
    let text = render(world, channel, data);
    let now = world.time;
    for id in followers {
        let about = (channel, Some(user));
        world
            .hub
            .deliver(&mut world.faults, id, about, text.clone(), now);
    }
}

/// The first message of a stream that has one.
pub(super) fn snapshot(world: &World, stream: Stream, user: Address) -> Option<Value> {
    let account = world.find(user);
    Some(match stream {
        Stream::UserFills => json!({
            "isSnapshot": true, "user": user, "fills": info::fill_list(world, user),
        }),
        Stream::UserFundings => {
            let rows = account
                .iter()
                .flat_map(|account| account.fundings.iter().rev());
            let rows: Vec<Value> = rows
                .take(SNAPSHOT_MAX)
                .map(|paid| info::funding_json(&world.assets, paid))
                .collect();
            json!({"isSnapshot": true, "user": user, "fundings": rows})
        }
        Stream::UserNonFundingLedgerUpdates => {
            let rows = account
                .iter()
                .flat_map(|account| account.updates.iter().rev());
            let rows: Vec<Value> = rows.take(SNAPSHOT_MAX).map(info::update_json).collect();
            json!({"isSnapshot": true, "user": user, "nonFundingLedgerUpdates": rows})
        }
        Stream::UserTwapSliceFills => {
            json!({"isSnapshot": true, "user": user, "twapSliceFills": []})
        }
        Stream::UserTwapHistory => json!({"isSnapshot": true, "user": user, "history": []}),
        Stream::OrderUpdates
        | Stream::UserEvents
        | Stream::Notification
        | Stream::ClearinghouseState
        | Stream::OpenOrders
        | Stream::SpotState
        | Stream::TwapStates
        | Stream::WebData2
        | Stream::WebData3 => return None,
    })
}

/// The trade that a new follower counts as having seen last: the few after it are told at once.
pub(super) fn first_trade(world: &World, coin: &str) -> i64 {
    let market = world.assets.market(coin);
    let count = market
        .and_then(|market| world.markets.get(market.index()))
        .map_or(0, |market| market.tape.count());
    i64::try_from(count.saturating_sub(TRADES_AT_ONCE)).unwrap_or(0)
}
