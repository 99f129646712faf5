//! What the outside sees of a bot, made before the bot itself: probes are answered while an earlier process' data is read.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use aicoin_api::http::{
    AccountSnapshot, Candle, Decision, Fill, Health, HealthStatus, Order, PartHealth, RiskEvent,
    Status,
};
use aicoin_web::{
    Auth, ControlCommand, Events, Heartbeat, Limits, ReadError, Reader, Reading, WebState,
};
use tokio::sync::{mpsc, watch};

use super::lists::Lists;

/// Control requests that may wait for the loop.
const CONTROL_WAITING_MAX: usize = 16;

/// Both sides of what the outside sees.
pub(crate) struct Face {
    /// For the servers.
    pub(crate) web: WebState,
    /// For the bot.
    pub(crate) inside: Inside,
}

/// What the bot publishes into, and hears from.
pub(crate) struct Inside {
    pub(crate) status: watch::Sender<Arc<Status>>,
    pub(crate) events: Events,
    pub(crate) heartbeat: Heartbeat,
    pub(crate) registry: prometheus::Registry,
    pub(crate) control: mpsc::Receiver<ControlCommand>,
    pub(crate) reader: Arc<LateReader>,
}

impl Face {
    /// A face that shows that status until there is a bot behind it.
    pub(crate) fn new(auth: Auth, first: Status) -> Self {
        let (status_in, status) = watch::channel(Arc::new(first));
        let (control_in, control) = mpsc::channel(CONTROL_WAITING_MAX);
        let inside = Inside {
            status: status_in,
            events: Events::new(),
            heartbeat: Heartbeat::new(),
            registry: prometheus::Registry::new(),
            control,
            reader: Arc::default(),
        };
        let reader: Arc<dyn Reader> = Arc::clone(&inside.reader) as _;
        let web = WebState {
            status,
            heartbeat: inside.heartbeat.clone(),
            events: inside.events.clone(),
            control: control_in,
            reader,
            auth,
            metrics: inside.registry.clone(),
            limits: Limits::default(),
        };
        Self { web, inside }
    }
}

/// Lists that are there once the store is.
#[derive(Default)]
pub(crate) struct LateReader(OnceLock<Lists>);

impl LateReader {
    /// The store is there. A second one changes nothing.
    pub(crate) fn set(&self, lists: Lists) {
        let _ = self.0.set(lists);
    }

    fn with<'a, T: Send + 'a>(
        &'a self,
        read: impl FnOnce(&'a Lists) -> Reading<'a, T>,
    ) -> Reading<'a, T> {
        match self.0.get() {
            Some(lists) => read(lists),
            None => Box::pin(std::future::ready(Err(ReadError::Unavailable(
                "The worker is starting: ask again in a moment.".to_owned(),
            )))),
        }
    }
}

impl Reader for LateReader {
    fn orders(&self, limit: u32) -> Reading<'_, Vec<Order>> {
        self.with(|lists| lists.orders(limit))
    }

    fn fills(&self, limit: u32) -> Reading<'_, Vec<Fill>> {
        self.with(|lists| lists.fills(limit))
    }

    fn decisions(&self, limit: u32) -> Reading<'_, Vec<Decision>> {
        self.with(|lists| lists.decisions(limit))
    }

    fn risk_events(&self, limit: u32) -> Reading<'_, Vec<RiskEvent>> {
        self.with(|lists| lists.risk_events(limit))
    }

    fn account_snapshots(&self, limit: u32) -> Reading<'_, Vec<AccountSnapshot>> {
        self.with(|lists| lists.account_snapshots(limit))
    }

    fn candles<'a>(&'a self, market: &'a str, limit: u32) -> Reading<'a, Vec<Candle>> {
        self.with(|lists| lists.candles(market, limit))
    }

    fn health(&self) -> Reading<'_, Health> {
        match self.0.get() {
            Some(lists) => lists.health(),
            None => Box::pin(std::future::ready(Ok(starting()))),
        }
    }
}

fn starting() -> Health {
    let part = PartHealth {
        status: HealthStatus::Degraded,
        reason: "It is starting.".to_owned(),
        latency_ms: None,
    };
    Health {
        status: HealthStatus::Degraded,
        parts: BTreeMap::from([("loop".to_owned(), part)]),
    }
}
