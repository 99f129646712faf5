//! What the operator knows of the cluster: pruned copies of the objects that it watches.
//!
//! For: one look-up that costs no API call. Never: a whole object kept (managedFields alone would be two thirds of the
//! memory), an older copy put over a newer one: what a write of ours answered counts at once, and a watch event from
//! before it is passed over.

mod bot;
mod child;
mod pod;
mod watched;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

pub use bot::{Asked, Bot, BotKey, canonical};
pub use child::{Child, ChildKind, DeploymentView};
pub use pod::{Failing, Pod};
pub use watched::Watched;

/// A Kubernetes uid.
pub type Uid = Arc<str>;

/// A bot with everything that belongs to it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The bot.
    pub bot: Arc<Bot>,
    /// Its children.
    pub children: Vec<Arc<Child>>,
    /// The pod that counts: the newest that is not going away, else the newest.
    pub pod: Option<Arc<Pod>>,
    /// How many pods there are, with those that are going away.
    pub pods: usize,
}

impl Seen {
    /// The Deployment, as the cluster has it.
    #[must_use]
    pub fn deployment(&self) -> Option<(&Child, &DeploymentView)> {
        deployment(&self.children)
    }
}

/// The Deployment among these children.
#[must_use]
pub fn deployment(children: &[Arc<Child>]) -> Option<(&Child, &DeploymentView)> {
    children
        .iter()
        .find_map(|child| child.deployment.as_ref().map(|view| (child.as_ref(), view)))
}

/// Children and pods whose bot is gone.
#[derive(Clone, Debug)]
pub struct Orphan {
    /// What is left.
    pub children: Vec<Arc<Child>>,
    /// The pod that counts.
    pub pod: Option<Arc<Pod>>,
}

/// The ConfigMap of control public keys in a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyMap {
    /// Its version.
    pub resource_version: String,
    /// What it holds, by key.
    pub data: std::collections::BTreeMap<String, String>,
}

#[derive(Debug, Default)]
struct Inner {
    bots: HashMap<BotKey, Arc<Bot>>,
    by_uid: HashMap<Uid, BotKey>,
    children: HashMap<Uid, Vec<Arc<Child>>>,
    pods: HashMap<Uid, Vec<Arc<Pod>>>,
    key_maps: HashMap<Arc<str>, KeyMap>,
}

/// The caches.
#[derive(Debug, Default)]
pub struct World {
    inner: RwLock<Inner>,
}

impl World {
    fn read(&self) -> RwLockReadGuard<'_, Inner> {
        // A panic elsewhere leaves whole entries: every change is one insertion.
        self.inner.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Inner> {
        self.inner.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// A bot and all that belongs to it.
    #[must_use]
    pub fn seen(&self, key: &BotKey) -> Option<Seen> {
        let inner = self.read();
        let bot = Arc::clone(inner.bots.get(key)?);
        let pods = inner.pods.get(&bot.uid);
        Some(Seen {
            children: inner.children.get(&bot.uid).cloned().unwrap_or_default(),
            pod: pods.and_then(|pods| pod::the_one(pods)),
            pods: pods.map_or(0, Vec::len),
            bot,
        })
    }

    /// What is left of a bot that is gone; `None` when the bot is there, or nothing is left.
    #[must_use]
    pub fn orphan(&self, uid: &str) -> Option<Orphan> {
        let inner = self.read();
        if inner.by_uid.contains_key(uid) {
            return None;
        }
        let children = inner.children.get(uid)?.clone();
        let pod = inner.pods.get(uid).and_then(|pods| pod::the_one(pods));
        Some(Orphan { children, pod })
    }

    /// The bot of a uid.
    #[must_use]
    pub fn bot_by_uid(&self, uid: &str) -> Option<Arc<Bot>> {
        let inner = self.read();
        inner.bots.get(inner.by_uid.get(uid)?).cloned()
    }

    /// All bots.
    #[must_use]
    pub fn bot_keys(&self) -> Vec<BotKey> {
        self.read().bots.keys().cloned().collect()
    }

    /// All bots' uids.
    #[must_use]
    pub fn bots_len(&self) -> usize {
        self.read().bots.len()
    }

    /// The uids of bots that are gone and have children left.
    #[must_use]
    pub fn orphans(&self) -> Vec<Uid> {
        let inner = self.read();
        inner
            .children
            .keys()
            .filter(|uid| !inner.by_uid.contains_key(*uid))
            .cloned()
            .collect()
    }

    /// Namespaces that hold a bot, children or the ConfigMap of keys.
    #[must_use]
    pub fn namespaces(&self) -> BTreeSet<Arc<str>> {
        let inner = self.read();
        let of_bots = inner.bots.keys().map(|key| Arc::clone(&key.namespace));
        of_bots.chain(inner.key_maps.keys().cloned()).collect()
    }

    /// Whether a namespace holds a bot, or something of one that is gone.
    #[must_use]
    pub fn is_in_use(&self, namespace: &str) -> bool {
        let inner = self.read();
        inner.bots.keys().any(|key| &*key.namespace == namespace)
            || inner
                .children
                .values()
                .flatten()
                .any(|child| &*child.namespace == namespace)
    }

    /// The ConfigMap of keys of a namespace.
    #[must_use]
    pub fn key_map(&self, namespace: &str) -> Option<KeyMap> {
        self.read().key_maps.get(namespace).cloned()
    }

    /// Puts the ConfigMap of keys of a namespace.
    pub fn put_key_map(&self, namespace: Arc<str>, map: Option<KeyMap>) {
        let mut inner = self.write();
        match map {
            Some(map) => {
                if inner
                    .key_maps
                    .get(&namespace)
                    .is_some_and(|known| is_older(&map.resource_version, &known.resource_version))
                {
                    return;
                }
                inner.key_maps.insert(namespace, map);
            }
            None => {
                inner.key_maps.remove(&namespace);
            }
        }
    }

    /// Puts a bot. The one that was known before, when this one is newer; `Err` when it is not.
    ///
    /// # Errors
    /// The copy that is kept, when what came is older or the same.
    pub fn put_bot(&self, bot: Bot) -> Result<Option<Arc<Bot>>, Arc<Bot>> {
        let mut inner = self.write();
        if let Some(known) = inner.bots.get(&bot.key)
            && known.uid == bot.uid
            && !is_older(&known.resource_version, &bot.resource_version)
        {
            return Err(Arc::clone(known));
        }
        let (key, uid) = (bot.key.clone(), Arc::clone(&bot.uid));
        let before = inner.bots.insert(key.clone(), Arc::new(bot));
        if let Some(before) = &before
            && before.uid != uid
        {
            inner.by_uid.remove(&before.uid);
        }
        inner.by_uid.insert(uid, key);
        Ok(before)
    }

    /// A bot is gone. Another one of the same name may be there already: only this uid goes.
    pub fn remove_bot(&self, key: &BotKey, uid: &str) {
        let mut inner = self.write();
        inner.by_uid.remove(uid);
        if inner.bots.get(key).is_some_and(|bot| &*bot.uid == uid) {
            inner.bots.remove(key);
        }
    }

    /// After a list: bots of `namespace` (or of all) that were not in it are gone. Their uids.
    pub fn keep_bots(&self, namespace: Option<&str>, listed: &HashSet<Uid>) -> Vec<(BotKey, Uid)> {
        let gone: Vec<(BotKey, Uid)> = self
            .read()
            .bots
            .values()
            .filter(|bot| namespace.is_none_or(|it| it == &*bot.key.namespace))
            .filter(|bot| !listed.contains(&bot.uid))
            .map(|bot| (bot.key.clone(), Arc::clone(&bot.uid)))
            .collect();
        for (key, uid) in &gone {
            self.remove_bot(key, uid);
        }
        gone
    }

    /// A child, as it is known.
    #[must_use]
    pub fn child(&self, bot_uid: &str, kind: ChildKind, name: &str) -> Option<Arc<Child>> {
        self.read()
            .children
            .get(bot_uid)?
            .iter()
            .find(|child| child.kind == kind && &*child.name == name)
            .cloned()
    }

    /// Puts a child as a write of ours answered it. False when a newer copy is known, or one that says the same.
    pub fn put_child(&self, child: Child) -> bool {
        self.take_child(child, |known, child| {
            is_older(&child.resource_version, &known.resource_version)
        })
    }

    /// Puts a child as a watch shows it. False too when this very version is known: what is known of it may come from
    /// the write that made it, and says more than a watch can.
    pub fn show_child(&self, child: Child) -> bool {
        self.take_child(child, |known, child| {
            known.resource_version == child.resource_version
                || is_older(&child.resource_version, &known.resource_version)
        })
    }

    fn take_child(&self, child: Child, is_no_news: impl FnOnce(&Child, &Child) -> bool) -> bool {
        let mut inner = self.write();
        let children = inner
            .children
            .entry(Arc::clone(&child.bot_uid))
            .or_default();
        match children
            .iter_mut()
            .find(|known| known.kind == child.kind && known.name == child.name)
        {
            Some(known) => {
                if known.uid == child.uid && is_no_news(known, &child) {
                    return false;
                }
                let is_news = !known.says_the_same(&child);
                *known = Arc::new(child);
                is_news
            }
            None => {
                children.push(Arc::new(child));
                true
            }
        }
    }

    /// A child is gone.
    pub fn remove_child(&self, bot_uid: &str, kind: ChildKind, name: &str, uid: &str) {
        let mut inner = self.write();
        if let Some(children) = inner.children.get_mut(bot_uid) {
            children.retain(|child| {
                !(child.kind == kind && &*child.name == name && &*child.uid == uid)
            });
            if children.is_empty() {
                inner.children.remove(bot_uid);
            }
        }
    }

    /// After a list: children of this kind and `namespace` (or all) that were not in it are gone. Their bots' uids.
    pub fn keep_children(
        &self,
        kind: ChildKind,
        namespace: Option<&str>,
        listed: &HashSet<Uid>,
    ) -> Vec<Uid> {
        let mut touched = Vec::new();
        let mut inner = self.write();
        inner.children.retain(|bot_uid, children| {
            let before = children.len();
            children.retain(|child| {
                child.kind != kind
                    || namespace.is_some_and(|it| it != &*child.namespace)
                    || listed.contains(&child.uid)
            });
            if children.len() != before {
                touched.push(Arc::clone(bot_uid));
            }
            !children.is_empty()
        });
        touched
    }

    /// Puts a pod. False when it says nothing new.
    pub fn put_pod(&self, pod: Pod) -> bool {
        let mut inner = self.write();
        let pods = inner.pods.entry(Arc::clone(&pod.bot_uid)).or_default();
        match pods.iter_mut().find(|known| known.uid == pod.uid) {
            Some(known) if **known == pod => false,
            Some(known) => {
                *known = Arc::new(pod);
                true
            }
            None => {
                pods.push(Arc::new(pod));
                true
            }
        }
    }

    /// A pod is gone.
    pub fn remove_pod(&self, bot_uid: &str, uid: &str) {
        let mut inner = self.write();
        if let Some(pods) = inner.pods.get_mut(bot_uid) {
            pods.retain(|pod| &*pod.uid != uid);
            if pods.is_empty() {
                inner.pods.remove(bot_uid);
            }
        }
    }

    /// After a list: pods of `namespace` (or all) that were not in it are gone. Their bots' uids.
    pub fn keep_pods(&self, namespace: Option<&str>, listed: &HashSet<Uid>) -> Vec<Uid> {
        let mut touched = Vec::new();
        let mut inner = self.write();
        inner.pods.retain(|bot_uid, pods| {
            let before = pods.len();
            pods.retain(|pod| {
                namespace.is_some_and(|it| it != &*pod.namespace) || listed.contains(&pod.uid)
            });
            if pods.len() != before {
                touched.push(Arc::clone(bot_uid));
            }
            !pods.is_empty()
        });
        touched
    }
}

/// Whether one version of an object is from before another. Kubernetes compares them as numbers since 1.35; what is no
/// number is not compared.
fn is_older(one: &str, other: &str) -> bool {
    match (one.parse::<u128>(), other.parse::<u128>()) {
        (Ok(one), Ok(other)) => one < other,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
