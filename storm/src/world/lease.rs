//! The lease of the account: who may raise exposure. The next owner waits until nothing of the one before can arrive.

use aicoin_core::{Input, LeaseState};

use super::World;
use crate::bug::Bug;
use crate::queue::{Event, Pid};
use crate::store::Trouble;

/// How often a lease is renewed, ms.
const RENEW_MS: i64 = 3_000;
/// A lease that was not renewed for this long is held no more, by its holder's own word, ms.
const RENEW_WITHIN_MS: i64 = 10_000;
/// A lease that was not renewed for this long is free, ms.
const LEASE_MS: i64 = 15_000;
/// The longest expiry of an order and the clock skew, ms.
const LAST_ORDER_MS: i64 = 8_000 + 2_000;

impl World {
    pub(super) fn renew(&mut self, pid: Pid) {
        let now = self.now;
        let is_away = self.episodes.lease_away > now
            || (self.store.trouble == Trouble::Down && self.store.trouble_until > now);
        let epoch = self.store.epoch;
        let Some(process) = self.process(pid) else {
            return;
        };
        if process.is_frozen {
            self.queue.at(now + RENEW_MS, Event::Renew { pid });
            return;
        }
        if is_away {
            self.look_at_lease(pid);
        } else if process.epoch == epoch {
            process.renewed_at = now;
            let is_lost = process.told.lease.is_none();
            self.store.renewed_at = now;
            if is_lost {
                self.tell(pid, Input::Lease(LeaseState::Held { epoch }));
            }
        } else {
            if process.told.lease.is_some() {
                self.tell(pid, Input::Lease(LeaseState::NotHeld));
            }
            let rest = self.dice.between(100, 10_000);
            self.queue.at(now + rest, Event::Dies { pid });
            return;
        }
        self.queue.at(now + RENEW_MS, Event::Renew { pid });
    }

    /// A lease that was not renewed in time is not held: a clock that nobody can set says so.
    pub(super) fn look_at_lease(&mut self, pid: Pid) {
        let (now, bug) = (self.now, self.bug);
        let Some(process) = self.process(pid) else {
            return;
        };
        let elapsed = if bug == Bug::LeaseByWallClock {
            process.clock(now).0 - process.renewed_at
        } else {
            now - process.renewed_at
        };
        if elapsed > RENEW_WITHIN_MS && process.told.lease.is_some() {
            self.hear(pid, Input::Lease(LeaseState::NotHeld));
        }
    }

    /// Another process wants the account.
    pub(super) fn claim(&mut self) {
        if self.processes.len() != 1 || self.is_starting {
            return;
        }
        let waits = self.bug != Bug::TakeOverWithoutWait;
        let free_at = self.store.renewed_at + LEASE_MS;
        if waits && self.now < free_at {
            // It looks again when the lease would be free, unless its owner is well.
            let is_well = self
                .processes
                .iter()
                .all(|process| !process.is_frozen && process.told.lease.is_some());
            if !is_well {
                self.queue.at(free_at, Event::Claims);
            }
            return;
        }
        self.store.epoch += 1;
        self.store.renewed_at = self.now;
        self.is_starting = true;
        let epoch = self.store.epoch;
        self.history
            .say(self.now, || format!("the lease is taken, epoch {epoch}"));
        let wait = if waits { LAST_ORDER_MS } else { 0 };
        self.queue.at(self.now + wait, Event::TakesOver { epoch });
    }

    /// It has waited: from now on it trades, and whoever held the lease before does not.
    pub(super) fn take_over(&mut self, epoch: u64) {
        self.is_starting = false;
        if self.store.epoch != epoch {
            self.starts_soon();
            return;
        }
        self.store.renewed_at = self.now;
        let old: Vec<Pid> = self.processes.iter().map(|process| process.pid).collect();
        for pid in old {
            let rest = self.dice.between(1_000, 60_000);
            self.queue.at(self.now + rest, Event::Dies { pid });
        }
        self.launch(epoch);
    }
}
