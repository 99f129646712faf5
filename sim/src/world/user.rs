//! Who trades here: masters and their sub-accounts, and what the exchange model does not know of them.

use std::collections::VecDeque;

use aicoin_domain::{AccountId, LiquidationKind, MarketId, Rate, Size, TimeMs, Usd};
use aicoin_hyperliquid::Address;
use serde_json::Value;

use super::budget::Budget;
use super::protection::Protection;

/// Rows of each list that are remembered of one account: the venue itself serves no more fills than that.
const ROWS_MAX: usize = 10_000;

/// What kind of account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It has a key of its own.
    Master,
    /// A master trades for it.
    Sub { master: AccountId, name: String },
}

/// Money that came or went, as the venue tells it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Update {
    pub(crate) time: TimeMs,
    /// The venue's `delta`.
    pub(crate) delta: Value,
}

/// Funding that was paid or received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FundingPaid {
    pub(crate) time: TimeMs,
    pub(crate) market: MarketId,
    /// Received; negative is paid.
    pub(crate) amount: Usd,
    pub(crate) size: Size,
    pub(crate) rate: Rate,
}

/// A position that the exchange closed, or a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Liquidated {
    pub(crate) time: TimeMs,
    pub(crate) market: MarketId,
    pub(crate) kind: LiquidationKind,
    pub(crate) size: Size,
    pub(crate) left: Size,
}

/// A cancel-all that is set for a time, and how often such went off today.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Schedule {
    pub(crate) at: Option<TimeMs>,
    pub(crate) day: TimeMs,
    pub(crate) triggers: u32,
}

/// One account.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: AccountId,
    pub(crate) address: Address,
    pub(crate) kind: Kind,
    /// Traded so far, both sides.
    pub(crate) volume: Usd,
    pub(crate) budget: Budget,
    pub(crate) schedule: Schedule,
    /// The venue's word for the mode.
    pub(crate) abstraction: &'static str,
    /// USDC that is not in the perpetuals account.
    pub(crate) spot: Usd,
    pub(crate) updates: VecDeque<Update>,
    pub(crate) fundings: VecDeque<FundingPaid>,
    pub(crate) liquidations: VecDeque<Liquidated>,
    pub(crate) protection: Protection,
    pub(crate) opened: TimeMs,
}

/// The mode in which the figures of `clearinghouseState` mean nothing.
pub(crate) const UNIFIED: &str = "unifiedAccount";

impl User {
    pub(crate) fn new(id: AccountId, address: Address, kind: Kind, opened: TimeMs) -> Self {
        Self {
            id,
            address,
            kind,
            volume: Usd::ZERO,
            budget: Budget::default(),
            schedule: Schedule::default(),
            abstraction: "default",
            spot: Usd::ZERO,
            updates: VecDeque::new(),
            fundings: VecDeque::new(),
            liquidations: VecDeque::new(),
            protection: Protection::default(),
            opened,
        }
    }

    pub(crate) fn is_unified(&self) -> bool {
        matches!(self.abstraction, UNIFIED | "portfolioMargin")
    }
}

/// Adds a row; the oldest one goes when there are too many.
pub(crate) fn remember<T>(rows: &mut VecDeque<T>, row: T) {
    while rows.len() >= ROWS_MAX {
        rows.pop_front();
    }
    rows.push_back(row);
}
