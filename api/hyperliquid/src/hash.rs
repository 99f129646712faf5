//! The hash that stands for an action.

use serde::Serialize;
use sha3::{Digest as _, Keccak256};

use crate::address::Address;

/// The hash that an agent signs: of the action, its nonce, the vault and the expiry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionId(pub [u8; 32]);

/// The action cannot be written as MessagePack.
#[derive(Debug, thiserror::Error)]
#[error("the action cannot be hashed: {0}")]
pub struct HashError(#[from] rmp_serde::encode::Error);

/// Hashes an action as the venue does: MessagePack with named fields in the order of `action`, the nonce (8 bytes,
/// big-endian), 0 or 1 and the vault's 20 bytes, and with an expiry 0 and its milliseconds (8 bytes, big-endian).
///
/// # Errors
/// When `action` has something that MessagePack has not; an [`crate::Action`] never has.
pub fn connection_id<A: Serialize + ?Sized>(
    action: &A,
    nonce: u64,
    vault: Option<Address>,
    expires_after: Option<u64>,
) -> Result<ConnectionId, HashError> {
    let mut bytes = Vec::with_capacity(256);
    let mut serializer = rmp_serde::Serializer::new(&mut bytes).with_struct_map();
    action.serialize(&mut serializer)?;
    bytes.extend_from_slice(&nonce.to_be_bytes());
    match vault {
        None => bytes.push(0),
        Some(Address(vault)) => {
            bytes.push(1);
            bytes.extend_from_slice(&vault);
        }
    }
    if let Some(expires_after) = expires_after {
        bytes.push(0);
        bytes.extend_from_slice(&expires_after.to_be_bytes());
    }
    Ok(ConnectionId(keccak(&[&bytes])))
}

/// Keccak-256 of the parts one after the other.
pub(crate) fn keccak(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Keccak256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}
