//! A price's way in and an order's way out, without the network and without tasks: what the benchmark times.

use aicoin_core::Action;
use aicoin_domain::{MarketRules, TimeMs};
use aicoin_hyperliquid::{AgentKey, Network};
use tokio::sync::mpsc;

use super::streams::Streams;
use crate::address::Endpoint;
use crate::clock::Clock;
use crate::config::Limits;
use crate::context::Context;
use crate::deliver::Deliver;
use crate::event::{MarketPrice, VenueEvent};
use crate::markets::Markets;
use crate::meta::Universe;
use crate::rest::Rest;
use crate::send::Signer;
use crate::shared::Shared;
use crate::wire::socket::{Heard, read};

/// Nothing waits for longer than it takes to be heard.
const EVENTS_MAX: usize = 64;

/// A connection that is not connected: it hears texts that it is given and signs actions that it does not send.
#[derive(Debug)]
pub struct HotPath {
    context: Context,
    streams: Streams,
    signer: Signer,
    events: mpsc::Receiver<VenueEvent>,
    rules: Vec<MarketRules>,
}

impl HotPath {
    /// The markets of these names, out of a venue's answer to `meta`. It must be called inside of a Tokio runtime.
    ///
    /// # Errors
    /// When `meta` cannot be read or lacks one of the markets; why, as a sentence.
    pub fn new(
        network: Network,
        key: AgentKey,
        meta: &str,
        names: &[&str],
    ) -> Result<Self, String> {
        let meta = serde_json::from_str(meta)
            .map_err(|error| format!("The list of markets cannot be read: {error}."))?;
        let universe = Universe::of(&meta);
        let listed = names
            .iter()
            .map(|name| {
                let missing = || format!("The list of markets has no {name}.");
                universe.find(name).cloned().ok_or_else(missing)
            })
            .collect::<Result<Vec<_>, _>>()?;
        let limits = Limits::default();
        let signer = Signer::new(key, network, None, limits.slippage);
        let endpoint =
            Endpoint::new(network.base_url(), None).map_err(|error| error.to_string())?;
        let rest =
            Rest::new(endpoint, limits, Shared::default()).map_err(|error| error.to_string())?;
        let (events_in, events) = mpsc::channel(EVENTS_MAX);
        let rules = listed.iter().map(|market| market.rules).collect();
        let mut streams = Streams::default();
        for _ in names {
            streams.add_market();
        }
        Ok(Self {
            context: Context::new(
                network,
                None,
                Clock::system(),
                TimeMs(0),
                rest.into(),
                Markets::new(universe, listed),
                Deliver::new(events_in),
            ),
            streams,
            signer,
            events,
            rules,
        })
    }

    /// The rules of each market.
    #[must_use]
    pub fn rules(&self) -> &[MarketRules] {
        &self.rules
    }

    /// One message of the socket; the prices that came of it, when they are whole and fresh.
    ///
    /// # Errors
    /// When it is no message of prices; why, as a sentence.
    pub fn hear(&mut self, text: &str) -> Result<Option<MarketPrice>, String> {
        let done = match read(text).map_err(|error| error.to_string())? {
            Heard::Bbo(bbo) => self.streams.on_best(&self.context, &bbo),
            Heard::Context(context) => self.streams.on_context(&self.context, &context),
            other @ (Heard::Subscribed(_)
            | Heard::Pong
            | Heard::Error(_)
            | Heard::Orders(_)
            | Heard::Fills(_)
            | Heard::Fundings(_)
            | Heard::Liquidation(_)
            | Heard::VenueCancels
            | Heard::Other) => return Err(format!("{other:?} is no message of prices.")),
        };
        done.map_err(|closed| format!("{closed:?}"))?;
        Ok(match self.events.try_recv() {
            Ok(VenueEvent::Price(price)) => Some(price),
            Ok(_) | Err(_) => None,
        })
    }

    /// An action as the whole body that is posted to `/exchange`.
    ///
    /// # Errors
    /// When it must not be sent; why, as a sentence.
    pub fn sign(&self, action: &Action) -> Result<Vec<u8>, String> {
        self.signer
            .sign(action, &self.context.markets)
            .map(|outgoing| outgoing.body)
            .map_err(|held_back| held_back.words)
    }
}
