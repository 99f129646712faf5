//! What is to happen, in the order of its time.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use aicoin_core::{Action, Input, Query};
use aicoin_domain::{TimeMs, TradeId};

/// A process, for as long as it lives.
pub(crate) type Pid = u32;

/// Something that is to happen.
#[derive(Debug)]
pub(crate) enum Event {
    /// An action arrives at the venue.
    Lands { pid: Pid, action: Box<Action> },
    /// A process hears something.
    Tell { pid: Pid, input: Box<Input> },
    /// A question arrives at the venue.
    Asked {
        pid: Pid,
        query: Query,
        /// By the clock of the process.
        asked_at: TimeMs,
        /// The fill up to which the process knows all.
        since: TradeId,
    },
    /// A piece of writing arrives at the store.
    WriteLands { pid: Pid },
    /// The process hears what became of it.
    WriteAnswered { pid: Pid, outcome: Written },
    /// The process tries again to write.
    WriteAgain { pid: Pid },
    /// The core asked to be woken at that time, by its clock.
    Wake { pid: Pid, at: TimeMs },
    /// The lease is to be renewed.
    Renew { pid: Pid },
    /// A frozen process goes on.
    Thaw { pid: Pid },
    /// A process ends.
    Dies { pid: Pid },
    /// A process is started where none is.
    Starts,
    /// Another process takes the lease, if it may.
    Claims,
    /// It has waited, and trades.
    TakesOver { epoch: u64 },
    /// An obstacle is gone.
    Clears {
        pid: Pid,
        reason: aicoin_domain::Reason,
    },
    /// Whoever traded on the account besides us puts it right.
    ForeignLeaves,
}

/// What became of a piece of writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// It is durable.
    Done,
    /// It failed, or nobody knows.
    Failed,
    /// Another process has the lease.
    Fenced,
}

#[derive(Debug)]
struct Entry {
    at: i64,
    order: u64,
    event: Event,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.order) == (other.at, other.order)
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    /// The earliest is the greatest: a heap gives its greatest first.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.order).cmp(&(self.at, self.order))
    }
}

/// What is to happen.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    heap: BinaryHeap<Entry>,
    order: u64,
}

impl Queue {
    pub(crate) fn at(&mut self, at: i64, event: Event) {
        self.order += 1;
        self.heap.push(Entry {
            at,
            order: self.order,
            event,
        });
    }

    /// When the next thing happens.
    pub(crate) fn next_at(&self) -> i64 {
        self.heap.peek().map_or(i64::MAX, |entry| entry.at)
    }

    pub(crate) fn pop(&mut self) -> Option<Event> {
        self.heap.pop().map(|entry| entry.event)
    }
}
