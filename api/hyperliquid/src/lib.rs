//! Hyperliquid's actions, and how they are signed and told apart. No network, no clock.
//!
//! The worker signs with this and the simulator recovers signers with it; neither is the other's judge. Sources:
//! Hyperliquid's documentation, pages "signing", "exchange endpoint", "nonces and API wallets" and "asset ids".
//!
//! - An [`Action`] is what is done at the venue. Its fields are in the order in which they are signed.
//! - [`connection_id`] is the hash that stands for an action, its nonce, its vault and its expiry.
//! - [`AgentKey::sign`] signs such a hash; [`recover_agent`] finds out who signed.
//! - [`UserSigned`] is the other kind: actions that only the master's own key may sign.
//!
//! ```
//! use aicoin_hyperliquid::{Action, AgentKey, Network, connection_id, recover_agent};
//!
//! let key: AgentKey = "0x0123456789012345678901234567890123456789012345678901234567890123".parse()?;
//! let action = Action::ScheduleCancel { time: Some(123_456_789) };
//! let id = connection_id(&action, 0, None, None)?;
//! let signature = key.sign(Network::Testnet, id);
//! assert_eq!(recover_agent(Network::Testnet, id, &signature), Some(key.address()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Never: a key in a text, a float in a price or size, an action that is signed differently from how it is sent.

mod action;
mod address;
mod eip712;
mod envelope;
mod hash;
mod hex;
mod key;
mod network;
mod order;
mod plain;
mod signature;
mod user_signed;

pub use action::{Action, Cancel, CancelByCloid, Modify};
pub use address::{Address, AddressError};
pub use eip712::{agent_digest, recover_agent};
pub use envelope::Envelope;
pub use hash::{ConnectionId, HashError, connection_id};
pub use key::{AgentKey, KeyError};
pub use network::{Network, NetworkError};
pub use order::{
    Grouping, OidOrCloid, OrderType, OrderWire, Trigger, WIRE_DECIMALS_MAX, WireError, order_wire,
};
pub use plain::Plain;
pub use signature::{Signature, SignatureError};
pub use user_signed::{Field, UserSigned, UserSignedError};
