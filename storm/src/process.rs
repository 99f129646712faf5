//! A process with a core in it: all of it is gone with a kill.

use std::collections::VecDeque;

use aicoin_core::{Bot, Input, Record, Saved, Seq, StoreHealth};
use aicoin_domain::{Desired, Hold, Reason, TimeMs};

use crate::queue::Pid;

/// How many messages wait for a frozen process: what a socket's buffers hold.
const INBOX_MAX: usize = 4_096;

/// A process.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) pid: Pid,
    /// The lease that it was started with.
    pub(crate) epoch: u64,
    pub(crate) bot: Bot,
    /// How far its clock is ahead of true time, ms.
    pub(crate) offset: i64,
    /// It stands still; what comes waits.
    pub(crate) is_frozen: bool,
    inbox: VecDeque<Input>,
    /// Rows that are not being written yet, and the newest piece of writing that they belong to.
    pub(crate) rows: Vec<Record>,
    pub(crate) unwritten: Option<Seq>,
    pub(crate) writing: Option<Writing>,
    /// The store failed; it is tried again at a time of its own.
    pub(crate) rests: bool,
    /// The first piece of writing of which it has not heard that it is durable.
    pub(crate) pending_from: Option<Seq>,
    /// When the lease was renewed last, in true time: a monotone clock says so.
    pub(crate) renewed_at: i64,
    /// The wake-up that was asked for last.
    pub(crate) wake_at: TimeMs,
    pub(crate) told: Told,
    pub(crate) counters: Counters,
}

/// A commit that is under way.
#[derive(Debug)]
pub(crate) struct Writing {
    pub(crate) seq: Seq,
    pub(crate) rows: Vec<Record>,
    pub(crate) saved: Box<Saved>,
}

/// What a process was told: it may not act as if it had not heard.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) store: StoreHealth,
    /// The epoch of the lease that it believes to hold.
    pub(crate) lease: Option<u64>,
    pub(crate) obstacles: Vec<Reason>,
    /// By market: when a price came last, by the bot's clock, and what it was.
    pub(crate) quotes: Vec<Option<(TimeMs, aicoin_core::Quote)>>,
    /// The venue's clock and its own differ by more than 2 s, by the last reading.
    pub(crate) is_skewed: bool,
    /// The account was read since it started.
    pub(crate) has_read: bool,
    /// When the account was asked for, by the bot's clock.
    pub(crate) account_asked_at: Option<TimeMs>,
    /// What the operator wants, with its counter, and the hold, as it was told.
    pub(crate) desired: Option<(u64, Desired)>,
    pub(crate) hold: Hold,
    /// The level that it said it had accepted.
    pub(crate) accepted: Desired,
}

/// What is counted to see that nothing is without bounds.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) minute: i64,
    pub(crate) sends: u32,
    pub(crate) queries: u32,
}

impl Process {
    pub(crate) fn new(
        pid: Pid,
        epoch: u64,
        bot: Bot,
        offset: i64,
        now: i64,
        markets: usize,
    ) -> Self {
        Self {
            pid,
            epoch,
            bot,
            offset,
            is_frozen: false,
            inbox: VecDeque::new(),
            rows: Vec::new(),
            unwritten: None,
            writing: None,
            rests: false,
            pending_from: None,
            renewed_at: now,
            wake_at: TimeMs(i64::MAX),
            told: Told {
                store: StoreHealth::Up,
                lease: None,
                obstacles: Vec::new(),
                quotes: vec![None; markets],
                is_skewed: false,
                has_read: false,
                account_asked_at: None,
                desired: None,
                hold: Hold::None,
                accepted: Desired::Paused,
            },
            counters: Counters::default(),
        }
    }

    /// Its clock.
    pub(crate) const fn clock(&self, now: i64) -> TimeMs {
        TimeMs(now + self.offset)
    }

    /// Keeps a message for later. Prices beyond what a buffer holds are lost, like on a socket.
    pub(crate) fn keep(&mut self, input: Input) {
        let is_price = matches!(input, Input::Quote { .. } | Input::Wake);
        if !is_price || self.inbox.len() < INBOX_MAX {
            self.inbox.push_back(input);
        }
    }

    /// Whether it has heard that everything up to this is durable.
    pub(crate) fn knows_durable(&self, after: Seq) -> bool {
        self.pending_from.is_none_or(|from| after < from)
    }

    pub(crate) fn next_kept(&mut self) -> Option<Input> {
        self.inbox.pop_front()
    }
}
