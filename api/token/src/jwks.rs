//! The public keys that a worker trusts: the current one and, while a key is being changed, the next.
//!
//! Their file is a JSON Web Key Set (RFC 7517). A key of another kind in it is passed over, so that a later operator may
//! write one without locking older workers out of their controls.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::claims::Scope;
use crate::key::{KeyError, PublicKey};
use crate::refused::Refused;
use crate::token;

/// The most keys in a set.
pub const KEYS_MAX: usize = 4;
/// The longest key set, in bytes: one of four keys is under 1 KiB.
pub(crate) const KEYS_BYTES_MAX: usize = 16 * 1024;

/// The public keys that tokens are checked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys(Vec<Named>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Named {
    kid: String,
    key: PublicKey,
}

#[derive(Serialize, Deserialize)]
struct KeySet<K> {
    keys: Vec<K>,
}

#[derive(Serialize)]
struct Written<'a> {
    kty: &'a str,
    crv: &'a str,
    alg: &'a str,
    #[serde(rename = "use")]
    usage: &'a str,
    kid: String,
    x: String,
}

#[derive(Deserialize)]
struct Read {
    kty: String,
    crv: Option<String>,
    kid: Option<String>,
    x: Option<String>,
}

impl Keys {
    /// The key set as text, in the given order: the current key first.
    #[must_use]
    pub fn to_jwks(keys: &[PublicKey]) -> String {
        let keys = keys
            .iter()
            .map(|key| Written {
                kty: "OKP",
                crv: "Ed25519",
                alg: "EdDSA",
                usage: "sig",
                kid: key.kid(),
                x: URL_SAFE_NO_PAD.encode(key.as_bytes()),
            })
            .collect();
        // Strings in a list: there is nothing that JSON could not write.
        serde_json::to_string(&KeySet { keys }).unwrap_or_default()
    }

    /// The keys of a key set.
    ///
    /// # Errors
    /// When it is no key set, has no key of ours, a damaged one, or too many.
    pub fn from_jwks(text: &str) -> Result<Self, KeyError> {
        if text.len() > KEYS_BYTES_MAX {
            return Err(KeyError::TooMany);
        }
        let set: KeySet<Read> = serde_json::from_str(text).map_err(|_| KeyError::NotAKeySet)?;
        if set.keys.len() > KEYS_MAX {
            return Err(KeyError::TooMany);
        }
        let mut keys = Vec::with_capacity(set.keys.len());
        for (at, read) in set.keys.iter().enumerate() {
            if read.kty == "OKP" && read.crv.as_deref() == Some("Ed25519") {
                keys.push(named(read).ok_or(KeyError::DamagedKey(at.saturating_add(1)))?);
            }
        }
        if keys.is_empty() {
            return Err(KeyError::NoKey);
        }
        Ok(Self(keys))
    }

    /// Whether `token` lets its bearer do what `need` says with the bot whose uid is `audience`, at `now_s`.
    ///
    /// # Errors
    /// When it does not.
    pub fn verify(
        &self,
        token: &str,
        audience: &str,
        need: Scope,
        now_s: u64,
    ) -> Result<(), Refused> {
        token::verify(self, token, audience, need, now_s)
    }

    pub(crate) fn by_kid(&self, kid: &str) -> Option<&PublicKey> {
        self.0
            .iter()
            .find(|it| it.kid == kid)
            .map(|named| &named.key)
    }
}

/// The key with the name that follows from it: a set that gives it another one was not written by us.
fn named(read: &Read) -> Option<Named> {
    let bytes = URL_SAFE_NO_PAD.decode(read.x.as_deref()?).ok()?;
    let key = PublicKey::from_bytes(&bytes)?;
    let kid = key.kid();
    (read.kid.as_deref() == Some(kid.as_str())).then_some(Named { kid, key })
}
