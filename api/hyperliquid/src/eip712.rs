//! EIP-712: what is signed of a typed message, and who signed it.

use k256::ecdsa::{RecoveryId, VerifyingKey};

use crate::address::Address;
use crate::hash::{ConnectionId, keccak};
use crate::network::Network;
use crate::signature::Signature;

/// `keccak256` of the domain that every agent signs under: name `Exchange`, version `1`, chain 1337, no contract.
const AGENT_DOMAIN: [u8; 32] = [
    0xd7, 0x92, 0x97, 0xfc, 0xdf, 0x2f, 0xfc, 0xd4, 0xae, 0x22, 0x3d, 0x01, 0xed, 0xaa, 0x2b, 0xa2,
    0x14, 0xff, 0x8f, 0x40, 0x1d, 0x7c, 0x93, 0x00, 0xd9, 0x95, 0xd1, 0x7c, 0x82, 0xaa, 0x40, 0x40,
];
/// `keccak256("Agent(string source,bytes32 connectionId)")`.
const AGENT_TYPE: [u8; 32] = [
    0x26, 0xf0, 0x5c, 0x2f, 0x72, 0x39, 0xb6, 0x98, 0x30, 0x75, 0xe5, 0x83, 0x21, 0x29, 0x2d, 0x77,
    0xb3, 0xaa, 0x17, 0x3d, 0x19, 0xb2, 0x72, 0x57, 0xac, 0x96, 0xab, 0x36, 0x25, 0x70, 0xf5, 0x08,
];

/// The 32 bytes that an agent signs for an action on a network.
#[must_use]
pub fn agent_digest(network: Network, id: ConnectionId) -> [u8; 32] {
    let source = keccak(&[network.source().as_bytes()]);
    typed_digest(&AGENT_DOMAIN, &keccak(&[&AGENT_TYPE, &source, &id.0]))
}

/// Whose key signed an action; `None` when the signature is none of any key. A signature of something else yields
/// some address that nobody knows: the venue answers that it does not exist.
#[must_use]
pub fn recover_agent(network: Network, id: ConnectionId, signature: &Signature) -> Option<Address> {
    recover(&agent_digest(network, id), signature)
}

/// The digest of a struct's hash under a domain.
pub(crate) fn typed_digest(domain: &[u8; 32], message: &[u8; 32]) -> [u8; 32] {
    keccak(&[&[0x19, 0x01], domain, message])
}

/// Whose key signed a digest.
pub(crate) fn recover(digest: &[u8; 32], signature: &Signature) -> Option<Address> {
    let parts = k256::ecdsa::Signature::from_scalars(signature.r, signature.s).ok()?;
    let id = RecoveryId::new(signature.v == 28, false);
    let key = VerifyingKey::recover_from_prehash(digest, &parts, id).ok()?;
    Some(address_of(key.to_sec1_point(false).as_bytes()))
}

/// The address of a key: the last 20 bytes of the hash of its point, which comes uncompressed.
pub(crate) fn address_of(point: &[u8]) -> Address {
    // The first byte only says that the point is not compressed.
    let hash = keccak(&[point.get(1..).unwrap_or_default()]);
    let mut address = [0; 20];
    for (to, from) in address.iter_mut().zip(hash.iter().skip(12)) {
        *to = *from;
    }
    Address(address)
}
