//! What the web side counts about itself, in the worker's own registry.

use prometheus::{IntCounterVec, IntGauge, Opts, Registry};

/// Counters of one server. Labels come from closed sets, so their number is bounded.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    pub(crate) connections: IntGauge,
    pub(crate) requests: IntCounterVec,
    pub(crate) websockets: IntGauge,
    pub(crate) websockets_dropped: IntCounterVec,
}

impl Metrics {
    /// Makes and registers them. With names that are taken already, they count unseen: no reason to stop a bot.
    pub(crate) fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            connections: IntGauge::new("aicoin_web_connections", "Open HTTP connections.")?,
            requests: IntCounterVec::new(
                Opts::new("aicoin_web_requests_total", "HTTP requests by status code."),
                &["code"],
            )?,
            websockets: IntGauge::new("aicoin_websocket_clients", "Open WebSockets.")?,
            websockets_dropped: IntCounterVec::new(
                Opts::new(
                    "aicoin_websocket_dropped_total",
                    "WebSockets that the worker closed, by reason.",
                ),
                &["reason"],
            )?,
        };
        for collector in [
            Box::new(metrics.connections.clone()) as Box<dyn prometheus::core::Collector>,
            Box::new(metrics.requests.clone()),
            Box::new(metrics.websockets.clone()),
            Box::new(metrics.websockets_dropped.clone()),
        ] {
            if let Err(error) = registry.register(collector) {
                tracing::warn!(%error, "A metric of the web side is not registered");
            }
        }
        Ok(metrics)
    }
}
