//! A door for `fuzz/`: a message of the socket as the product hears it, without a socket.

use std::sync::Arc;

use aicoin_domain::TimeMs;
use aicoin_hyperliquid::{Address, Network};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;

use super::streams::Streams;
use crate::address::Endpoint;
use crate::clock::Clock;
use crate::config::Limits;
use crate::context::Context;
use crate::deliver::{Closed, Deliver};
use crate::event::VenueEvent;
use crate::markets::Markets;
use crate::meta::{Listed, Universe};
use crate::rest::Rest;
use crate::shared::Shared;
use crate::wire::socket::{Heard, already_subscribed, read};

/// More than the entries of a message of 64 KiB: nobody empties it meanwhile.
const EVENTS_MAX: usize = 4096;
/// Two markets with ids, and one that is listed only.
const META: &str = r#"{"universe":[{"name":"BTC","szDecimals":5,"maxLeverage":40},
    {"name":"ETH","szDecimals":4,"maxLeverage":25},{"name":"SOL","szDecimals":2,"maxLeverage":20}]}"#;
/// What was heard before: a price needs both streams.
const HEARD_BEFORE: [&str; 4] = [
    r#"{"channel":"bbo","data":{"coin":"BTC","time":1,"bbo":[{"px":"99","sz":"1","n":1},{"px":"101","sz":"1","n":1}]}}"#,
    r#"{"channel":"activeAssetCtx","data":{"coin":"BTC","ctx":{"markPx":"100","oraclePx":"100","midPx":"100"}}}"#,
    r#"{"channel":"bbo","data":{"coin":"ETH","time":1,"bbo":[{"px":"9","sz":"1","n":1},{"px":"11","sz":"1","n":1}]}}"#,
    r#"{"channel":"activeAssetCtx","data":{"coin":"ETH","ctx":{"markPx":"10","oraclePx":"10","midPx":"10"}}}"#,
];

/// Whose streams they are.
const ACCOUNT: Address = Address([0x22; 20]);

/// Hears messages, each as if it were the first after the account was read and every price came.
#[derive(Debug)]
pub struct Ear {
    rest: Arc<Rest>,
    universe: Universe,
    listed: Vec<Listed>,
    runtime: Runtime,
}

impl Ear {
    /// How many markets have ids: BTC and ETH.
    pub const MARKETS: usize = 2;

    /// An ear.
    ///
    /// # Errors
    /// When it cannot be made; why, as a sentence.
    pub fn new() -> Result<Self, String> {
        let meta = serde_json::from_str(META).map_err(|error| error.to_string())?;
        let universe = Universe::of(&meta);
        let listed = ["BTC", "ETH"]
            .iter()
            .filter_map(|name| universe.find(name).cloned())
            .collect();
        let endpoint =
            Endpoint::new(Network::Testnet.base_url(), None).map_err(|error| error.to_string())?;
        let rest = Rest::new(endpoint, Limits::default(), Shared::default())
            .map_err(|error| error.to_string())?;
        let runtime = Builder::new_current_thread()
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self {
            rest: Arc::new(rest),
            universe,
            listed,
            runtime,
        })
    }

    /// The kind of a message, as a word, and what is handed over because of it.
    ///
    /// # Errors
    /// When it is of a known kind and cannot be read: why.
    pub fn hear(&self, text: &str) -> Result<(&'static str, Vec<VenueEvent>), String> {
        let (events_in, mut events) = mpsc::channel(EVENTS_MAX);
        let context = Context::new(
            Network::Testnet,
            Some(ACCOUNT),
            Clock::system(),
            TimeMs(0),
            Arc::clone(&self.rest),
            Markets::new(self.universe.clone(), self.listed.clone()),
            Deliver::new(events_in),
        );
        let mut streams = Streams::default();
        for _ in &self.listed {
            streams.add_market();
        }
        for before in HEARD_BEFORE {
            self.take(&context, &mut streams, before)?;
        }
        while events.try_recv().is_ok() {}
        let kind = self.take(&context, &mut streams, text)?;
        Ok((
            kind,
            std::iter::from_fn(|| events.try_recv().ok()).collect(),
        ))
    }

    fn take(
        &self,
        context: &Context,
        streams: &mut Streams,
        text: &str,
    ) -> Result<&'static str, String> {
        let heard = read(text).map_err(|error| error.to_string())?;
        let kind = kind(&heard);
        self.runtime
            .block_on(hand_over(context, streams, heard))
            .map_err(|Closed| "nobody listens".to_owned())?;
        Ok(kind)
    }
}

const fn kind(heard: &Heard) -> &'static str {
    match heard {
        Heard::Subscribed(_) => "subscribed",
        Heard::Pong => "pong",
        Heard::Error(_) => "error",
        Heard::Bbo(_) => "bbo",
        Heard::Context(_) => "context",
        Heard::Orders(_) => "orders",
        Heard::Fills(_) => "fills",
        Heard::Fundings(_) => "fundings",
        Heard::Liquidation(_) => "liquidation",
        Heard::VenueCancels => "venue cancels",
        Heard::Other => "other",
    }
}

/// As a session does; what is only its own (subscriptions, pongs) ends here.
async fn hand_over(context: &Context, streams: &mut Streams, heard: Heard) -> Result<(), Closed> {
    match heard {
        Heard::Bbo(bbo) => streams.on_best(context, &bbo),
        Heard::Context(wire) => streams.on_context(context, &wire),
        Heard::Orders(orders) => Streams::on_orders(context, &orders).await,
        Heard::Fills(fills) => Streams::on_fills(context, &fills).await,
        Heard::Fundings(fundings) => Streams::on_fundings(context, &fundings).await,
        Heard::Error(words) => {
            already_subscribed(&words);
            Ok(())
        }
        Heard::Subscribed(_)
        | Heard::Pong
        | Heard::Liquidation(_)
        | Heard::VenueCancels
        | Heard::Other => Ok(()),
    }
}
