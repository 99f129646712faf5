//! The way to the venue: dialled again and again until it is open.
//!
//! A worker whose venue does not answer, or whose key is wrong, is alive: it takes controls, shows its page, and says why
//! it does not trade.

use std::path::PathBuf;
use std::time::Duration;

use aicoin_api::bot::SecretKeyRef;
use aicoin_domain::Reason;
use aicoin_hyperliquid::AgentKey;
use aicoin_venue::{BootError, Booted, LeverageLeft, VenueConfig, boot, prove, set_leverage};
use tokio::sync::mpsc;

use crate::secrets;

/// The pause after the first failure; it doubles up to [`PAUSE_MAX`].
const PAUSE_FIRST: Duration = Duration::from_secs(1);
/// A person has to change something, or the venue is away for long: both are looked at this often.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// What keeps the bot from its venue; `sentence` is `None` once it is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// The code.
    pub(crate) reason: Reason,
    /// For people: what it is and how to mend it.
    pub(crate) sentence: Option<String>,
    /// A person must change something: waiting does not help.
    pub(crate) is_definite: bool,
}

/// Where the agent's key is.
#[derive(Clone, Debug)]
pub(crate) struct KeyPlace {
    /// The folder of the secrets.
    pub(crate) dir: Option<PathBuf>,
    /// Which secret.
    pub(crate) reference: SecretKeyRef,
}

/// What is needed to dial.
#[derive(Clone, Debug)]
pub(crate) struct Dial {
    /// The venue and the account.
    pub(crate) config: VenueConfig,
    /// Where the key is; `None` trades nothing at the venue.
    pub(crate) key: Option<KeyPlace>,
}

/// What came of dialling.
#[derive(Debug)]
pub(super) enum Dialled {
    /// Not yet, and why.
    Failed(Trouble),
    /// The way is open.
    Open(Box<Opened>),
}

/// An open way.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) booted: Booted,
    pub(super) key: Option<AgentKey>,
    /// Markets whose leverage could not be set.
    pub(super) leverage: Vec<LeverageLeft>,
}

impl Dial {
    /// One try.
    pub(super) async fn once(&self) -> Result<Opened, Trouble> {
        let key = self.key.as_ref().map(KeyPlace::read).transpose()?;
        let booted = boot(&self.config, key.as_ref().map(AgentKey::address))
            .await
            .map_err(|error| Trouble::of(&error))?;
        let mut leverage = Vec::new();
        if let Some(key) = &key {
            prove(&self.config, &booted, key)
                .await
                .map_err(|error| Trouble::of(&error))?;
            leverage = set_leverage(&self.config, &booted, key).await;
        }
        Ok(Opened {
            booted,
            key,
            leverage,
        })
    }

    /// Tries until it works, and says each time that another reason stands in the way. Ends when nobody listens.
    pub(super) async fn until_open(self, said: mpsc::Sender<Dialled>) {
        let mut pause = PAUSE_FIRST;
        let mut last: Option<Trouble> = None;
        loop {
            match self.once().await {
                Ok(opened) => {
                    // Nobody listens any more: the bot ends.
                    let _ = said.send(Dialled::Open(Box::new(opened))).await;
                    return;
                }
                Err(trouble) => {
                    if last.as_ref() != Some(&trouble) {
                        last = Some(trouble.clone());
                        if said.send(Dialled::Failed(trouble)).await.is_err() {
                            return;
                        }
                    }
                }
            }
            tokio::time::sleep(pause).await;
            pause = pause.saturating_mul(2).min(PAUSE_MAX);
        }
    }
}

impl KeyPlace {
    fn read(&self) -> Result<AgentKey, Trouble> {
        let SecretKeyRef { name, key } = &self.reference;
        let missing = |sentence: String| Trouble {
            reason: Reason::KeyMissing,
            sentence: Some(sentence),
            is_definite: true,
        };
        let text = secrets::read(self.dir.as_deref(), &self.reference).map_err(|why| {
            missing(format!(
                "The agent's key that spec.exchange.hyperliquid.agentKeySecretRef names ({name}/{key}) is not there ({}): \
                 nothing is sent until it is.",
                why.trim_end_matches('.')
            ))
        })?;
        text.parse().map_err(|error: aicoin_hyperliquid::KeyError| {
            missing(format!(
                "spec.exchange.hyperliquid.agentKeySecretRef {name}/{key}: {error}. Nothing is sent until it is mended."
            ))
        })
    }
}

impl Trouble {
    /// A market whose leverage could not be set. Where margin is isolated that decides how near a liquidation is.
    pub(super) fn of_leverage(left: &LeverageLeft) -> Self {
        let LeverageLeft {
            market,
            wanted,
            is_cross,
            why,
        } = left;
        let mode = if *is_cross { "cross" } else { "isolated" };
        Self {
            reason: Reason::LeverageTooHigh,
            sentence: Some(format!(
                "The leverage of {market} could not be set to {mode} {wanted}: {}. Nothing is opened before it is: set it at \
                 the venue and start the bot again.",
                why.trim_end_matches('.')
            )),
            is_definite: true,
        }
    }

    pub(super) fn of(error: &BootError) -> Self {
        Self {
            reason: error.reason(),
            sentence: Some(error.to_string()),
            is_definite: error.is_definite(),
        }
    }
}
