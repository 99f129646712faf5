//! What the operator remembers of a bot between passes, and forgets at a restart: nothing here is needed for being
//! right, only for being patient.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use aicoin_api::http::ControlReply;

use crate::contact::{Answer, Silence};
use crate::world::Uid;

/// What came of a call to a worker.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The count that was asked.
    pub generation: u64,
    /// Of which pod.
    pub pod: PodId,
    /// When it came.
    pub at: Instant,
    /// What came of it.
    pub result: Result<Answer, Silence>,
}

impl Outcome {
    /// The worker's answer, when there was one.
    #[must_use]
    pub const fn reply(&self) -> Option<&ControlReply> {
        match &self.result {
            Ok(Answer::Taken(reply) | Answer::Above(reply)) => Some(reply),
            Err(_) => None,
        }
    }
}

/// Which process of a worker: a pod, and how often its container was started again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodId {
    /// The pod; `None` when it is reached directly.
    pub uid: Option<Uid>,
    /// Its restarts.
    pub restarts: i32,
}

/// What is remembered of one bot.
#[derive(Clone, Debug, Default)]
pub struct Memo {
    /// Which bot: one of the same name may have been here before.
    pub of: Option<Uid>,
    /// Failed passes in a row.
    pub failures: u32,
    /// What came of the last call, to which count, and of which process.
    pub last: Option<Outcome>,
    /// The count that is being asked now.
    pub asking: Option<u64>,
    /// Calls without the answer that was hoped for, since the last change.
    pub tries: u32,
    /// The count that those are about.
    pub tries_of: u64,
    /// No call before this.
    pub not_before: Option<Instant>,
    /// Since when no call was answered, and why the last one was not.
    pub silent_since: Option<(Instant, Silence)>,
    /// When a quiet bot is looked at again.
    pub look_at: Option<Instant>,
    /// Answers in a row in which the worker was not ready for the same reasons.
    pub unready: u32,
    /// Since when a stop is asked for.
    pub stop_since: Option<Instant>,
    /// Since when a deletion waits.
    pub deleting_since: Option<Instant>,
    /// Since when the children are gone and pods are not.
    pub pods_since: Option<Instant>,
    /// It was reconciled since the start.
    pub reconciled: bool,
    /// Its children were looked at since the start.
    pub applied: bool,
    /// The last failure of an apply, as a sentence.
    pub apply_failure: Option<crate::status::Trouble>,
    /// The intents that the API server turned into something of its own, by name: hash and version.
    pub settled_as: HashMap<String, (String, String)>,
}

/// All memos.
#[derive(Debug)]
pub struct Memos<K> {
    inner: Mutex<HashMap<K, Memo>>,
}

impl<K> Default for Memos<K> {
    fn default() -> Self {
        Self {
            inner: Mutex::new(HashMap::new()),
        }
    }
}

impl<K: Clone + Eq + Hash> Memos<K> {
    /// Looks at, or changes, what is remembered.
    pub fn with<T>(&self, key: &K, change: impl FnOnce(&mut Memo) -> T) -> T {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        change(inner.entry(key.clone()).or_default())
    }

    /// Changes what is remembered, and remembers nothing new.
    pub fn update(&self, key: &K, change: impl FnOnce(&mut Memo)) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(memo) = inner.get_mut(key) {
            change(memo);
        }
    }

    /// Forgets.
    pub fn forget(&self, key: &K) {
        self.inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(key);
    }

    /// Forgets everything: after an election somebody else may have written in between.
    pub fn clear(&self) {
        self.inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// How many were reconciled since the start.
    #[must_use]
    pub fn reconciled(&self) -> usize {
        self.inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .filter(|memo| memo.reconciled)
            .count()
    }
}

/// A pause that grows: `first`, twice that, and so on up to `most`, with up to a quarter of jitter on top.
#[must_use]
pub fn backoff(tries: u32, first: Duration, most: Duration) -> Duration {
    let factor = 1_u32.checked_shl(tries.min(20)).unwrap_or(u32::MAX);
    let base = first.saturating_mul(factor).min(most);
    jitter(base)
}

/// Up to a quarter more, so that what failed together does not come back together.
#[must_use]
pub fn jitter(base: Duration) -> Duration {
    let mut byte = [0_u8; 1];
    // Without randomness there is no jitter; the pause is still right.
    let _ = getrandom::fill(&mut byte);
    let [byte] = byte;
    base + base.mul_f64(f64::from(byte) / 1024.0)
}
