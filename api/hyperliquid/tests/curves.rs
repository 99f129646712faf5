//! What signs is one library, what recovers is another: a signature is the same from both.

use aicoin_hyperliquid::{AgentKey, ConnectionId, Network, Signature, agent_digest, recover_agent};
use k256::ecdsa::SigningKey;
use proptest::prelude::*;

proptest! {
    #[test]
    fn two_libraries_make_the_same_signature(
        secret in any::<[u8; 32]>().prop_filter("a key of the curve", |bytes| SigningKey::from_slice(bytes).is_ok()),
        id in any::<[u8; 32]>().prop_map(ConnectionId),
        is_mainnet in any::<bool>(),
    ) {
        let network = if is_mainnet { Network::Mainnet } else { Network::Testnet };
        let digits: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        let key: AgentKey = digits.parse().unwrap();
        let other = SigningKey::from_slice(&secret).unwrap();
        let (parts, recovery) = other.sign_prehash_recoverable(&agent_digest(network, id));
        let (r, s) = parts.split_bytes();
        let expected = Signature { r: r.into(), s: s.into(), v: 27 + u8::from(recovery.is_y_odd()) };
        let signature = key.sign(network, id);
        prop_assert_eq!(signature, expected);
        prop_assert_eq!(recover_agent(network, id, &signature), Some(key.address()));
    }
}
