//! The markets of this connection: from a name to an id, and from an id to what an order needs.

use std::collections::HashMap;
use std::sync::{OnceLock, PoisonError, RwLock};

use aicoin_domain::MarketId;

use crate::meta::{Listed, Universe};

/// More markets than the venue has.
const MARKETS_MAX: usize = 1024;

/// The markets. Ids are given once and never change.
#[derive(Debug)]
pub(crate) struct Markets {
    /// By id. Read for each order without a lock.
    slots: Box<[OnceLock<Listed>]>,
    names: RwLock<Names>,
}

#[derive(Debug)]
struct Names {
    universe: Universe,
    ids: HashMap<String, MarketId>,
}

/// What is known of a coin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Coin {
    /// A market of this connection.
    Known(MarketId),
    /// The venue has it, and it has no id yet.
    New(Box<Listed>),
    /// The venue's list, as it was read, does not have it.
    Unlisted,
}

impl Markets {
    /// The markets in the order of their ids; all of them are in `universe`.
    pub(crate) fn new(universe: Universe, markets: Vec<Listed>) -> Self {
        let mut slots = Vec::with_capacity(MARKETS_MAX);
        slots.resize_with(MARKETS_MAX, OnceLock::new);
        let this = Self {
            slots: slots.into_boxed_slice(),
            names: RwLock::new(Names {
                universe,
                ids: HashMap::new(),
            }),
        };
        for listed in markets {
            this.add_listed(listed);
        }
        this
    }

    pub(crate) fn get(&self, market: MarketId) -> Option<&Listed> {
        self.slots.get(market.index())?.get()
    }

    /// The markets that have ids, in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (MarketId, &Listed)> {
        self.slots.iter().enumerate().map_while(|(index, slot)| {
            let market = MarketId(u16::try_from(index).ok()?);
            Some((market, slot.get()?))
        })
    }

    pub(crate) fn find(&self, name: &str) -> Coin {
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(market) = names.ids.get(name) {
            return Coin::Known(*market);
        }
        names
            .universe
            .find(name)
            .map_or(Coin::Unlisted, |listed| Coin::New(Box::new(listed.clone())))
    }

    pub(crate) fn id(&self, name: &str) -> Option<MarketId> {
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        names.ids.get(name).copied()
    }

    /// Gives a market the next id. Its id, when it has one already or the venue does not list it, is left as it is.
    pub(crate) fn add(&self, name: &str) -> Option<MarketId> {
        match self.find(name) {
            Coin::Known(_) | Coin::Unlisted => None,
            Coin::New(listed) => self.add_listed(*listed),
        }
    }

    fn add_listed(&self, listed: Listed) -> Option<MarketId> {
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        if names.ids.contains_key(&listed.name) {
            return None;
        }
        let market = MarketId(u16::try_from(names.ids.len()).ok()?);
        let name = listed.name.clone();
        // The slot first: whoever finds the id finds the market.
        self.slots.get(market.index())?.set(listed).ok()?;
        names.ids.insert(name, market);
        Some(market)
    }

    /// A newer list of the venue. Numbers of markets never change in it.
    pub(crate) fn take_universe(&self, universe: Universe) {
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        names.universe = universe;
    }
}
