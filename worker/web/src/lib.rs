//! The worker's face: HTTP API, WebSocket, dashboard, and the control socket of `ctl`.
//!
//! For: showing what the trading loop publishes, and carrying control requests to it and its answers back.
//! It knows the wire types of `aicoin-api` and channels, and nothing of the trading core, the store or the exchange.
//!
//! Never: trades, decides, or keeps state that trading needs. Whatever a client does here (nothing, everything, slowly,
//! or with hostile bytes), the trading loop does not wait: reads come from a `watch` and a [`Reader`], events go through
//! a bounded broadcast that drops slow readers, and a control request waits in a bounded queue.
//! There is no switch that turns authentication off.
//!
//! ```text
//! trading loop ──watch──▶ status ─────┐
//!              ──publish─▶ events ─────┼──▶ /api/v1/…, /ws, /  ──▶ people, operator, Prometheus
//!              ◀──mpsc─── control ─────┤
//! store        ◀─Reader── lists ───────┘──▶ unix socket        ──▶ aicoin-worker ctl
//! ```

mod assets;
mod auth;
mod control;
mod data;
mod error;
mod events;
mod guard;
mod headers;
mod heartbeat;
mod limits;
mod metrics;
mod origin;
mod page;
mod probe;
mod query;
mod reader;
mod routes;
mod server;
mod signed;
pub mod socket;
mod state;
mod stream;
mod websocket;

pub use auth::{Auth, Token, TokenError};
pub use control::{Command, ControlCommand};
pub use events::Events;
pub use heartbeat::Heartbeat;
pub use limits::Limits;
pub use reader::{ReadError, Reader, Reading};
pub use server::serve;
pub use signed::Signed;
pub use state::WebState;
