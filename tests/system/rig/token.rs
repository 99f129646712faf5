//! Control tokens as the operator makes them, framed by hand.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::json;
use sha2::{Digest as _, Sha256};

/// One of the operator's keys.
pub(crate) struct Key(SigningKey);

impl Key {
    /// Another number, another key.
    pub(crate) fn number(number: u8) -> Self {
        Self(SigningKey::from_bytes(&[number; 32]))
    }

    fn kid(&self) -> String {
        let digest = Sha256::digest(self.0.verifying_key().as_bytes());
        digest
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// The file of public keys that workers get.
    pub(crate) fn published(keys: &[&Self]) -> String {
        let keys: Vec<_> = keys
            .iter()
            .map(|key| {
                json!({
                    "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": key.kid(),
                    "x": URL_SAFE_NO_PAD.encode(key.0.verifying_key().as_bytes()),
                })
            })
            .collect();
        json!({ "keys": keys }).to_string()
    }

    /// A token for that bot, made so many seconds ago.
    pub(crate) fn token(&self, audience: &str, scope: &str, ago_s: u64) -> String {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs()
            - ago_s;
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = part(json!({"alg": "EdDSA", "typ": "JWT", "kid": self.kid()}));
        let claims = part(json!({
            "iss": "aicoin-operator", "aud": audience, "scope": scope,
            "iat": now, "nbf": now, "exp": now + 60,
        }));
        let signed = format!("{header}.{claims}");
        let signature = self.0.sign(signed.as_bytes()).to_bytes();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}
