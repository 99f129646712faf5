//! An agent's private key.

use core::fmt;
use core::str::FromStr;

use k256::ecdsa::SigningKey;
use zeroize::Zeroize as _;

use crate::address::Address;
use crate::eip712::{address_of, agent_digest};
use crate::hash::ConnectionId;
use crate::hex;
use crate::network::Network;
use crate::signature::Signature;

/// The private key of an agent ("API wallet"). It cannot be shown, copied or written, and is wiped when it goes.
pub struct AgentKey {
    key: SigningKey,
    address: Address,
}

/// Why a text is no private key. It never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// There is nothing in it.
    #[error("the agent's key is empty: put the private key of the API wallet into the Secret")]
    Empty,
    /// It has the length of an address.
    #[error(
        "the agent's key is an address (40 hexadecimal digits): put the private key of the API wallet into the Secret, 64 digits"
    )]
    AnAddress,
    /// It is a phrase of words.
    #[error(
        "the agent's key is a phrase of words: never give a recovery phrase to a program; put the private key of an API wallet into the Secret, 64 hexadecimal digits"
    )]
    APhrase,
    /// It is not 64 hexadecimal digits.
    #[error(
        "the agent's key is no private key: it is 64 hexadecimal digits, with or without `0x`, and nothing else"
    )]
    Malformed,
    /// The number is zero or beyond the group's order.
    #[error("the agent's key is no private key of this curve: make a new API wallet")]
    OutOfRange,
}

impl AgentKey {
    /// The agent's own address: what `extraAgents` lists, never what is traded.
    #[must_use]
    pub const fn address(&self) -> Address {
        self.address
    }

    /// Signs an action's hash for a network. The same hash has the same signature, every time (RFC 6979).
    #[must_use]
    pub fn sign(&self, network: Network, id: ConnectionId) -> Signature {
        self.sign_digest(&agent_digest(network, id))
    }

    /// Signs a digest.
    pub(crate) fn sign_digest(&self, digest: &[u8; 32]) -> Signature {
        let (signature, recovery) = self.key.sign_prehash_recoverable(digest);
        let (r, s) = signature.split_bytes();
        Signature {
            r: r.into(),
            s: s.into(),
            v: 27 + u8::from(recovery.is_y_odd()),
        }
    }
}

impl FromStr for AgentKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        let digits = text.strip_prefix("0x").unwrap_or(text);
        if digits.is_empty() {
            return Err(KeyError::Empty);
        }
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hex && digits.len() == 40 {
            return Err(KeyError::AnAddress);
        }
        if !is_hex && text.split_whitespace().count() >= 12 {
            return Err(KeyError::APhrase);
        }
        let mut bytes: [u8; 32] = hex::read(digits).ok_or(KeyError::Malformed)?;
        let key = SigningKey::from_slice(&bytes).map_err(|_| KeyError::OutOfRange);
        bytes.zeroize();
        let key = key?;
        let address = address_of(key.verifying_key());
        Ok(Self { key, address })
    }
}

impl fmt::Debug for AgentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AgentKey({})", self.address)
    }
}
