//! Writing things down: one commit at a time, in order; what fails is kept and tried again.

use aicoin_core::{Input, LeaseState, StoreHealth};

use super::World;
use crate::fault::Fault;
use crate::process::Writing;
use crate::queue::{Event, Pid, Written};
use crate::store::Trouble;

/// A store that failed is tried again after this, ms.
const AGAIN_MS: i64 = 1_000;

impl World {
    /// Begins to write what waits, unless something is being written.
    pub(super) fn begin_write(&mut self, pid: Pid) {
        let Some(process) = self.process(pid) else {
            return;
        };
        if process.writing.is_some() || process.rests || process.is_frozen {
            return;
        }
        let Some(seq) = process.unwritten.take() else {
            return;
        };
        process.writing = Some(Writing {
            seq,
            rows: std::mem::take(&mut process.rows),
            saved: Box::new(process.bot.save()),
        });
        let delay = if self.strikes(Fault::StoreSlow) {
            self.dice.between(500, 12_000)
        } else {
            self.soon(self.plan.commit_ms)
        };
        self.queue.at(self.now + delay, Event::WriteLands { pid });
    }

    /// The piece of writing arrives at the store.
    pub(super) fn write_lands(&mut self, pid: Pid) {
        let outcome = self.write(pid);
        if outcome == Written::Done && self.strikes(Fault::CrashAfterPersist) {
            self.kill(pid, "crashes after it wrote");
            return;
        }
        let is_unheard = outcome == Written::Done && self.strikes(Fault::CommitReplyLost);
        let outcome = if is_unheard { Written::Failed } else { outcome };
        let delay = self.soon(self.plan.commit_ms);
        self.queue
            .at(self.now + delay, Event::WriteAnswered { pid, outcome });
    }

    fn write(&mut self, pid: Pid) -> Written {
        let flaps = self.strikes(Fault::StoreFlaps);
        let is_away = matches!(self.trouble(), Trouble::Down | Trouble::Full) || flaps;
        let Some(place) = self.place_of(pid) else {
            return Written::Failed;
        };
        let Some(process) = self.processes.get(place) else {
            return Written::Failed;
        };
        let Some(writing) = process.writing.as_ref().filter(|_| !is_away) else {
            return Written::Failed;
        };
        if !self
            .store
            .commit(process.epoch, &writing.rows, &writing.saved)
        {
            return Written::Fenced;
        }
        self.judge.is_durable(&writing.rows);
        Written::Done
    }

    /// What a dying process had on its way to the store arrives, or not.
    pub(super) fn write_of_the_dying(&mut self, pid: Pid) {
        if self.dice.percent(50) {
            let _ = self.write(pid);
        }
    }

    pub(super) fn write_answered(&mut self, pid: Pid, outcome: Written) {
        let health = match self.trouble() {
            Trouble::Full => StoreHealth::Full,
            Trouble::Down | Trouble::None | Trouble::NearlyFull => StoreHealth::Down,
        };
        let Some(process) = self.process(pid) else {
            return;
        };
        let Some(writing) = process.writing.take() else {
            return;
        };
        match outcome {
            Written::Done => {
                process.rests = false;
                process.pending_from = process
                    .unwritten
                    .map(|_| aicoin_core::Seq(writing.seq.0 + 1));
                let was_failing = process.told.store != StoreHealth::Up;
                if was_failing && self.trouble() == Trouble::None {
                    self.tell(pid, Input::Store(StoreHealth::Up));
                } else if was_failing {
                    self.queue
                        .at(self.now + AGAIN_MS, Event::WriteAgain { pid });
                }
                self.tell(pid, Input::Durable { seq: writing.seq });
                self.begin_write(pid);
            }
            Written::Failed | Written::Fenced => {
                let later = std::mem::replace(&mut process.rows, writing.rows);
                process.rows.extend(later);
                process.unwritten = process.unwritten.max(Some(writing.seq));
                process.rests = true;
                let knows = process.told.store == health;
                if outcome == Written::Fenced {
                    self.tell(pid, Input::Lease(LeaseState::NotHeld));
                    let rest = self.dice.between(1_000, 20_000);
                    self.queue.at(self.now + rest, Event::Dies { pid });
                } else if !knows {
                    self.tell(pid, Input::Store(health));
                }
                self.queue
                    .at(self.now + AGAIN_MS, Event::WriteAgain { pid });
            }
        }
    }

    pub(super) fn write_again(&mut self, pid: Pid) {
        let is_well = self.trouble() == Trouble::None;
        let Some(process) = self.process(pid) else {
            return;
        };
        process.rests = false;
        let has_nothing = process.unwritten.is_none() && process.writing.is_none();
        if has_nothing && is_well && process.told.store != StoreHealth::Up {
            self.tell(pid, Input::Store(StoreHealth::Up));
        } else if has_nothing && !is_well {
            self.queue
                .at(self.now + AGAIN_MS, Event::WriteAgain { pid });
        }
        self.begin_write(pid);
    }

    /// How the store fails at present.
    fn trouble(&mut self) -> Trouble {
        if self.store.trouble_until <= self.now {
            self.store.trouble = Trouble::None;
        }
        self.store.trouble
    }

    /// The store goes down, or is full, for a while.
    pub(super) fn strike_store(&mut self) {
        if self.trouble() != Trouble::None {
            return;
        }
        if self.strikes(Fault::StoreDown) {
            self.store.trouble = Trouble::Down;
            let longest = if self.dice.percent(20) {
                300_000
            } else {
                30_000
            };
            self.store.trouble_until = self.now + self.dice.between(2_000, longest);
        } else if self.strikes(Fault::StoreFull) {
            let is_nearly = self.dice.percent(50);
            self.store.trouble = if is_nearly {
                Trouble::NearlyFull
            } else {
                Trouble::Full
            };
            self.store.trouble_until = self.now + self.dice.between(10_000, 120_000);
            if is_nearly {
                self.tell_everybody(|| Input::Store(StoreHealth::Full));
                let pids: Vec<Pid> = self.processes.iter().map(|process| process.pid).collect();
                for pid in pids {
                    self.queue
                        .at(self.now + AGAIN_MS, Event::WriteAgain { pid });
                }
            }
        }
    }

    pub(super) fn tell_everybody(&mut self, input: impl Fn() -> Input) {
        let pids: Vec<Pid> = self.processes.iter().map(|process| process.pid).collect();
        for pid in pids {
            self.tell(pid, input());
        }
    }
}
