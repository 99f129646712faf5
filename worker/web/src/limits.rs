//! Every limit of the web side, in one place, with its reason.
//!
//! The defaults are the product's; tests make them smaller. None can be switched off.

use std::time::Duration;

/// The limits of one server.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Open HTTP connections. A page uses two or three; a scrape and a probe one each.
    pub connections_max: usize,
    /// Open WebSockets. Each holds one place in the event ring, so they cost more than a request.
    pub websockets_max: usize,
    /// Connections of the control socket: a person, a script, and the preStop hook.
    pub socket_connections_max: usize,
    /// Bytes of a request body. A control request has about 50.
    pub body_bytes_max: usize,
    /// Bytes of a request line and its headers together.
    pub head_bytes_max: usize,
    /// Number of headers.
    pub headers_max: usize,
    /// Bytes of one message from a WebSocket client: they are ignored, so they may as well be small.
    pub websocket_inbound_bytes_max: usize,
    /// Messages from one WebSocket client between two pings of ours.
    pub websocket_inbound_messages_max: u32,
    /// Bytes waiting for one WebSocket client inside the process.
    pub websocket_outbound_bytes_max: usize,
    /// Bytes of a request line on the control socket.
    pub socket_request_bytes_max: usize,
    /// Bytes of an answer line on the control socket: a status of many markets.
    pub socket_response_bytes_max: usize,
    /// For a client to send its request head; also how long an idle connection stays open.
    pub head_timeout: Duration,
    /// For a client to send its request body.
    pub body_timeout: Duration,
    /// For a client to take bytes that were written to it.
    pub write_timeout: Duration,
    /// For the store to answer a list.
    pub read_timeout: Duration,
    /// For the trading loop to write a control request down and answer.
    pub control_timeout: Duration,
    /// For one exchange on the control socket, waiting for the trading loop included.
    pub socket_timeout: Duration,
    /// For open connections to end after the shutdown began.
    pub shutdown_timeout: Duration,
    /// Between two pings to a WebSocket client.
    pub websocket_ping_every: Duration,
    /// A WebSocket client that said nothing for so long, not even a pong, is gone.
    pub websocket_silence_max: Duration,
    /// For a WebSocket client to take one message.
    pub websocket_send_timeout: Duration,
    /// Between two status messages to a WebSocket client: four a second are enough for eyes.
    pub websocket_status_every: Duration,
    /// The trading loop counts as stuck when its last beat is older.
    pub heartbeat_age_max: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 256,
            websockets_max: 64,
            socket_connections_max: 16,
            body_bytes_max: 16 * 1024,
            head_bytes_max: 16 * 1024,
            headers_max: 64,
            websocket_inbound_bytes_max: 4 * 1024,
            websocket_inbound_messages_max: 64,
            websocket_outbound_bytes_max: 4 * 1024 * 1024,
            socket_request_bytes_max: 4 * 1024,
            socket_response_bytes_max: 1024 * 1024,
            head_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(5),
            write_timeout: Duration::from_secs(20),
            read_timeout: Duration::from_secs(5),
            control_timeout: Duration::from_secs(5),
            socket_timeout: Duration::from_secs(10),
            shutdown_timeout: Duration::from_secs(5),
            websocket_ping_every: Duration::from_secs(20),
            websocket_silence_max: Duration::from_secs(60),
            websocket_send_timeout: Duration::from_secs(5),
            websocket_status_every: Duration::from_millis(250),
            heartbeat_age_max: Duration::from_secs(10),
        }
    }
}
