//! The stream of events for WebSocket clients: a bounded ring that never blocks whoever publishes.
//!
//! An event becomes text at most once however many clients there are, and not at all when there is none: the first
//! client that takes it out of the ring does the work, on its own task, not on the trading loop's.

use std::sync::{Arc, OnceLock};

use aicoin_api::http::WsEvent;
use tokio::sync::broadcast;

/// How many events a client may be behind before it is dropped: several seconds of a busy bot.
const EVENTS_BEHIND_MAX: usize = 1024;

/// Where the trading loop publishes events. Clones share it.
#[derive(Clone, Debug)]
pub struct Events {
    ring: broadcast::Sender<Arc<Event>>,
}

/// One event and, once somebody wanted it, its text.
#[derive(Debug)]
pub(crate) struct Event {
    event: WsEvent,
    text: OnceLock<Option<Arc<str>>>,
}

impl Events {
    /// An empty stream.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(EVENTS_BEHIND_MAX)
    }

    /// An empty stream on which a client may be `capacity` events behind.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            ring: broadcast::Sender::new(capacity.max(1)),
        }
    }

    /// Gives an event to every client. Costs next to nothing when there is none, and never waits.
    ///
    /// A [`WsEvent::Status`] need not be published: clients get the status from its `watch`.
    pub fn publish(&self, event: WsEvent) {
        if self.ring.receiver_count() > 0 {
            // An error means that the last client has left in this moment.
            let _ = self.ring.send(Arc::new(Event {
                event,
                text: OnceLock::new(),
            }));
        }
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Arc<Event>> {
        self.ring.subscribe()
    }
}

impl Default for Events {
    fn default() -> Self {
        Self::new()
    }
}

impl Event {
    /// The members of the JSON object without its opening brace, so that a number can be put before them.
    pub(crate) fn members(&self) -> Option<Arc<str>> {
        self.text.get_or_init(|| members(&self.event)).clone()
    }
}

/// `"type":…,"data":…}` of an event. `None` cannot happen with these types; it would cost one message.
pub(crate) fn members(event: &WsEvent) -> Option<Arc<str>> {
    let text = serde_json::to_string(event).ok()?;
    text.strip_prefix('{').map(Arc::from)
}
