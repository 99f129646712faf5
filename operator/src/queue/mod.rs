//! What is to be reconciled next: two lanes, each name at most once, never twice at the same time.
//!
//! For: a pause that does not wait behind ten thousand idle bots. Never: more entries than there are objects.

mod order;

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

pub use order::{Lane, Order};

/// A queue that tasks wait at.
#[derive(Debug)]
pub struct Queue<K> {
    order: Mutex<Order<K>>,
    /// For tasks that take from both lanes.
    any: Notify,
    /// For tasks that take from the urgent lane alone.
    urgent: Notify,
}

impl<K: Clone + Eq + std::hash::Hash + Ord> Default for Queue<K> {
    fn default() -> Self {
        Self {
            order: Mutex::new(Order::default()),
            any: Notify::new(),
            urgent: Notify::new(),
        }
    }
}

impl<K: Clone + Eq + std::hash::Hash + Ord> Queue<K> {
    fn with<T>(&self, change: impl FnOnce(&mut Order<K>) -> T) -> T {
        change(&mut self.order.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// One task is enough: whoever takes something wakes the next one while there is more.
    fn wake(&self, lane: Lane) {
        self.any.notify_one();
        if lane == Lane::Urgent {
            self.urgent.notify_one();
        }
    }

    /// To be done now.
    pub fn push(&self, key: K, lane: Lane) {
        self.with(|order| order.push(key, lane));
        self.wake(lane);
    }

    /// To be done after a while, unless it is done before.
    pub fn push_after(&self, key: K, lane: Lane, delay: Duration) {
        self.with(|order| order.push_at(key, lane, Instant::now() + delay));
        self.wake(lane);
    }

    /// The next one, once there is one. `urgent_only` takes from the urgent lane alone.
    pub async fn next(&self, urgent_only: bool) -> K {
        loop {
            let changed = if urgent_only { &self.urgent } else { &self.any };
            let (key, due, more) = self.with(|order| {
                let now = Instant::now();
                let key = order.take(now, urgent_only);
                (key, order.next_due(), order.depth().0 > 0)
            });
            if let Some(key) = key {
                if more || due.is_some() {
                    self.wake(Lane::Urgent);
                }
                return key;
            }
            // A push since the look has left a permit: it is not missed.
            match due {
                Some(due) => {
                    tokio::select! {
                        () = changed.notified() => {}
                        () = tokio::time::sleep_until(due.into()) => {}
                    }
                }
                None => changed.notified().await,
            }
        }
    }

    /// It is done; what was pushed meanwhile comes again.
    pub fn done(&self, key: &K) {
        self.with(|order| order.done(key));
        self.wake(Lane::Urgent);
    }

    /// How many wait and are due, and how many are being done.
    #[must_use]
    pub fn depth(&self) -> (usize, usize) {
        self.with(|order| order.depth())
    }

    /// Nothing waits that is due, and nothing is being done.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.with(|order| {
            order.promote(Instant::now());
            order.depth() == (0, 0)
        })
    }
}
