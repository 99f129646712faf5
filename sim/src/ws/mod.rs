//! `/ws`: subscriptions, and questions and actions by post.

mod hub;
mod publish;
mod pump;
mod socket;
mod subscription;

use aicoin_domain::TimeMs;
use axum::extract::ws::Utf8Bytes;
use serde_json::{Value, json};

use crate::wire;
use crate::world::World;

pub(crate) use hub::{Hub, Out};
pub(crate) use publish::{publish_news, publish_update};
pub(crate) use pump::pump;
pub(crate) use socket::upgrade;
pub(crate) use subscription::is_valid_depth;

use hub::Refusal;
use subscription::{Refused, Subscription};

/// A message as it is sent.
fn render(world: &World, channel: &str, mut data: Value) -> Utf8Bytes {
    if world.settings.extra_fields {
        wire::add_unknown_fields(&mut data);
    }
    json!({"channel": channel, "data": data}).to_string().into()
}

/// What a message asks that the world answers at once; the rest is a post.
fn hear(world: &mut World, id: u64, message: &Value, text: &str, now: TimeMs) {
    let method = message.get("method").and_then(Value::as_str);
    let is_new = match method {
        Some("ping") => {
            let pong = json!({"channel": "pong"}).to_string().into();
            let about = ("pong", None);
            world.hub.deliver(&mut world.faults, id, about, pong, now);
            return;
        }
        Some("subscribe") => true,
        Some("unsubscribe") => false,
        _ => return complain(world, id, &unreadable(text), now),
    };
    let written = message.get("subscription").unwrap_or(&Value::Null);
    let subscription = match Subscription::read(written, &world.assets) {
        Ok(subscription) => subscription,
        Err(Refused::Unreadable) => return complain(world, id, &unreadable(text), now),
        Err(Refused::Drop) => return world.hub.end(id, Out::Drop),
    };
    if is_new {
        subscribe(world, id, subscription, now);
    } else if world.hub.unsubscribe(id, subscription) {
        confirm(world, id, "unsubscribe", &subscription, now);
    } else {
        let words = format!("Already unsubscribed: {}", subscription.echo());
        complain(world, id, &words, now);
    }
}

fn subscribe(world: &mut World, id: u64, subscription: Subscription, now: TimeMs) {
    let limits = (world.limits.subscriptions_max(), world.limits.users_max());
    let cursor = if let Subscription::Trades(coin) = subscription {
        publish::first_trade(world, coin)
    } else {
        now.0
    };
    match world.hub.subscribe(id, subscription, cursor, limits) {
        Ok(()) => {}
        Err(Refusal::Already) => {
            let words = format!("Already subscribed: {}", subscription.echo());
            return complain(world, id, &words, now);
        }
        Err(Refusal::TooManyUsers(max)) => {
            let words = format!("Cannot track more than {max} total users.");
            return complain(world, id, &words, now);
        }
        Err(Refusal::TooMany) => {
            return complain(world, id, "Too many subscriptions.", now);
        }
    }
    confirm(world, id, "subscribe", &subscription, now);
    if let Subscription::User(stream, user) = subscription
        && let Some(first) = publish::snapshot(world, stream, user)
    {
        let text = render(world, stream.channel(), first);
        let about = (stream.channel(), Some(user));
        world.hub.deliver(&mut world.faults, id, about, text, now);
    }
}

fn confirm(world: &mut World, id: u64, method: &str, subscription: &Subscription, now: TimeMs) {
    let data = json!({"method": method, "subscription": subscription.echo()});
    let text = json!({"channel": "subscriptionResponse", "data": data});
    let about = ("subscriptionResponse", subscription.user());
    let text = text.to_string().into();
    world.hub.deliver(&mut world.faults, id, about, text, now);
}

fn complain(world: &mut World, id: u64, words: &str, now: TimeMs) {
    let text = json!({"channel": "error", "data": words})
        .to_string()
        .into();
    world
        .hub
        .deliver(&mut world.faults, id, ("error", None), text, now);
}

fn unreadable(text: &str) -> String {
    format!("Error parsing JSON into valid websocket request: {text}")
}
