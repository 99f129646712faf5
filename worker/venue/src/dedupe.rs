//! What was handed over already: streams and readings bring the same things.

use std::collections::{HashSet, VecDeque};
use std::hash::Hash;

/// The newest things that were seen, so many of them.
#[derive(Debug)]
pub(crate) struct Seen<K> {
    known: HashSet<K>,
    order: VecDeque<K>,
    max: usize,
}

impl<K: Clone + Eq + Hash> Seen<K> {
    /// Remembers up to `max`.
    pub(crate) fn new(max: usize) -> Self {
        Self {
            known: HashSet::new(),
            order: VecDeque::new(),
            max: max.max(1),
        }
    }

    /// Whether it is seen for the first time; from now on it is not.
    pub(crate) fn is_new(&mut self, key: &K) -> bool {
        if !self.known.insert(key.clone()) {
            return false;
        }
        if self.order.len() == self.max
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        self.order.push_back(key.clone());
        true
    }

    pub(crate) fn contains(&self, key: &K) -> bool {
        self.known.contains(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_new_once_and_the_oldest_is_forgotten_first() {
        let mut seen = Seen::new(2);
        assert!(seen.is_new(&1) && seen.is_new(&2));
        assert!(!seen.is_new(&1) && !seen.is_new(&2));
        assert!(seen.is_new(&3));
        assert!(!seen.contains(&1) && seen.contains(&2) && seen.contains(&3));
        assert_eq!((seen.known.len(), seen.order.len()), (2, 2));
    }
}
