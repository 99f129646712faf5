//! Control: what is told binds at once where it is stronger, what was acknowledged survives, what is effective is true.

use aicoin_core::{Record, Report};
use aicoin_domain::{Desired, Hold, TimeMs};
use aicoin_paper::Exchange;

use super::{Invariant, Judge};
use crate::process::Process;

/// Who else trades on the account may do so between a reading and what follows from it, ms.
const READING_MS: i64 = 40_000;
/// A clock that is wrong at present was set later than any time.
const ALWAYS: TimeMs = TimeMs(i64::MAX / 2);

/// The control of the account.
#[derive(Debug, Default)]
pub(super) struct Control {
    /// The control that is on the disk: counter, level, hold.
    durable: Option<(u64, Desired, Hold)>,
    /// The level below running that is effective.
    effective: Option<Desired>,
}

impl Control {
    pub(super) const fn effective_level(&self) -> Option<Desired> {
        self.effective
    }

    pub(super) fn keep(&mut self, records: &[Record]) {
        for record in records {
            if let Record::Control(control) = record {
                self.durable = Some((control.generation, control.desired, control.hold));
            }
        }
    }
}

impl Judge {
    /// A process starts: what was acknowledged stands.
    pub(crate) fn starts(&mut self, process: &mut Process) {
        self.active_epoch = process.epoch;
        self.clock_is(process.offset, TimeMs(process.renewed_at));
        let pid = process.pid;
        self.forget_unwritten(|intent| intent.pid != pid);
        let control = process.bot.control();
        let known = (
            control.generation,
            control.desired.unwrap_or(Desired::Paused),
            control.hold,
        );
        if let Some(durable) = self.control.durable
            && durable != known
        {
            self.object(Invariant::I9, || {
                format!("after a restart the control is {known:?}, and {durable:?} was accepted")
            });
        }
        process.told.desired = control.desired.map(|desired| (control.generation, desired));
        process.told.hold = control.hold;
        process.told.accepted = control.in_force;
    }

    /// A process is told another level.
    pub(super) fn is_told_control(
        &mut self,
        process: &mut Process,
        generation: u64,
        desired: Desired,
    ) {
        if process
            .told
            .desired
            .is_none_or(|(known, _)| generation > known)
        {
            process.told.desired = Some((generation, desired));
            self.control.effective = None;
        }
    }

    pub(super) fn is_told_hold(&mut self, process: &mut Process, hold: Hold) {
        if process.told.hold != hold {
            process.told.hold = hold;
            self.control.effective = None;
        }
    }

    /// A core reports: what it says is true in the world must be.
    pub(crate) fn hears_report(
        &mut self,
        process: &mut Process,
        report: &Report,
        exchange: &Exchange,
        now: TimeMs,
    ) {
        match report {
            Report::Accepted { in_force, .. } => {
                process.told.accepted = *in_force;
                // The row that says so is on the disk by then.
                let told = level(process);
                let durable = self
                    .control
                    .durable
                    .map(|(_, desired, hold)| desired.with_hold(hold));
                if process.epoch == self.active_epoch && durable != Some(told) {
                    self.object(Invariant::I9, || {
                        format!("{told} was accepted, and {durable:?} is on the disk")
                    });
                }
            }
            Report::Effective { in_force, .. } => {
                self.is_effective(process, *in_force, exchange, now)
            }
            Report::Decided { .. } | Report::Order { .. } | Report::Risk { .. } => {}
        }
    }

    fn is_effective(
        &mut self,
        process: &Process,
        in_force: Desired,
        exchange: &Exchange,
        now: TimeMs,
    ) {
        if process.epoch != self.active_epoch || in_force == Desired::Running {
            return;
        }
        self.control.effective = Some(in_force);
        if self.is_excused(now) {
            return;
        }
        let on_wire = self.openings.iter().find(|cloid| {
            self.intents
                .get(cloid)
                .is_some_and(|intent| intent.on_wire && intent.may_open(now) && !intent.excused)
        });
        if let Some(cloid) = on_wire.copied() {
            self.object(Invariant::I4, || {
                format!("{in_force} is said to be effective, and {cloid} may still open something")
            });
        }
        if in_force != Desired::CloseAll || now.0 - self.others_at.0 < READING_MS {
            return;
        }
        let account = self.account;
        let view = exchange.account(account);
        if let Some(position) = view.positions.first() {
            let (size, market) = (position.size, position.market);
            self.object(Invariant::I5, || {
                format!(
                    "close-all is said to be effective, and {size} of market {} is open",
                    market.0
                )
            });
        }
        let orders = exchange.open_orders(account).count();
        if orders > 0 {
            self.object(Invariant::I5, || {
                format!("close-all is said to be effective, and {orders} orders rest")
            });
        }
    }

    /// A clock is so far ahead of true time now, ms. While it is off by more than is allowed, and for a while after it was
    /// set right, a core gives up too early what may still arrive.
    pub(crate) const fn clock_is(&mut self, offset: i64, now: TimeMs) {
        if offset.abs() > 2_000 {
            self.clocks_are_sane = false;
            self.clock_set_at = ALWAYS;
        } else if self.clock_set_at.0 == ALWAYS.0 {
            self.clock_set_at = now;
        }
    }

    /// Until when the orders that were written may arrive at the venue.
    pub(crate) fn last_expiry(&self) -> TimeMs {
        let all = self.intents.values().filter(|intent| intent.is_durable);
        all.map(|intent| intent.expires_at)
            .max()
            .unwrap_or_default()
    }

    /// A clock was set a moment ago: what was on its way may be given up too early.
    pub(super) const fn is_excused(&self, now: TimeMs) -> bool {
        now.0 - self.clock_set_at.0 < READING_MS
    }
}

/// The level that a process was told.
pub(super) fn level(process: &Process) -> Desired {
    process
        .told
        .desired
        .map_or(Desired::Paused, |(_, desired)| desired)
        .with_hold(process.told.hold)
}
