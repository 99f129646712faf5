//! An agent's private key.

use core::fmt;
use core::str::FromStr;

use secp256k1::{Message, PublicKey, Secp256k1, SecretKey, SignOnly};
use zeroize::Zeroize as _;

use crate::address::Address;
use crate::eip712::{address_of, agent_digest};
use crate::hash::{ConnectionId, keccak};
use crate::hex;
use crate::network::Network;
use crate::signature::Signature;

/// The private key of an agent ("API wallet"). It cannot be shown, copied or written, and is wiped when it goes.
pub struct AgentKey {
    key: SecretKey,
    curve: Secp256k1<SignOnly>,
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
        let message = Message::from_digest(*digest);
        let signature = self.curve.sign_ecdsa_recoverable(message, &self.key);
        let (recovery, halves) = signature.serialize_compact();
        let (mut r, mut s) = ([0; 32], [0; 32]);
        for (to, from) in r.iter_mut().chain(&mut s).zip(halves) {
            *to = from;
        }
        Signature {
            r,
            s,
            // The lowest bit says which of the two points with that x it is.
            v: 27 + u8::from(i32::from(recovery) & 1 == 1),
        }
    }
}

impl Drop for AgentKey {
    fn drop(&mut self) {
        self.key.non_secure_erase();
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
        let key = SecretKey::from_byte_array(bytes).map_err(|_| KeyError::OutOfRange);
        // Steps of a signature are hidden by a number that nobody knows who does not know the key.
        let mut blind = keccak(&[b"aicoin: blind", &bytes]);
        bytes.zeroize();
        let key = key?;
        let mut curve = Secp256k1::signing_only();
        curve.seeded_randomize(&blind);
        blind.zeroize();
        let point = PublicKey::from_secret_key(&curve, &key).serialize_uncompressed();
        Ok(Self {
            key,
            curve,
            address: address_of(&point),
        })
    }
}

impl fmt::Debug for AgentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AgentKey({})", self.address)
    }
}
