//! Who may open positions on the account: only the holder of its lease, in the epoch that it holds.

use serde::{Deserialize, Serialize};

use crate::input::LeaseState;

/// The lease as we know it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Lease {
    epoch: Option<u64>,
}

impl Lease {
    pub(crate) const fn on_change(&mut self, state: LeaseState) {
        self.epoch = match state {
            LeaseState::Held { epoch } => Some(epoch),
            LeaseState::NotHeld => None,
        };
    }

    /// The epoch, while it is held.
    pub(crate) const fn epoch(self) -> Option<u64> {
        self.epoch
    }
}
