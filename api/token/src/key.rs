//! The operator's key pair.
//!
//! Never: a `Debug`, a `Clone` or a `Serialize` of the private half; it is overwritten when it is dropped.
//!
//! ```compile_fail
//! fn shown<T: std::fmt::Debug>() {}
//! shown::<aicoin_token::SigningKey>();
//! ```
//! ```compile_fail
//! fn copied<T: Clone>() {}
//! copied::<aicoin_token::SigningKey>();
//! ```
//! ```compile_fail
//! fn written<T: serde::Serialize>() {}
//! written::<aicoin_token::SigningKey>();
//! ```

use std::fmt::Write as _;

use ed25519_dalek::pkcs8::DecodePrivateKey as _;
use ed25519_dalek::{Signature, Signer as _, VerifyingKey};
use sha2::{Digest as _, Sha256};

use crate::claims::Claims;
use crate::jwks::{KEYS_BYTES_MAX, KEYS_MAX};
use crate::token;

/// The longest text that is taken for a private key, in bytes: one is about 120.
const PEM_BYTES_MAX: usize = 4096;
/// Bytes of a key's hash that name it.
const KID_BYTES: usize = 8;

/// The private key that signs control tokens. It has no `Debug`, no `Clone` and no `Serialize`.
pub struct SigningKey(ed25519_dalek::SigningKey);

/// The public half of a control key: it can check a token and make none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// Why a text is no key. It never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No PKCS#8 PEM of an Ed25519 key.
    #[error(
        "this is no Ed25519 private key in PKCS#8 PEM (\"-----BEGIN PRIVATE KEY-----\"): make one with \
         `openssl genpkey -algorithm ed25519`"
    )]
    NotAPrivateKey,
    /// No JSON Web Key Set.
    #[error("the control keys are no JSON Web Key Set: the operator writes it, look at its log")]
    NotAKeySet,
    /// A key of the set is damaged.
    #[error("control key number {0} is damaged: the operator writes the set, look at its log")]
    DamagedKey(usize),
    /// None of the keys is one that can be used.
    #[error(
        "there is no Ed25519 key among the control keys: the operator writes them, look at its log"
    )]
    NoKey,
    /// More than a rotation needs.
    #[error(
        "there are more than {KEYS_MAX} control keys, or more than {KEYS_BYTES_MAX} bytes of them"
    )]
    TooMany,
}

impl SigningKey {
    /// The key of a PKCS#8 PEM text, as Helm's `genPrivateKey "ed25519"` and `openssl genpkey` write it.
    ///
    /// # Errors
    /// When it is something else, for example an RSA key.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        if text.len() > PEM_BYTES_MAX {
            return Err(KeyError::NotAPrivateKey);
        }
        ed25519_dalek::SigningKey::from_pkcs8_pem(text.trim())
            .map(Self)
            .map_err(|_| KeyError::NotAPrivateKey)
    }

    /// The half that workers get.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// A token that is valid from `now_s` (seconds since 1970) for a minute.
    #[must_use]
    pub fn mint(&self, claims: &Claims<'_>, now_s: u64) -> String {
        token::mint(self, claims, now_s)
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; Signature::BYTE_SIZE] {
        self.0.sign(message).to_bytes()
    }
}

impl PublicKey {
    /// The key's name in tokens and key sets: 16 hexadecimal digits of its SHA-256.
    #[must_use]
    pub fn kid(&self) -> String {
        let mut kid = String::with_capacity(2 * KID_BYTES);
        for byte in Sha256::digest(self.0.as_bytes()).iter().take(KID_BYTES) {
            // Writing into a String cannot fail.
            let _ = write!(kid, "{byte:02x}");
        }
        kid
    }

    /// A key of its 32 bytes; none of those under which anybody's signature would be valid.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let key = VerifyingKey::from_bytes(bytes.try_into().ok()?).ok()?;
        (!key.is_weak()).then_some(Self(key))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    pub(crate) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.0.verify_strict(message, &signature).is_ok())
    }
}
