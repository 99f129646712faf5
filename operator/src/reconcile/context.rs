//! What every pass needs.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::contact::Caller;
use crate::keys::KeyRing;
use crate::lead::Gate;
use crate::memo::Memos;
use crate::metrics::Metrics;
use crate::patience::Patience;
use crate::queue::{Lane, Queue};
use crate::settings::Settings;
use crate::world::{BotKey, Seen, Uid, World};
use crate::writer::Writer;

/// Bots that take up a new default image at the same time.
const UPDATES_AT_ONCE: usize = 3;
/// One that is not ready by then does not keep others from theirs.
const UPDATE_TIME: Duration = Duration::from_secs(300);

/// What is reconciled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A bot.
    Bot(BotKey),
    /// What is left of a bot that is gone, by its uid.
    Orphan(Uid),
    /// The ConfigMap of keys of a namespace.
    Namespace(Arc<str>),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bot(bot) => write!(f, "{bot}"),
            Self::Orphan(uid) => write!(f, "orphan {uid}"),
            Self::Namespace(namespace) => write!(f, "namespace {namespace}"),
        }
    }
}

/// Bots that take up a new default image by themselves, a few at a time.
#[derive(Debug, Default)]
pub struct Updates {
    /// Whose turn it is, and since when.
    turns: HashMap<Key, Instant>,
    /// Who waits for a turn.
    waiting: BTreeSet<Key>,
}

/// What every pass needs.
#[derive(Debug)]
pub struct Context {
    /// What is known.
    pub world: World,
    /// What is to be done.
    pub queue: Queue<Key>,
    /// What is remembered between passes.
    pub memos: Memos<Key>,
    /// Writes.
    pub writer: Writer,
    /// Whether writes may start.
    pub gate: Arc<Gate>,
    /// Calls to workers.
    pub caller: Caller,
    /// The keys that sign those.
    pub keys: Arc<KeyRing>,
    /// What children look like.
    pub settings: Settings,
    /// How long things may take.
    pub patience: Patience,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// This replica, for Events.
    pub identity: String,
    /// Held while the ConfigMap of keys of a namespace is made.
    pub making_keys: tokio::sync::Mutex<()>,
    /// Who takes up a new default image by itself.
    pub updates: Mutex<Updates>,
    /// The additional certificate authorities, as read last.
    pub extra_ca: std::sync::RwLock<Option<String>>,
}

impl Context {
    /// Whether it is this bot's turn to take up a new default image.
    #[must_use]
    pub fn may_update(&self, key: &Key) -> bool {
        let mut updates = self.updates.lock().unwrap_or_else(PoisonError::into_inner);
        let Updates { turns, waiting } = &mut *updates;
        turns.retain(|_, since| since.elapsed() < UPDATE_TIME);
        if turns.contains_key(key) || turns.len() < UPDATES_AT_ONCE {
            turns.entry(key.clone()).or_insert_with(Instant::now);
            waiting.remove(key);
            return true;
        }
        waiting.insert(key.clone());
        false
    }

    /// A bot that runs the default image and is ready makes room for the next one.
    pub fn watch_update(&self, key: &Key, seen: &Seen) {
        let is_done = seen
            .deployment()
            .is_some_and(|(_, view)| view.image == self.settings.default_image)
            // The pod from before is ready until it goes.
            && seen
                .pod
                .as_ref()
                .is_some_and(|pod| pod.ready && *pod.image == *self.settings.default_image);
        if is_done {
            self.end_turn(key);
        }
    }

    /// Its turn is over, or it is gone: the next one is looked at.
    pub fn end_turn(&self, key: &Key) {
        let mut updates = self.updates.lock().unwrap_or_else(PoisonError::into_inner);
        updates.waiting.remove(key);
        if updates.turns.remove(key).is_some()
            && let Some(next) = updates.waiting.pop_first()
        {
            self.queue.push(next, Lane::Normal);
        }
    }

    /// The additional certificate authorities.
    #[must_use]
    pub fn extra_ca(&self) -> Option<String> {
        self.extra_ca
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
