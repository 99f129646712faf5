//! What the worker's clients of the outside world share: whom they trust, and how a failure on the way is told.
//!
//! Never: a switch that trusts everybody, a URL in an error (it may hold a secret).

mod tls;
mod words;

pub use tls::{TrustError, client_config};
pub use words::words;
