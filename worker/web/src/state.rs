//! What the worker's shell hands to the web side, and what the web side adds for itself.

use std::sync::{Arc, Mutex, PoisonError};

use aicoin_api::http::{Status, WsEvent};
use tokio::sync::{Semaphore, mpsc, watch};

use crate::auth::Auth;
use crate::control::ControlCommand;
use crate::events::{self, Events};
use crate::heartbeat::Heartbeat;
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::reader::Reader;

/// Everything that the server and the control socket need. Clones share it.
#[derive(Clone)]
pub struct WebState {
    /// The bot at a glance, published by the trading loop.
    pub status: watch::Receiver<Arc<Status>>,
    /// The trading loop's sign of life.
    pub heartbeat: Heartbeat,
    /// Events for WebSocket clients.
    pub events: Events,
    /// Control requests to the trading loop.
    pub control: mpsc::Sender<ControlCommand>,
    /// Lists from the store.
    pub reader: Arc<dyn Reader>,
    /// Who may ask.
    pub auth: Auth,
    /// What `/metrics` shows; the web side adds its own.
    pub metrics: prometheus::Registry,
    /// The limits; `Limits::default()` in the product.
    pub limits: Limits,
}

/// The state of one running server.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) web: WebState,
    pub(crate) metrics: Metrics,
    /// The cookie's name carries the port: browsers share cookies between all ports of a host, and two bots on one
    /// machine must not log each other out.
    pub(crate) cookie: Arc<str>,
    /// One permit per WebSocket.
    pub(crate) websockets: Arc<Semaphore>,
    /// Becomes true when the server stops.
    pub(crate) stopping: watch::Receiver<bool>,
    /// Held by every WebSocket task: when all clones are gone, all have ended.
    _alive: mpsc::Sender<()>,
    /// The last status as text, so that it is written once for all clients.
    status_text: Arc<Mutex<Option<StatusText>>>,
}

struct StatusText {
    of: Arc<Status>,
    members: Arc<str>,
}

impl App {
    pub(crate) fn new(
        web: WebState,
        metrics: Metrics,
        port: u16,
        stopping: watch::Receiver<bool>,
        alive: mpsc::Sender<()>,
    ) -> Self {
        Self {
            metrics,
            cookie: format!("aicoin_{port}").into(),
            websockets: Arc::new(Semaphore::new(web.limits.websockets_max)),
            stopping,
            _alive: alive,
            status_text: Arc::default(),
            web,
        }
    }

    /// The latest status.
    pub(crate) fn status(&self) -> Arc<Status> {
        Arc::clone(&self.web.status.borrow())
    }

    /// A status as the members of a WebSocket message.
    pub(crate) fn status_members(&self, status: &Arc<Status>) -> Option<Arc<str>> {
        let mut cached = self
            .status_text
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = cached.as_ref().filter(|text| Arc::ptr_eq(&text.of, status)) {
            return Some(Arc::clone(&text.members));
        }
        let members = events::members(&WsEvent::Status(Box::new(Status::clone(status))))?;
        *cached = Some(StatusText {
            of: Arc::clone(status),
            members: Arc::clone(&members),
        });
        Some(members)
    }

    /// A sentence when the trading loop's last beat is too old.
    pub(crate) fn stuck(&self) -> Option<String> {
        let (age, limit) = (self.web.heartbeat.age(), self.web.limits.heartbeat_age_max);
        (age > limit).then(|| {
            format!(
                "The trading loop has not moved for {:.1} s (the limit is {:.1} s).",
                age.as_secs_f32(),
                limit.as_secs_f32()
            )
        })
    }
}

/// Done when the server stops, or is gone.
pub(crate) async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // Wrapped, because the guard that `wait_for` gives must not live across an await.
    let _ = stopping.wait_for(|stop| *stop).await;
}
