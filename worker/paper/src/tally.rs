//! How much funding a market brought an account: ever, since its position was opened, and since it changed last.

use aicoin_domain::{Side, Size, Usd};
use serde::{Deserialize, Serialize};

/// Funding of one market, received; negative is paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FundingTotals {
    /// Ever.
    pub all_time: Usd,
    /// Since the position was opened, or turned around.
    pub since_open: Usd,
    /// Since the position's size changed last.
    pub since_change: Usd,
}

/// One total, and what it was at the two moments that the others are counted from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tally {
    all_time: Usd,
    at_open: Usd,
    at_change: Usd,
}

impl Tally {
    pub(crate) fn add(&mut self, received: Usd) {
        self.all_time += received;
    }

    /// The position went from `before` to `after`.
    pub(crate) fn see_fill(&mut self, before: Size, after: Size) {
        self.at_change = self.all_time;
        if Side::of_position(before) != Side::of_position(after) {
            self.at_open = self.all_time;
        }
    }

    pub(crate) fn totals(&self) -> FundingTotals {
        FundingTotals {
            all_time: self.all_time,
            since_open: self.all_time - self.at_open,
            since_change: self.all_time - self.at_change,
        }
    }
}
