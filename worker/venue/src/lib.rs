//! The worker's connection to Hyperliquid.
//!
//! ```text
//! boot ──> Booted ──> connect ──> Venue (submit, query, add_market)     the shell's side
//!                        │
//!                        ├─ sender   signed actions, each answered once
//!                        ├─ asker    readings of the account, look-ups of orders
//!                        ├─ poller   fills and the allowance, over REST
//!                        └─ socket   prices, orders, fills, funding; a whole reading after each reconnect
//! ```
//!
//! What it promises: an action is signed once and leaves once; what became of it is said once, and "nobody knows" is
//! never told as a refusal. A fill that comes by two ways is handed over once. Prices are fresh or are not there.
//!
//! Never: a key in a text, a float in a price or size, an action held back that takes risk away, an answer made up.

mod address;
mod asker;
mod boot;
mod clock;
mod config;
mod context;
mod dedupe;
mod deliver;
mod event;
mod filled;
mod fills;
#[cfg(feature = "fuzz")]
#[doc(hidden)]
pub mod fuzz;
mod health;
mod limit;
mod lookup;
mod markets;
mod meta;
mod outcome;
mod poll;
mod quote;
mod rest;
mod resync;
mod send;
mod sender;
mod shared;
mod socket;
mod venue;
mod wire;

#[cfg(test)]
mod recorded_tests;

pub use address::AddressFault;
pub use boot::{BootError, Booted, LeverageLeft, boot, prove, set_leverage};
pub use clock::Clock;
pub use config::{CANDLES_MAX, Limits, VenueConfig, WarmUp};
pub use event::{MarketPrice, VenueEvent};
pub use health::{Level, PartHealth, VenueHealth};
pub use shared::{Share, Shared, Taken};
#[cfg(feature = "bench")]
pub use socket::HotPath;
pub use venue::{Venue, connect};
