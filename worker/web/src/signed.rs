//! In a cluster: tokens that the operator signed, checked with the public keys that it mounts into the pod.
//!
//! The keys are read live: a key that is changed restarts nobody. Keys that were read once go on counting while their file
//! is missing or damaged, because nobody may lose the right to pause by that.
//!
//! Never: a private key, a bot that has no uid, the reason of a refusal on the wire.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aicoin_token::{Keys, Refused, Scope};

use crate::auth::Need;

/// A key set is under 1 KiB; what is larger is none.
const FILE_BYTES_MAX: u64 = 16 * 1024;

/// A refusal is logged at most this often.
const SAY_EVERY: Duration = Duration::from_secs(10);

/// Whose tokens are believed, and for which bot. Clones share what was read.
#[derive(Clone, Debug)]
pub struct Signed(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    file: PathBuf,
    audience: String,
    known: Mutex<Known>,
    /// When a refusal was logged last.
    said_at: Mutex<Option<Instant>>,
}

#[derive(Debug, Default)]
struct Known {
    /// What the file looked like when it was read last, whatever came of it.
    stamp: Option<Stamp>,
    keys: Option<Keys>,
}

/// What changes with a file: the kubelet swaps a whole folder, so inode and time are new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    bytes: u64,
    changed: (i64, i64),
}

impl Signed {
    /// Tokens for the bot of that uid, signed by a key of that file. It need not be there yet.
    #[must_use]
    pub fn new(file: PathBuf, audience: String) -> Self {
        Self(Arc::new(Inner {
            file,
            audience,
            known: Mutex::default(),
            said_at: Mutex::default(),
        }))
    }

    /// Whether the token opens that.
    pub(crate) fn admits(&self, token: &str, need: Need) -> bool {
        let scope = match need {
            Need::Read => Scope::Read,
            Need::Control => Scope::Control,
        };
        let now_s = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        match self.verify(token, scope, now_s) {
            Ok(()) => true,
            Err(refused) => {
                self.say(refused);
                false
            }
        }
    }

    /// Why a token was refused, for whoever looks for it; not a line for each, because anybody may send one.
    fn say(&self, refused: Refused) {
        let mut said_at = self
            .0
            .said_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if said_at.is_none_or(|at| at.elapsed() >= SAY_EVERY) {
            *said_at = Some(Instant::now());
            tracing::warn!("A request was refused: {refused}");
        }
    }

    fn verify(&self, token: &str, scope: Scope, now_s: u64) -> Result<(), Refused> {
        let verdict = |keys: Option<Keys>| {
            keys.ok_or(Refused::UnknownKey)?
                .verify(token, &self.0.audience, scope, now_s)
        };
        match verdict(self.keys(false)) {
            // The file may have been changed within the resolution of its time.
            Err(Refused::UnknownKey) => verdict(self.keys(true)),
            verdict => verdict,
        }
    }

    /// The keys as the file has them now.
    fn keys(&self, again: bool) -> Option<Keys> {
        let mut known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = stamp_of(&self.0.file);
        if again || stamp != known.stamp {
            match read(&self.0.file) {
                Ok(keys) => known.keys = Some(keys),
                Err(why) if stamp != known.stamp || known.keys.is_none() => {
                    tracing::warn!("The control keys cannot be read: {why}");
                }
                Err(_) => {}
            }
            known.stamp = stamp;
        }
        known.keys.clone()
    }
}

fn stamp_of(file: &Path) -> Option<Stamp> {
    let metadata = std::fs::metadata(file).ok()?;
    Some(Stamp {
        inode: metadata.ino(),
        bytes: metadata.len(),
        changed: (metadata.mtime(), metadata.mtime_nsec()),
    })
}

fn read(file: &Path) -> Result<Keys, String> {
    let shown = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let bytes = std::fs::metadata(file)
        .map_err(|error| shown(&error))?
        .len();
    if bytes > FILE_BYTES_MAX {
        return Err(shown(&format!("it has {bytes} bytes")));
    }
    let text = std::fs::read_to_string(file).map_err(|error| shown(&error))?;
    Keys::from_jwks(&text).map_err(|error| shown(&error))
}

#[cfg(test)]
mod tests {
    use aicoin_token::{Claims, SigningKey};

    use super::*;

    const BOT: &str = "1d2f6c0e";
    const NOW: u64 = 1_800_000_000;
    const CURRENT: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEIOVWPTeTSXRPL2n3c+K1MDfEkTjv3UYjBLyZND3TxHWU\n\
        -----END PRIVATE KEY-----\n";
    const NEXT: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEIANA9HyEwkjVs89jrK2b35RJd8TZ/yq35dVnacnxCLZ4\n\
        -----END PRIVATE KEY-----\n";

    fn token(pem: &str) -> String {
        let claims = Claims {
            audience: BOT,
            scope: Scope::Control,
        };
        SigningKey::from_pem(pem).unwrap().mint(&claims, NOW)
    }

    /// Swapped as the kubelet does it: the new content is beside it, then it is the file.
    fn publish(file: &Path, pems: &[&str]) {
        let keys: Vec<_> = pems
            .iter()
            .map(|pem| SigningKey::from_pem(pem).unwrap().public())
            .collect();
        let draft = file.with_extension("new");
        std::fs::write(&draft, Keys::to_jwks(&keys)).unwrap();
        std::fs::rename(draft, file).unwrap();
    }

    #[test]
    fn a_rotated_key_needs_no_restart() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("keys.json");
        let signed = Signed::new(file.clone(), BOT.to_owned());
        let says = |pem: &str| signed.verify(&token(pem), Scope::Control, NOW);
        assert_eq!(says(CURRENT), Err(Refused::UnknownKey), "no file yet");
        for (published, current, next) in [
            (&[CURRENT][..], Ok(()), Err(Refused::UnknownKey)),
            (&[CURRENT, NEXT], Ok(()), Ok(())),
            (&[NEXT], Err(Refused::UnknownKey), Ok(())),
        ] {
            publish(&file, published);
            assert_eq!((says(CURRENT), says(NEXT)), (current, next));
        }
    }

    #[test]
    fn a_damaged_or_missing_file_takes_the_right_to_pause_from_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("keys.json");
        publish(&file, &[CURRENT]);
        let signed = Signed::new(file.clone(), BOT.to_owned());
        let says = || signed.verify(&token(CURRENT), Scope::Control, NOW);
        assert_eq!(says(), Ok(()));
        std::fs::write(&file, "{").unwrap();
        assert_eq!(says(), Ok(()));
        std::fs::write(&file, "x".repeat(20_000)).unwrap();
        assert_eq!(says(), Ok(()));
        std::fs::remove_file(&file).unwrap();
        assert_eq!(says(), Ok(()));
    }

    #[test]
    fn a_token_for_another_bot_opens_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("keys.json");
        publish(&file, &[CURRENT]);
        for audience in ["another", ""] {
            let signed = Signed::new(file.clone(), audience.to_owned());
            assert_eq!(
                signed.verify(&token(CURRENT), Scope::Read, NOW),
                Err(Refused::WrongAudience)
            );
        }
    }
}
