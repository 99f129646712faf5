//! The control key: which one signs, and which ones workers are told of.
//!
//! A changed key is published as the next one, signs only after every kubelet had time to hand it to its pods, and the
//! old one stays published for a while after that. Never: a key in a log line, or one that signs unpublished while the
//! other is still here.

use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

use aicoin_token::{Claims, Keys, PublicKey, Scope, SigningKey};

/// A key file is some hundred bytes.
const FILE_BYTES_MAX: u64 = 16 * 1024;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file cannot be read.
    #[error("The control key {0} cannot be read: {1}.")]
    Unreadable(PathBuf, std::io::Error),
    /// What is in it is no key.
    #[error("{0} holds no control key ({1}): it must be an Ed25519 private key as PEM (PKCS#8).")]
    NoKey(PathBuf, aicoin_token::KeyError),
    /// It is far too large for a key.
    #[error("{0} is larger than {FILE_BYTES_MAX} bytes: that is no key.")]
    TooLarge(PathBuf),
}

/// Reads the key file.
///
/// # Errors
/// A sentence, without anything of the file.
pub fn read(path: &Path) -> Result<SigningKey, KeyFileError> {
    let unreadable = |error| KeyFileError::Unreadable(path.to_owned(), error);
    if std::fs::metadata(path).map_err(unreadable)?.len() > FILE_BYTES_MAX {
        return Err(KeyFileError::TooLarge(path.to_owned()));
    }
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    SigningKey::from_pem(&text).map_err(|error| KeyFileError::NoKey(path.to_owned(), error))
}

/// The keys of this process.
#[derive(Debug)]
pub struct KeyRing {
    inner: RwLock<Ring>,
    /// From publication to the first signature, and from there to the old key's end.
    overlap: Duration,
}

struct Ring {
    signing: SigningKey,
    next: Option<(SigningKey, Instant)>,
    retired: Option<(PublicKey, Instant)>,
}

impl std::fmt::Debug for Ring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ring(…)")
    }
}

impl KeyRing {
    /// With the key that signs.
    #[must_use]
    pub fn new(signing: SigningKey, overlap: Duration) -> Self {
        Self {
            inner: RwLock::new(Ring {
                signing,
                next: None,
                retired: None,
            }),
            overlap,
        }
    }

    /// The key file was read again. True when what is published changes.
    pub fn on_file(&self, key: SigningKey, now: Instant) -> bool {
        let mut ring = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        let kid = key.public().kid();
        if kid == ring.signing.public().kid() {
            // Set back: the one that was to come does not come.
            return ring.next.take().is_some();
        }
        if ring
            .next
            .as_ref()
            .is_some_and(|(next, _)| next.public().kid() == kid)
        {
            return false;
        }
        if ring
            .retired
            .as_ref()
            .is_some_and(|(old, _)| old.kid() == kid)
        {
            // The one before comes back: it is published once.
            ring.retired = None;
        }
        ring.next = Some((key, now + self.overlap));
        true
    }

    /// Time went by. True when what is published changes.
    pub fn on_time(&self, now: Instant) -> bool {
        let mut ring = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        if ring.next.as_ref().is_some_and(|(_, at)| now >= *at)
            && let Some((next, _)) = ring.next.take()
        {
            let old = std::mem::replace(&mut ring.signing, next);
            ring.retired = Some((old.public(), now + self.overlap));
            return true;
        }
        if ring.retired.as_ref().is_some_and(|(_, at)| now >= *at) {
            ring.retired = None;
            return true;
        }
        false
    }

    /// What workers are told: the key that signs first.
    #[must_use]
    pub fn jwks(&self) -> String {
        let ring = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        let mut keys = vec![ring.signing.public()];
        keys.extend(ring.next.as_ref().map(|(next, _)| next.public()));
        keys.extend(ring.retired.as_ref().map(|(old, _)| *old));
        Keys::to_jwks(&keys)
    }

    /// A token for one bot's worker.
    #[must_use]
    pub fn mint(&self, audience: &str, scope: Scope, now_s: u64) -> String {
        let ring = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        ring.signing.mint(&Claims { audience, scope }, now_s)
    }
}

#[cfg(test)]
mod tests;
