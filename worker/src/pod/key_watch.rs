//! The key of the model, as the kubelet mounts it: looked at again and again, because it may come late, change, or go.
//!
//! Never: a rule in place of the model that the manifest names. Without its key the bot protects what it has and opens
//! nothing, and says so.

use std::path::{Path, PathBuf};
use std::time::Duration;

use aicoin_ai::ApiKey;
use aicoin_api::bot::SecretKeyRef;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

use crate::secrets;
use crate::shell::{AiChange, Model};

/// The kubelet itself takes up to a minute to bring a Secret into a pod.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Where a key is, and what was last made of it.
pub(crate) struct KeyWatch {
    model: Model,
    dir: PathBuf,
    reference: SecretKeyRef,
    /// A digest of the key, or why there is none: the key itself is kept in one place only.
    seen: Option<Seen>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    Key([u8; 32]),
    Missing(String),
}

impl KeyWatch {
    /// A watch of the key of that model.
    pub(crate) fn new(model: Model, dir: &Path, reference: &SecretKeyRef) -> Self {
        Self {
            model,
            dir: dir.to_owned(),
            reference: reference.clone(),
            seen: None,
        }
    }

    /// What changed since the last look.
    pub(crate) fn look(&mut self) -> Option<AiChange> {
        let text = secrets::read(Some(&self.dir), &self.reference);
        let seen = match &text {
            Ok(text) => Seen::Key(Sha256::digest(text.as_bytes()).into()),
            Err(why) => Seen::Missing(why.clone()),
        };
        if self.seen.as_ref() == Some(&seen) {
            return None;
        }
        self.seen = Some(seen);
        let desk = text.and_then(|text| {
            let key = ApiKey::new(&text).map_err(|error| error.to_string())?;
            self.model
                .desk(Some(key))
                .map_err(|fault| fault.to_string())
        });
        Some(match desk {
            Ok(desk) => AiChange {
                desk: Some(desk),
                missing: None,
            },
            Err(why) => AiChange {
                desk: None,
                missing: Some(self.sentence(&why)),
            },
        })
    }

    /// Looks until nobody wants to hear of it any more.
    pub(crate) async fn run(mut self, changes: mpsc::Sender<AiChange>) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            if let Some(change) = self.look()
                && changes.send(change).await.is_err()
            {
                return;
            }
        }
    }

    fn sentence(&self, why: &str) -> String {
        format!(
            "The key {} of the Secret {} that spec.decision.ai.apiKeySecretRef names is not there or cannot be used ({}): \
             nothing is opened until it is; what is open stays protected.",
            self.reference.key,
            self.reference.name,
            why.trim_end_matches('.')
        )
    }
}
