//! The judge: what must hold at every moment, measured by the exchange's own ledger and by what was told, never by the
//! core's word.

mod control;
mod intents;
mod ledger;
mod rest;
mod rows;
mod sends;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use aicoin_core::{BotConfig, Leg};
use aicoin_domain::{AccountId, Cloid, DecisionId, MarketId, Reason, Size, TimeMs};

use control::Control;
use intents::Intent;

/// An invariant, by its number in the project's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    /// One intent makes at most one order; one leg of a decision has at most one live intent.
    I1,
    /// What is sent was written down; no order or fill is lost; nothing is declared dead that lives.
    I2,
    /// The books agree.
    I3,
    /// After a pause was accepted nothing raises exposure.
    I4,
    /// Close-all flattens, never turns around, never grows.
    I5,
    /// Limits come first, and open and unknown orders count.
    I6,
    /// One writer.
    I7,
    /// Money is conserved.
    I8,
    /// What was acknowledged survives.
    I9,
    /// The same inputs give the same outputs.
    I10,
    /// In doubt nothing opens.
    I12,
    /// Everything has a limit.
    I13,
    /// It comes back.
    I14,
    /// It says why.
    I15,
    /// A position has its stop.
    Protected,
    /// The core's own asserts.
    Panic,
}

impl Invariant {
    /// Its number.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::I1 => "I1",
            Self::I2 => "I2",
            Self::I3 => "I3",
            Self::I4 => "I4",
            Self::I5 => "I5",
            Self::I6 => "I6",
            Self::I7 => "I7",
            Self::I8 => "I8",
            Self::I9 => "I9",
            Self::I10 => "I10",
            Self::I12 => "I12",
            Self::I13 => "I13",
            Self::I14 => "I14",
            Self::I15 => "I15",
            Self::Protected => "protected",
            Self::Panic => "panic",
        }
    }
}

/// An invariant that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub invariant: Invariant,
    /// What was seen.
    pub words: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.invariant.as_str(), self.words)
    }
}

/// The judge.
#[derive(Debug)]
pub(crate) struct Judge {
    account: AccountId,
    config: BotConfig,
    violation: Option<Violation>,
    intents: BTreeMap<Cloid, Intent>,
    /// Intents that raise exposure and may still do so.
    openings: Vec<Cloid>,
    /// Every leg of every decision that was written, with its try.
    legs: BTreeSet<(DecisionId, MarketId, Leg, u32)>,
    /// The epoch of the newest process that holds the lease by right.
    active_epoch: u64,
    control: Control,
    /// Positions by the exchange's fills.
    positions: BTreeMap<MarketId, Size>,
    /// Where somebody else traded, and when they did so last.
    others: BTreeSet<MarketId>,
    others_at: TimeMs,
    /// When a clock was set, and whether all clocks were right to 2 s so far.
    clock_set_at: TimeMs,
    clocks_are_sane: bool,
    /// When the model was asked, within the last hour, and the newest question of each process.
    asked: VecDeque<i64>,
    question: Option<Question>,
    /// When an opening order was sent, within the last hour.
    opened: VecDeque<i64>,
    /// Risk events that a person has not settled.
    unsettled: Vec<u64>,
    /// How often each reason code was given.
    pub(crate) reasons: BTreeMap<Reason, u64>,
    /// The answer of a model that is being handled.
    answering: Option<Answering>,
}

/// The newest question to the model.
#[derive(Clone, Copy, Debug)]
struct Question {
    pid: u32,
    view: u64,
    /// By the clock of the bot.
    time: TimeMs,
}

/// An answer that a core is taking: what it makes of it is looked at.
#[derive(Clone, Debug)]
struct Answering {
    view: u64,
    /// By market's name: how long the wish was good.
    ttls: Vec<(String, Option<u32>)>,
    now: TimeMs,
}

impl Judge {
    pub(crate) fn new(account: AccountId, config: &BotConfig) -> Self {
        Self {
            account,
            config: config.clone(),
            violation: None,
            intents: BTreeMap::new(),
            openings: Vec::new(),
            legs: BTreeSet::new(),
            active_epoch: 0,
            control: Control::default(),
            positions: BTreeMap::new(),
            others: BTreeSet::new(),
            others_at: TimeMs(i64::MIN / 2),
            clock_set_at: TimeMs(i64::MIN / 2),
            clocks_are_sane: true,
            asked: VecDeque::new(),
            question: None,
            opened: VecDeque::new(),
            unsettled: Vec::new(),
            reasons: BTreeMap::new(),
            answering: None,
        }
    }

    pub(crate) const fn has_violation(&self) -> bool {
        self.violation.is_some()
    }

    pub(crate) fn take_violation(&mut self) -> Option<Violation> {
        self.violation.take()
    }

    /// Something did not hold. The first counts: what follows from it says less.
    fn object(&mut self, invariant: Invariant, words: impl FnOnce() -> String) {
        if self.violation.is_none() {
            self.violation = Some(Violation {
                invariant,
                words: words(),
            });
        }
    }

    pub(crate) fn too_many(&mut self, outputs: usize) {
        self.object(Invariant::I13, || {
            format!("one input made {outputs} outputs")
        });
    }

    /// An image of a core took the same input.
    pub(crate) fn image_goes_on(&mut self, is_alike: bool) {
        if !is_alike {
            self.object(Invariant::I10, || {
                "an image of the core goes on in another way".to_owned()
            });
        }
    }

    fn reason(&mut self, reason: Reason) {
        *self.reasons.entry(reason).or_default() += 1;
    }

    /// The risk events that wait for a person; they are settled now.
    pub(crate) fn unsettled_events(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.unsettled)
    }

    /// Somebody else did something on the account.
    pub(crate) const fn somebody_else_acts(&mut self, now: TimeMs) {
        self.others_at = now;
    }

    pub(crate) fn markets_of_others(&self) -> Vec<MarketId> {
        self.others.iter().copied().collect()
    }
}
