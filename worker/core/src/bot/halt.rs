//! What keeps anything from being opened although nothing in the market or the account does: obstacles, which go by
//! themselves, and a halt, which a person ends.
//!
//! Never: a halt or an obstacle that stops an exit, a stop or a close-all.

use alloc::string::String;
use alloc::vec::Vec;

use aicoin_domain::Reason;
use serde::{Deserialize, Serialize};

use super::Bot;
use crate::record::Record;

/// A halt that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Halt {
    /// What went wrong.
    pub(crate) reason: Reason,
    /// The risk event that a person has to settle.
    pub(crate) event: u64,
}

/// A halt as a shell shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HaltView {
    /// What went wrong.
    pub reason: Reason,
    /// The number of the risk event that a person has to settle.
    pub risk_event: u64,
}

impl Bot {
    /// The halt that stands, if one does.
    #[must_use]
    pub fn halt(&self) -> Option<HaltView> {
        self.state.halt.map(|halt| HaltView {
            reason: halt.reason,
            risk_event: halt.event,
        })
    }

    pub(super) fn on_obstacle(&mut self, reason: Reason, present: bool) {
        let known: &mut Vec<Reason> = &mut self.state.obstacles;
        match (known.binary_search(&reason), present) {
            (Err(at), true) => known.insert(at, reason),
            (Ok(at), false) => {
                known.remove(at);
            }
            (Ok(_), true) | (Err(_), false) => return,
        }
        self.dirty = true;
    }

    pub(super) fn on_halt(&mut self, reason: Reason, detail: String) {
        if self.state.halt.is_some_and(|halt| halt.reason == reason) {
            return;
        }
        let event = self.risk_event(reason, None, detail, false);
        self.state.halt = Some(Halt { reason, event });
        self.dirty = true;
    }

    /// A person settles a risk event: what waited for it goes on.
    pub(super) fn on_resolve(&mut self, risk_event: u64) {
        if self.state.risk.drawdown_event == Some(risk_event) {
            let equity = self.equity();
            self.state.risk.resolve_drawdown(equity);
        }
        for desk in &mut self.state.desks {
            if desk.blocked_event == Some(risk_event) {
                desk.blocked = None;
                desk.blocked_event = None;
            }
        }
        self.state.halt.take_if(|halt| halt.event == risk_event);
        if (1..=self.state.ids.risk_event).contains(&risk_event) {
            self.out.row(Record::Settled(risk_event));
        }
        self.dirty = true;
    }

    /// What keeps everything from being opened: the halt first, because nobody but a person ends it.
    pub(super) fn obstacles(&self) -> impl Iterator<Item = Reason> + '_ {
        let halt = self.state.halt.iter().map(|halt| halt.reason);
        halt.chain(self.state.obstacles.iter().copied())
    }
}
