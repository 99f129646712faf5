//! Carrying out control: when a level is accepted, when it is effective, and close-all's way to flat.

use alloc::format;

use aicoin_domain::{Cloid, Desired, DurationMs, Hold, Reason};
use alloc::vec::Vec;

use super::Bot;
use super::state::Closing;
use crate::output::Report;
use crate::planted::planted;
use crate::record::{ControlRecord, Record};

/// Close-all that is not flat after this is reported as stuck.
const CLOSE_STUCK_AFTER: DurationMs = DurationMs::from_secs(30);

impl Bot {
    pub(super) fn on_control(&mut self, generation: u64, desired: Desired) {
        let seq = self.out.next_seq();
        if self.state.control.on_desired(generation, desired, seq) {
            self.control_changed();
        }
    }

    pub(super) fn on_hold(&mut self, hold: Hold) {
        let seq = self.out.next_seq();
        if self.state.control.on_hold(hold, seq) {
            self.control_changed();
        }
    }

    fn control_changed(&mut self) {
        let control = &self.state.control;
        let record = ControlRecord {
            time: self.now,
            desired: control
                .desired
                .map_or(Desired::Paused, |(_, desired)| desired),
            generation: control.generation(),
            hold: control.hold,
            in_force: control.in_force(),
        };
        self.out.row(Record::Control(record));
        self.dirty = true;
        if planted!(self, AcceptedUnwritten) {
            self.out.report(Report::Accepted {
                generation: self.state.control.generation(),
                in_force: self.state.control.in_force(),
            });
        }
    }

    /// Close-all: opening orders and then everything else is cancelled, and the venue's own word ends it.
    pub(super) fn attend_close_all(&mut self) {
        if self.state.control.binding() != Desired::CloseAll {
            self.state.closing = Closing::default();
            return;
        }
        if self.state.closing.since.is_none() {
            self.state.closing.since = Some(self.now);
            // What the venue said before this was asked for says nothing of now.
            self.state.venue.says_flat = false;
        }
        let flat = self.state.account.is_flat();
        let cancel: Vec<Cloid> = self
            .state
            .book
            .live()
            // A stop protects until the position is gone.
            .filter(|order| order.leg().raises_exposure() || flat)
            .map(crate::orders::Order::cloid)
            .collect();
        for cloid in cancel {
            self.cancel_once(cloid);
        }
        let nothing_live = self.state.book.live().next().is_none();
        if self.state.control.effective && !(flat && nothing_live) {
            // Something came back: it is not true any more, and whoever asks must see that.
            self.state.control.effective = false;
            self.state.closing = Closing {
                since: Some(self.now),
                stuck_reported: false,
            };
            self.out.force();
        }
        if flat && nothing_live && !self.state.venue.says_flat {
            self.read_account_soon();
        }
        if self.state.control.effective {
            return;
        }
        let since = self.state.closing.since.unwrap_or(self.now);
        let stuck_at = since + CLOSE_STUCK_AFTER;
        if self.now < stuck_at {
            self.wake_by(stuck_at);
        } else if !self.state.closing.stuck_reported {
            self.state.closing.stuck_reported = true;
            let (positions, orders) = self.remaining();
            let detail = format!(
                "Close-all is not done after {} s: {positions} positions and {orders} orders are left. It goes on.",
                CLOSE_STUCK_AFTER.0 / 1000
            );
            self.risk_event(Reason::CloseStuck, None, detail, false);
        }
    }

    /// Says that a level is effective once it is true in the world.
    pub(super) fn attend_control(&mut self) {
        let control = &self.state.control;
        let is_settled = control.in_force() == Desired::Running && control.effective;
        if !control.accepted || is_settled {
            return;
        }
        let opening: Vec<Cloid> = self
            .state
            .book
            .live()
            .filter(|order| order.leg().raises_exposure())
            .map(crate::orders::Order::cloid)
            .collect();
        let is_true = match self.state.control.in_force() {
            Desired::Running => true,
            Desired::Paused | Desired::Stopped => {
                for cloid in &opening {
                    self.cancel_once(*cloid);
                }
                if !opening.is_empty() && self.state.control.effective {
                    // An order that was given up came back: it is not true any more.
                    self.state.control.effective = false;
                    self.out.force();
                }
                opening.is_empty()
            }
            Desired::CloseAll => {
                self.state.account.is_flat()
                    && self.state.book.live().next().is_none()
                    && (self.state.venue.says_flat || planted!(self, FlatByOurBooks))
            }
        };
        if is_true && self.state.control.on_effective() {
            let in_force = self.state.control.in_force();
            self.out.report(Report::Effective {
                generation: self.state.control.generation(),
                in_force,
            });
            self.out.force();
        }
    }

    /// Open positions, and orders that are not final.
    pub(super) fn remaining(&self) -> (usize, usize) {
        let positions = self
            .state
            .account
            .positions
            .iter()
            .filter(|position| !position.size.is_zero())
            .count();
        (positions, self.state.book.live().count())
    }
}
