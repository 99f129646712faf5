//! What a socket can subscribe to, as it is written, and as it is echoed with its defaults.

use aicoin_hyperliquid::Address;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::info::spot;
use crate::market::{Assets, Interval};

/// A subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subscription {
    AllMids,
    L2Book(BookOf),
    Bbo(&'static str),
    Trades(&'static str),
    Candle(&'static str, Interval),
    ActiveAssetCtx(&'static str),
    ActiveAssetData(&'static str, Address),
    User(Stream, Address),
}

/// Which book, and how it is summed up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BookOf {
    pub(crate) coin: &'static str,
    pub(crate) figures: Option<u8>,
    pub(crate) mantissa: Option<u8>,
    pub(crate) fast: bool,
}

/// What concerns one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stream {
    OrderUpdates,
    UserEvents,
    UserFills,
    UserFundings,
    UserNonFundingLedgerUpdates,
    ClearinghouseState,
    OpenOrders,
    SpotState,
    TwapStates,
    WebData2,
    WebData3,
    Notification,
    UserTwapSliceFills,
    UserTwapHistory,
}

impl Stream {
    const ALL: [Self; 14] = [
        Self::OrderUpdates,
        Self::UserEvents,
        Self::UserFills,
        Self::UserFundings,
        Self::UserNonFundingLedgerUpdates,
        Self::ClearinghouseState,
        Self::OpenOrders,
        Self::SpotState,
        Self::TwapStates,
        Self::WebData2,
        Self::WebData3,
        Self::Notification,
        Self::UserTwapSliceFills,
        Self::UserTwapHistory,
    ];

    /// The word in subscriptions.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::OrderUpdates => "orderUpdates",
            Self::UserEvents => "userEvents",
            Self::UserFills => "userFills",
            Self::UserFundings => "userFundings",
            Self::UserNonFundingLedgerUpdates => "userNonFundingLedgerUpdates",
            Self::ClearinghouseState => "clearinghouseState",
            Self::OpenOrders => "openOrders",
            Self::SpotState => "spotState",
            Self::TwapStates => "twapStates",
            Self::WebData2 => "webData2",
            Self::WebData3 => "webData3",
            Self::Notification => "notification",
            Self::UserTwapSliceFills => "userTwapSliceFills",
            Self::UserTwapHistory => "userTwapHistory",
        }
    }

    /// The word in messages.
    pub(crate) const fn channel(self) -> &'static str {
        if matches!(self, Self::UserEvents) {
            "user"
        } else {
            self.as_str()
        }
    }
}

/// Why a subscription is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It cannot be read: the client is told.
    Unreadable,
    /// No such coin, or no such book: the venue drops the socket and says nothing.
    Drop,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    r#type: String,
    coin: Option<String>,
    user: Option<Address>,
    interval: Option<String>,
    n_sig_figs: Option<u8>,
    mantissa: Option<u8>,
    fast: Option<bool>,
}

impl Subscription {
    /// Reads one.
    pub(crate) fn read(value: &Value, assets: &Assets) -> Result<Self, Refused> {
        let written: Written =
            serde_json::from_value(value.clone()).map_err(|_| Refused::Unreadable)?;
        let coin = || -> Result<&'static str, Refused> {
            let name = written.coin.as_deref().ok_or(Refused::Unreadable)?;
            assets
                .find(name)
                .map(|asset| asset.name)
                .or_else(|| spot::find(name))
                .ok_or(Refused::Drop)
        };
        let user = || written.user.ok_or(Refused::Unreadable);
        Ok(match written.r#type.as_str() {
            "allMids" => Self::AllMids,
            "l2Book" => {
                let (figures, mantissa) = (written.n_sig_figs, written.mantissa);
                if !is_valid_depth(figures, mantissa) {
                    return Err(Refused::Drop);
                }
                Self::L2Book(BookOf {
                    coin: coin()?,
                    figures,
                    mantissa,
                    fast: written.fast.unwrap_or(false),
                })
            }
            "bbo" => Self::Bbo(coin()?),
            "trades" => Self::Trades(coin()?),
            "candle" => {
                let name = written.interval.as_deref().ok_or(Refused::Unreadable)?;
                Self::Candle(coin()?, Interval::find(name).ok_or(Refused::Unreadable)?)
            }
            "activeAssetCtx" => Self::ActiveAssetCtx(coin()?),
            "activeAssetData" => Self::ActiveAssetData(coin()?, user()?),
            other => {
                let stream = Stream::ALL
                    .into_iter()
                    .find(|stream| stream.as_str() == other);
                Self::User(stream.ok_or(Refused::Unreadable)?, user()?)
            }
        })
    }

    /// As the venue writes it back.
    pub(crate) fn echo(&self) -> Value {
        match self {
            Self::AllMids => json!({"type": "allMids", "dex": null}),
            Self::L2Book(of) => json!({
                "type": "l2Book", "coin": of.coin, "nSigFigs": of.figures,
                "mantissa": of.mantissa, "fast": of.fast,
            }),
            Self::Bbo(coin) => json!({"type": "bbo", "coin": coin}),
            Self::Trades(coin) => json!({"type": "trades", "coin": coin}),
            Self::Candle(coin, interval) => {
                json!({"type": "candle", "coin": coin, "interval": interval.name})
            }
            Self::ActiveAssetCtx(coin) => json!({"type": "activeAssetCtx", "coin": coin}),
            Self::ActiveAssetData(coin, user) => {
                json!({"type": "activeAssetData", "user": user, "coin": coin})
            }
            Self::User(Stream::UserFills, user) => {
                json!({"type": "userFills", "user": user, "aggregateByTime": false})
            }
            Self::User(stream, user) => json!({"type": stream.as_str(), "user": user}),
        }
    }

    /// The word in messages.
    pub(crate) fn channel(&self) -> &'static str {
        match self {
            Self::AllMids => "allMids",
            Self::L2Book(_) => "l2Book",
            Self::Bbo(_) => "bbo",
            Self::Trades(_) => "trades",
            Self::Candle(..) => "candle",
            Self::ActiveAssetCtx(coin) if spot::find(coin).is_some() => "activeSpotAssetCtx",
            Self::ActiveAssetCtx(_) => "activeAssetCtx",
            Self::ActiveAssetData(..) => "activeAssetData",
            Self::User(stream, _) => stream.channel(),
        }
    }

    /// Whom it is about.
    pub(crate) const fn user(&self) -> Option<Address> {
        match self {
            Self::ActiveAssetData(_, user) | Self::User(_, user) => Some(*user),
            Self::AllMids
            | Self::L2Book(_)
            | Self::Bbo(_)
            | Self::Trades(_)
            | Self::Candle(..)
            | Self::ActiveAssetCtx(_) => None,
        }
    }
}

/// 2 to 5 significant figures, and a mantissa of 1, 2 or 5 with five of them.
pub(crate) const fn is_valid_depth(figures: Option<u8>, mantissa: Option<u8>) -> bool {
    match (figures, mantissa) {
        (None | Some(2..=5), None) | (Some(5), Some(1 | 2 | 5)) => true,
        (None | Some(_), _) => false,
    }
}

#[cfg(test)]
mod tests {
    use aicoin_hyperliquid::Network;

    use super::*;

    fn read(value: &Value) -> Result<Subscription, Refused> {
        Subscription::read(value, &Assets::of(Network::Testnet))
    }

    #[test]
    fn an_echo_has_the_defaults() {
        let book = read(&json!({"type": "l2Book", "coin": "BTC"})).unwrap();
        assert_eq!(
            book.echo(),
            json!({"type": "l2Book", "coin": "BTC", "nSigFigs": null, "mantissa": null, "fast": false})
        );
        assert_eq!(read(&book.echo()), Ok(book));
    }

    #[test]
    fn what_is_unknown_drops_the_socket_and_what_is_unreadable_does_not() {
        for wrong in [
            json!({"type": "bbo", "coin": "btc"}),
            json!({"type": "trades", "coin": "NONE"}),
            json!({"type": "l2Book", "coin": "BTC", "nSigFigs": 7}),
            json!({"type": "l2Book", "coin": "BTC", "nSigFigs": 4, "mantissa": 2}),
        ] {
            assert_eq!(read(&wrong), Err(Refused::Drop), "{wrong}");
        }
        for wrong in [
            json!({"type": "bbo"}),
            json!({"type": "nothing", "user": Address::ZERO}),
            json!({"type": "userFills", "user": "0x1"}),
            json!({"type": "candle", "coin": "BTC", "interval": "7m"}),
            json!([]),
        ] {
            assert_eq!(read(&wrong), Err(Refused::Unreadable), "{wrong}");
        }
    }
}
