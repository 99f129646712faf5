//! The order of things to do. Pure: time is handed in.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::hash::Hash;
use std::time::Instant;

/// How much something hurries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// It can wait for its turn.
    Normal,
    /// A stronger control, a deletion, an answer of a worker: before everything normal.
    Urgent,
}

/// What waits, in two lanes.
#[derive(Debug)]
pub struct Order<K> {
    urgent: VecDeque<K>,
    normal: VecDeque<K>,
    /// In which lane something waits.
    waiting: HashMap<K, Lane>,
    /// What becomes due later, by time.
    later: BTreeSet<(Instant, K)>,
    /// When and how something becomes due.
    due: HashMap<K, (Instant, Lane)>,
    busy: HashSet<K>,
    /// Pushed while it was being done.
    again: HashMap<K, Lane>,
}

impl<K> Default for Order<K> {
    fn default() -> Self {
        Self {
            urgent: VecDeque::new(),
            normal: VecDeque::new(),
            waiting: HashMap::new(),
            later: BTreeSet::new(),
            due: HashMap::new(),
            busy: HashSet::new(),
            again: HashMap::new(),
        }
    }
}

impl<K: Clone + Eq + Hash + Ord> Order<K> {
    /// To be done now. A more urgent push moves what waits already.
    pub fn push(&mut self, key: K, lane: Lane) {
        if self.busy.contains(&key) {
            let again = self.again.entry(key).or_insert(lane);
            *again = lane.max(*again);
            return;
        }
        match self.waiting.get(&key) {
            Some(known) if *known >= lane => return,
            Some(_) => self.normal.retain(|it| *it != key),
            None => {}
        }
        self.waiting.insert(key.clone(), lane);
        match lane {
            Lane::Normal => self.normal.push_back(key),
            Lane::Urgent => self.urgent.push_back(key),
        }
    }

    /// To be done at a time, unless it is done before; the earlier of two times counts.
    pub fn push_at(&mut self, key: K, lane: Lane, at: Instant) {
        let (at, lane) = match self.due.get(&key) {
            Some((known, known_lane)) => ((*known).min(at), (*known_lane).max(lane)),
            None => (at, lane),
        };
        if let Some((known, _)) = self.due.insert(key.clone(), (at, lane)) {
            self.later.remove(&(known, key.clone()));
        }
        self.later.insert((at, key));
    }

    /// Moves what has become due into its lane.
    pub fn promote(&mut self, now: Instant) {
        while let Some((at, key)) = self.later.first().cloned() {
            if at > now {
                break;
            }
            self.later.remove(&(at, key.clone()));
            let lane = self.due.remove(&key).map_or(Lane::Normal, |(_, lane)| lane);
            self.push(key, lane);
        }
    }

    /// The next one. It is being done from now on; whatever was to come later is forgotten, for it is asked anew.
    pub fn take(&mut self, now: Instant, urgent_only: bool) -> Option<K> {
        self.promote(now);
        let key = match self.urgent.pop_front() {
            Some(key) => key,
            None if urgent_only => return None,
            None => self.normal.pop_front()?,
        };
        self.waiting.remove(&key);
        if let Some((at, _)) = self.due.remove(&key) {
            self.later.remove(&(at, key.clone()));
        }
        self.busy.insert(key.clone());
        Some(key)
    }

    /// It is done; what was pushed meanwhile waits again.
    pub fn done(&mut self, key: &K) {
        self.busy.remove(key);
        if let Some(lane) = self.again.remove(key) {
            self.push(key.clone(), lane);
        }
    }

    /// When the next of the later ones is due.
    #[must_use]
    pub fn next_due(&self) -> Option<Instant> {
        self.later.first().map(|(at, _)| *at)
    }

    /// How many wait and are due, and how many are being done.
    #[must_use]
    pub fn depth(&self) -> (usize, usize) {
        (self.urgent.len() + self.normal.len(), self.busy.len())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn drain(order: &mut Order<&'static str>, now: Instant) -> Vec<&'static str> {
        let mut all = Vec::new();
        while let Some(key) = order.take(now, false) {
            order.done(&key);
            all.push(key);
        }
        all
    }

    #[test]
    fn what_hurries_comes_first_and_each_comes_once() {
        let now = Instant::now();
        let mut order = Order::default();
        for key in ["a", "b", "c", "a"] {
            order.push(key, Lane::Normal);
        }
        order.push("c", Lane::Urgent);
        order.push("c", Lane::Normal);
        assert_eq!(drain(&mut order, now), ["c", "a", "b"]);
    }

    #[test]
    fn nothing_is_done_twice_at_the_same_time_and_nothing_is_forgotten() {
        let now = Instant::now();
        let mut order = Order::default();
        order.push("a", Lane::Normal);
        assert_eq!(order.take(now, false), Some("a"));
        order.push("a", Lane::Urgent);
        assert_eq!(order.take(now, false), None);
        order.done(&"a");
        assert_eq!(order.take(now, true), Some("a"));
        order.done(&"a");
        assert_eq!(order.take(now, false), None);
    }

    #[test]
    fn the_earlier_of_two_times_counts_and_doing_it_forgets_both() {
        let now = Instant::now();
        let at = |seconds| now + Duration::from_secs(seconds);
        let mut order = Order::default();
        order.push_at("a", Lane::Normal, at(10));
        order.push_at("a", Lane::Normal, at(5));
        order.push_at("a", Lane::Normal, at(20));
        assert_eq!(order.next_due(), Some(at(5)));
        assert_eq!(order.take(at(4), false), None);
        assert_eq!(drain(&mut order, at(5)), ["a"]);
        assert_eq!(order.next_due(), None);
        order.push_at("a", Lane::Normal, at(30));
        order.push("a", Lane::Normal);
        assert_eq!(drain(&mut order, at(6)), ["a"]);
        assert_eq!(order.next_due(), None);
    }

    #[test]
    fn the_reserved_tasks_take_only_what_hurries() {
        let now = Instant::now();
        let mut order = Order::default();
        order.push("idle", Lane::Normal);
        assert_eq!(order.take(now, true), None);
        order.push("pause", Lane::Urgent);
        assert_eq!(order.take(now, true), Some("pause"));
    }
}
