//! Messages of the WebSocket.

use aicoin_hyperliquid::Address;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::coin::{is_perp, perps};
use super::fill::FillWire;
use super::market::{BboWire, ContextWire};
use super::order::OrderAndStatus;
use super::user::FundingWire;

/// What can be subscribed to. The echo of a subscription has more fields than the request: they are skipped.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub(crate) enum Subscription {
    Bbo { coin: String },
    ActiveAssetCtx { coin: String },
    OrderUpdates { user: Address },
    UserFills { user: Address },
    UserEvents { user: Address },
    UserFundings { user: Address },
}

/// What the client says.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "method", rename_all = "camelCase")]
pub(crate) enum Saying<'a> {
    Subscribe { subscription: &'a Subscription },
    Ping,
}

/// What the server says.
#[derive(Debug)]
pub(crate) enum Heard {
    Subscribed(Subscription),
    Pong,
    /// A complaint. One about a subscription that stands already confirms it.
    Error(String),
    Bbo(BboWire),
    Context(ContextWire),
    Orders(Vec<OrderAndStatus>),
    Fills(Vec<FillWire>),
    Fundings(Vec<FundingWire>),
    /// A position of this user is being liquidated.
    Liquidation(String),
    /// The venue cancelled orders by itself.
    VenueCancels,
    /// Something that nobody here asked for.
    Other,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    channel: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct SubscribedWire {
    method: Option<String>,
    subscription: Subscription,
}

#[derive(Deserialize)]
struct FillsWire {
    fills: Vec<Box<RawValue>>,
}

#[derive(Deserialize)]
struct FundingsWire {
    fundings: Vec<Box<RawValue>>,
}

/// One of these is there.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserWire {
    fills: Option<Vec<Box<RawValue>>>,
    funding: Option<FundingWire>,
    liquidation: Option<LiquidationWire>,
    non_user_cancel: Option<Vec<Box<RawValue>>>,
}

#[derive(Deserialize)]
struct LiquidationWire {
    liquidated_user: Option<String>,
}

#[derive(Deserialize)]
struct OrderEntry<'a> {
    #[serde(borrow)]
    order: &'a RawValue,
}

#[derive(Deserialize)]
struct CoinOnly {
    coin: String,
}

/// Reads a message.
///
/// # Errors
/// When the message is of a kind that is known here and cannot be read.
pub(crate) fn read(text: &str) -> serde_json::Result<Heard> {
    // The server's first words are no JSON at times.
    if !text.trim_start().starts_with('{') {
        return Ok(Heard::Other);
    }
    let Envelope { channel, data } = serde_json::from_str(text)?;
    let data = data.map_or("null", RawValue::get);
    Ok(match channel.as_ref() {
        "bbo" => Heard::Bbo(serde_json::from_str(data)?),
        "activeAssetCtx" => Heard::Context(serde_json::from_str(data)?),
        "pong" => Heard::Pong,
        "subscriptionResponse" => match serde_json::from_str::<SubscribedWire>(data) {
            Ok(said) if said.method.as_deref() != Some("unsubscribe") => {
                Heard::Subscribed(said.subscription)
            }
            // Not ours.
            Ok(_) | Err(_) => Heard::Other,
        },
        "error" => Heard::Error(error_words(data)),
        "orderUpdates" => Heard::Orders(order_updates(data)?),
        "userFills" => {
            let FillsWire { fills } = serde_json::from_str(data)?;
            Heard::Fills(perps(&fills)?)
        }
        "userFundings" => {
            let FundingsWire { fundings } = serde_json::from_str(data)?;
            Heard::Fundings(perps(&fundings)?)
        }
        "user" => user_event(serde_json::from_str(data)?)?,
        _ => Heard::Other,
    })
}

fn user_event(event: UserWire) -> serde_json::Result<Heard> {
    if let Some(fills) = event.fills {
        return Ok(Heard::Fills(perps(&fills)?));
    }
    if let Some(funding) = event.funding.filter(|funding| is_perp(&funding.coin)) {
        return Ok(Heard::Fundings(vec![funding]));
    }
    if let Some(liquidation) = event.liquidation {
        return Ok(Heard::Liquidation(
            liquidation.liquidated_user.unwrap_or_default(),
        ));
    }
    if event.non_user_cancel.is_some() {
        return Ok(Heard::VenueCancels);
    }
    Ok(Heard::Other)
}

fn order_updates(data: &str) -> serde_json::Result<Vec<OrderAndStatus>> {
    let list: Vec<Box<RawValue>> = serde_json::from_str(data)?;
    let mut updates = Vec::with_capacity(list.len());
    for raw in &list {
        let entry: OrderEntry<'_> = serde_json::from_str(raw.get())?;
        let CoinOnly { coin } = serde_json::from_str(entry.order.get())?;
        if is_perp(&coin) {
            updates.push(serde_json::from_str(raw.get())?);
        }
    }
    Ok(updates)
}

fn error_words(data: &str) -> String {
    serde_json::from_str(data).unwrap_or_else(|_| data.to_owned())
}

/// The subscription that a complaint says stands already.
pub(crate) fn already_subscribed(words: &str) -> Option<Subscription> {
    let json = words.strip_prefix("Already subscribed:")?;
    serde_json::from_str(json.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_written_as_the_venue_reads_it() {
        let json = |saying: Saying<'_>| serde_json::to_string(&saying).unwrap();
        let subscription = Subscription::ActiveAssetCtx {
            coin: "BTC".to_owned(),
        };
        assert_eq!(json(Saying::Ping), r#"{"method":"ping"}"#);
        assert_eq!(
            json(Saying::Subscribe {
                subscription: &subscription
            }),
            r#"{"method":"subscribe","subscription":{"type":"activeAssetCtx","coin":"BTC"}}"#
        );
    }

    #[test]
    fn an_echo_with_defaults_filled_in_confirms_its_subscription() {
        let user = Address([0x11; 20]);
        let echo = r#"{"channel":"subscriptionResponse","data":{"method":"subscribe","subscription":{"type":"userFills","user":"0x1111111111111111111111111111111111111111","aggregateByTime":null}}}"#;
        let Heard::Subscribed(subscription) = read(echo).unwrap() else {
            panic!("{echo}");
        };
        assert_eq!(subscription, Subscription::UserFills { user });
        let words = r#"Already subscribed: {"type":"userFills","user":"0x1111111111111111111111111111111111111111","aggregateByTime":false}"#;
        assert_eq!(already_subscribed(words), Some(subscription));
    }

    #[test]
    fn spot_entries_and_unknown_kinds_are_skipped() {
        let orders = r##"{"channel":"orderUpdates","data":[{"order":{"coin":"@107","side":"B","shape":"new"},"status":"open"},{"order":{"coin":"#12"},"status":"filled"}]}"##;
        let Heard::Orders(orders) = read(orders).unwrap() else {
            panic!("{orders}");
        };
        assert!(orders.is_empty());
        let fills =
            r##"{"channel":"user","data":{"fills":[{"coin":"@156","px":"not even a number"}]}}"##;
        let Heard::Fills(fills) = read(fills).unwrap() else {
            panic!("{fills}");
        };
        assert!(fills.is_empty());
        for other in [
            "Websocket connection established.",
            r#"{"channel":"webData9","data":{"a":[1,2]}}"#,
            r#"{"channel":"user","data":{"somethingNew":{}}}"#,
        ] {
            assert!(matches!(read(other), Ok(Heard::Other)), "{other}");
        }
    }
}
