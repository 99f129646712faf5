//! Handing over what came, each thing once.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aicoin_core::{Input, OrderUpdate};
use aicoin_domain::{Cloid, Fill, OrderId, Size, TimeMs};
use tokio::sync::mpsc;

use crate::dedupe::Seen;
use crate::event::{MarketPrice, VenueEvent};
use crate::filled::Filled;
use crate::meta::Listed;
use crate::wire::fill::{FillKey, FillWire};

/// Fills that are remembered: more than a stream repeats after a reconnect.
const FILLS_MAX: usize = 16_384;
/// Funding payments that are remembered.
const FUNDINGS_MAX: usize = 4096;
/// Orders that are known to have rested.
const RESTED_MAX: usize = 4096;
/// Orders whose fills are summed.
const FILLED_MAX: usize = 4096;
/// How often a market that nobody adds is named again.
const NAMED_EVERY: Duration = Duration::from_secs(5);
/// Names of such markets that are remembered.
const NAMED_MAX: usize = 256;

/// Nobody listens any more: the connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Closed;

/// Where everything that came is handed over.
#[derive(Debug)]
pub(crate) struct Deliver {
    events: mpsc::Sender<VenueEvent>,
    seen: Mutex<AllSeen>,
}

#[derive(Debug)]
struct AllSeen {
    fills: Seen<FillKey>,
    filled: Filled,
    fundings: Seen<(TimeMs, String)>,
    rested: Seen<Cloid>,
    named: HashMap<String, Instant>,
}

impl AllSeen {
    fn is_new_fill(&mut self, key: &FillKey, order: OrderId, size: Size) -> bool {
        let is_new = self.fills.is_new(key);
        if is_new {
            self.filled.add(order, size);
        }
        is_new
    }
}

impl Deliver {
    pub(crate) fn new(events: mpsc::Sender<VenueEvent>) -> Self {
        Self {
            events,
            seen: Mutex::new(AllSeen {
                fills: Seen::new(FILLS_MAX),
                filled: Filled::new(FILLED_MAX),
                fundings: Seen::new(FUNDINGS_MAX),
                rested: Seen::new(RESTED_MAX),
                named: HashMap::new(),
            }),
        }
    }

    /// Waits until there is room.
    pub(crate) async fn event(&self, event: VenueEvent) -> Result<(), Closed> {
        self.events.send(event).await.map_err(|_| Closed)
    }

    /// The same for the core.
    pub(crate) async fn input(&self, input: Input) -> Result<(), Closed> {
        self.event(VenueEvent::Input(input)).await
    }

    /// From outside of a task: it cannot wait. False when there is no room.
    pub(crate) fn try_input(&self, input: Input) -> bool {
        self.events.try_send(VenueEvent::Input(input)).is_ok()
    }

    /// Prices; when much waits already they are dropped, for newer ones follow.
    pub(crate) fn price(&self, price: MarketPrice) -> Result<(), Closed> {
        if self.events.capacity() < self.events.max_capacity() / 2 && !self.events.is_closed() {
            return Ok(());
        }
        match self.events.try_send(VenueEvent::Price(price)) {
            Ok(()) | Err(mpsc::error::TrySendError::Full(_)) => Ok(()),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(Closed),
        }
    }

    /// A fill; whether it was handed over by this call.
    pub(crate) async fn fill(&self, key: &FillKey, fill: Fill) -> Result<bool, Closed> {
        if !self.seen().is_new_fill(key, fill.order, fill.size) {
            return Ok(false);
        }
        self.input(Input::Fill(fill)).await.map(|()| true)
    }

    /// Whether a fill was handed over already.
    pub(crate) fn is_known(&self, key: &FillKey) -> bool {
        self.seen().fills.contains(key)
    }

    /// Fills that are handed over inside of something else.
    pub(crate) fn know(&self, fills: &[FillWire]) {
        let mut seen = self.seen();
        for fill in fills {
            seen.is_new_fill(&fill.key(), fill.order(), fill.size());
        }
    }

    /// How much of an order filled by what was handed over.
    pub(crate) fn filled(&self, order: OrderId) -> Size {
        self.seen().filled.of(order)
    }

    /// Whether a funding payment was not handed over yet; from now on it was.
    pub(crate) fn is_new_funding(&self, time: TimeMs, coin: &str) -> bool {
        self.seen().fundings.is_new(&(time, coin.to_owned()))
    }

    /// The order rests, or did.
    pub(crate) fn rested(&self, cloid: Cloid) {
        self.seen().rested.is_new(&cloid);
    }

    /// What became of an order. A refusal of one that never rested is left to the order's own answer, which has the
    /// venue's words.
    pub(crate) async fn order(&self, cloid: Cloid, update: OrderUpdate) -> Result<(), Closed> {
        match update {
            OrderUpdate::Open { .. } => self.rested(cloid),
            OrderUpdate::Rejected if !self.seen().rested.contains(&cloid) => return Ok(()),
            OrderUpdate::Rejected
            | OrderUpdate::Triggered
            | OrderUpdate::Filled
            | OrderUpdate::Canceled => {}
        }
        self.input(Input::Order { cloid, update }).await
    }

    /// The account has something in a market that is not known yet.
    pub(crate) async fn new_market(&self, listed: &Listed) -> Result<(), Closed> {
        if !self.is_to_be_named(&listed.name) {
            return Ok(());
        }
        self.event(VenueEvent::NewMarket {
            name: listed.name.clone(),
            rules: listed.rules,
        })
        .await
    }

    fn is_to_be_named(&self, name: &str) -> bool {
        let now = Instant::now();
        let named = &mut self.seen().named;
        named.retain(|_, at| now.saturating_duration_since(*at) < NAMED_EVERY);
        if named.contains_key(name) || named.len() >= NAMED_MAX {
            return false;
        }
        named.insert(name.to_owned(), now);
        true
    }

    fn seen(&self) -> MutexGuard<'_, AllSeen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
