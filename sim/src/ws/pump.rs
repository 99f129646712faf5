//! Messages that go out by the clock: prices, books, candles, and states of accounts.

use std::collections::BTreeMap;

use aicoin_domain::{DurationMs, TimeMs};
use axum::extract::ws::Utf8Bytes;
use serde_json::{Value, json};

use super::hub::Progress;
use super::render;
use super::subscription::{Stream, Subscription};
use crate::info;
use crate::world::World;

/// What the venue takes between two messages.
const MIDS: DurationMs = DurationMs::from_secs(5);
const BOOK: DurationMs = DurationMs(5_400);
const FAST_BOOK: DurationMs = DurationMs(540);
const CONTEXT: DurationMs = DurationMs::from_secs(1);
const STATE: DurationMs = DurationMs::from_secs(5);
/// Whatever has changed, each time that somebody looks.
const AT_ONCE: DurationMs = DurationMs(0);

/// How often a subscription is looked at; `None` when its messages come from what happens.
pub(super) const fn pace(subscription: &Subscription) -> Option<DurationMs> {
    Some(match subscription {
        Subscription::AllMids => MIDS,
        Subscription::L2Book(of) if of.fast => FAST_BOOK,
        Subscription::L2Book(_) => BOOK,
        Subscription::Bbo(_) | Subscription::Trades(_) | Subscription::Candle(..) => AT_ONCE,
        Subscription::ActiveAssetCtx(_) | Subscription::ActiveAssetData(..) => CONTEXT,
        Subscription::User(
            Stream::ClearinghouseState
            | Stream::OpenOrders
            | Stream::SpotState
            | Stream::TwapStates
            | Stream::WebData2
            | Stream::WebData3,
            _,
        ) => STATE,
        Subscription::User(..) => return None,
    })
}

/// Sends everything that is due.
pub(crate) fn pump(world: &mut World, now: TimeMs) {
    world.hub.release(now);
    let mut made: BTreeMap<Subscription, Option<Utf8Bytes>> = BTreeMap::new();
    for (id, subscription, progress) in world.hub.due(now) {
        match subscription {
            Subscription::Trades(coin) => trades(world, id, coin, &progress, now),
            Subscription::Candle(..) => candles(world, id, subscription, &progress, now),
            Subscription::AllMids
            | Subscription::L2Book(_)
            | Subscription::Bbo(_)
            | Subscription::ActiveAssetCtx(_)
            | Subscription::ActiveAssetData(..)
            | Subscription::User(..) => {
                let text = made
                    .entry(subscription)
                    .or_insert_with(|| {
                        let data = data(world, &subscription)?;
                        Some(render(world, subscription.channel(), data))
                    })
                    .clone();
                let Some(text) = text else { continue };
                // States and books tell the time and are always news.
                if progress.text.as_ref() != Some(&text) {
                    send(world, id, &subscription, text.clone(), now);
                }
                let progress = Progress {
                    last: now,
                    text: Some(text),
                    ..progress
                };
                world.hub.progressed(id, &subscription, progress);
            }
        }
    }
}

fn send(world: &mut World, id: u64, subscription: &Subscription, text: Utf8Bytes, now: TimeMs) {
    let about = (subscription.channel(), subscription.user());
    world.hub.deliver(&mut world.faults, id, about, text, now);
}

fn data(world: &mut World, subscription: &Subscription) -> Option<Value> {
    Some(match subscription {
        Subscription::AllMids => json!({"mids": info::all_mids(world)}),
        Subscription::L2Book(of) => {
            let mut book = info::book(world, of.coin, of.figures, of.mantissa, of.fast)?;
            if let Value::Object(fields) = &mut book
                && of.fast
            {
                fields.insert("fast".to_owned(), json!(true));
            }
            book
        }
        Subscription::Bbo(coin) => info::bbo(world, coin)?,
        Subscription::ActiveAssetCtx(coin) => {
            let context = match info::spot::context(coin) {
                Some(context) => context,
                None => info::asset_ctx(world, coin)?,
            };
            json!({"coin": coin, "ctx": context})
        }
        Subscription::ActiveAssetData(coin, user) => info::active_asset_data(world, *user, coin)?,
        Subscription::User(stream, user) => match stream {
            Stream::ClearinghouseState => json!({
                "dex": "", "user": user,
                "clearinghouseState": info::clearinghouse_state(world, *user),
            }),
            Stream::OpenOrders => json!({
                "dex": "", "user": user, "orders": info::frontend_open_orders(world, *user),
            }),
            Stream::SpotState => {
                json!({"user": user, "spotState": info::spot_state(world, *user)})
            }
            Stream::TwapStates => json!({"dex": "", "user": user, "states": []}),
            Stream::WebData2 | Stream::WebData3 => info::web_data(world, *user),
            Stream::OrderUpdates
            | Stream::UserEvents
            | Stream::UserFills
            | Stream::UserFundings
            | Stream::UserNonFundingLedgerUpdates
            | Stream::Notification
            | Stream::UserTwapSliceFills
            | Stream::UserTwapHistory => return None,
        },
        Subscription::Trades(_) | Subscription::Candle(..) => return None,
    })
}

/// Trades that this socket has not seen.
fn trades(world: &mut World, id: u64, coin: &'static str, progress: &Progress, now: TimeMs) {
    let seen = u64::try_from(progress.cursor).unwrap_or(0);
    let Some(market) = world.assets.market(coin) else {
        return;
    };
    let Some(tape) = world.markets.get(market.index()).map(|market| &market.tape) else {
        return;
    };
    let new: Vec<Value> = tape
        .since(seen)
        .map(|trade| info::trade_json(coin, trade))
        .collect();
    let cursor = i64::try_from(tape.count()).unwrap_or(i64::MAX);
    if new.is_empty() {
        return;
    }
    let subscription = Subscription::Trades(coin);
    let text = render(world, subscription.channel(), Value::Array(new));
    send(world, id, &subscription, text, now);
    let progress = Progress {
        last: now,
        cursor,
        text: None,
    };
    world.hub.progressed(id, &subscription, progress);
}

/// The candle that grows, and before it those that ended since the last message.
fn candles(
    world: &mut World,
    id: u64,
    subscription: Subscription,
    progress: &Progress,
    now: TimeMs,
) {
    let Subscription::Candle(coin, interval) = subscription else {
        return;
    };
    let Some(market) = world.assets.market(coin) else {
        return;
    };
    let Some(market) = world.markets.get_mut(market.index()) else {
        return;
    };
    let candles = market.candles(interval, TimeMs(progress.cursor), now);
    let Some(last) = candles.last().map(|candle| candle.time) else {
        return;
    };
    let mut latest = progress.text.clone();
    for candle in candles {
        let text = render(
            world,
            subscription.channel(),
            info::candle_json(coin, interval, &candle),
        );
        if latest.as_ref() != Some(&text) {
            send(world, id, &subscription, text.clone(), now);
            latest = Some(text);
        }
    }
    let progress = Progress {
        last: now,
        cursor: last.0,
        text: latest,
    };
    world.hub.progressed(id, &subscription, progress);
}
