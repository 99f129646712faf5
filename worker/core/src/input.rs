//! What the world tells the core. A closed set, in wire form: every input can be written to the journal and replayed.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use aicoin_domain::{
    Cloid, Desired, Fill, Hold, LiquidationKind, MarketId, MarketRules, OrderId, Price, Reason,
    Refusal, Side, Size, TimeMs, Usd,
};
use serde::{Deserialize, Serialize};

use crate::ai::AiAnswer;
use crate::output::Seq;

/// One thing that the world tells the core.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Input {
    /// A price.
    Quote {
        /// Of which market.
        market: MarketId,
        /// The prices.
        quote: Quote,
    },
    /// What prices did between the last quote and now: a candle of a file, whose open came as a quote before.
    Range {
        /// Of which market.
        market: MarketId,
        /// The candle.
        range: Range,
    },
    /// The venue lists a market so: its rules, as read from it. One that is not known yet, and has the next number, is
    /// added as a market that the manifest lacks: the account has something there, and the account belongs to the bot.
    Listing {
        /// The market's number here.
        market: MarketId,
        /// The venue's name of the coin.
        name: String,
        /// Its rules.
        rules: MarketRules,
    },
    /// A finished candle from before the start, in order of time: it warms indicators up and decides nothing.
    WarmUp {
        /// Of which market.
        market: MarketId,
        /// The candle.
        candle: Candle,
    },
    /// The account as the venue has it: the answer to [`crate::Query::Account`].
    Account(Box<AccountTruth>),
    /// What became of a [`crate::Action`] that was sent.
    Sent {
        /// The order that the action was about.
        cloid: Cloid,
        /// The answer.
        result: SendResult,
    },
    /// The venue says what became of an order.
    Order {
        /// Which order.
        cloid: Cloid,
        /// What became of it.
        update: OrderUpdate,
    },
    /// An execution. It may come twice, late, or before the order's own answer.
    Fill(Fill),
    /// A funding payment.
    Funding {
        /// Of which market.
        market: MarketId,
        /// Received; negative is paid.
        amount: Usd,
        /// When.
        time: TimeMs,
    },
    /// The venue closes a position by itself.
    Liquidation {
        /// In which market.
        market: MarketId,
        /// How.
        kind: LiquidationKind,
    },
    /// The answer to [`crate::Query::Order`].
    Looked {
        /// Which order was asked after.
        cloid: Cloid,
        /// When the question was sent.
        asked_at: TimeMs,
        /// The answer.
        answer: LookupAnswer,
    },
    /// The model answered, or failed to.
    Ai(Box<AiAnswer>),
    /// What the operator wants. The highest generation wins.
    Control {
        /// The operator's own counter.
        generation: u64,
        /// The level.
        desired: Desired,
    },
    /// The local hold, set or lifted by a person at the bot itself.
    LocalHold(Hold),
    /// Everything up to this sequence number is durable.
    Durable {
        /// The sequence number.
        seq: Seq,
    },
    /// The store's health changed.
    Store(StoreHealth),
    /// The account's lease changed.
    Lease(LeaseState),
    /// Something outside of the core keeps anything from being opened, as long as it is there. Not remembered over a
    /// restart: the next process finds out for itself.
    Obstacle {
        /// What it is.
        reason: Reason,
        /// It is there; false when it is gone.
        present: bool,
    },
    /// Something went so wrong that nothing may be opened until a person settles the risk event that this makes. It
    /// stands through restarts, and a second one of the same reason changes nothing.
    Halt {
        /// What went wrong.
        reason: Reason,
        /// The same, as a sentence.
        detail: String,
    },
    /// A person settles a risk event: a halt that waited for it ends.
    Resolve {
        /// The risk event's number.
        risk_event: u64,
    },
    /// Time went by: a deadline asked for by [`crate::Output::WakeAt`] has come.
    Wake,
}

/// Best prices and the mark price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Quote {
    /// The best price somebody buys at.
    pub bid: Price,
    /// The best price somebody sells at.
    pub ask: Price,
    /// The price that margin and triggers go by.
    pub mark: Price,
}

impl Quote {
    /// The middle of bid and ask: the price that candles are made of.
    #[inline]
    #[must_use]
    pub const fn mid(&self) -> Price {
        // Half of the distance, not half of the sum: two prices at the limit would overflow.
        Price::from_units(self.bid.units() + (self.ask.units() - self.bid.units()) / 2)
    }

    /// One price for everything.
    #[inline]
    #[must_use]
    pub const fn flat(price: Price) -> Self {
        Self {
            bid: price,
            ask: price,
            mark: price,
        }
    }
}

/// The extremes and the end of a span of time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Range {
    /// The highest price.
    pub high: Price,
    /// The lowest price.
    pub low: Price,
    /// The last price.
    pub close: Price,
    /// What was traded, in whatever unit the source has: for indicators only.
    pub volume: f64,
}

/// A finished candle.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candle {
    /// Its start.
    pub time: TimeMs,
    /// The first price.
    pub open: Price,
    /// The highest price.
    pub high: Price,
    /// The lowest price.
    pub low: Price,
    /// The last price.
    pub close: Price,
    /// What was traded, in whatever unit the source has: for indicators only.
    pub volume: f64,
}

/// What became of an action that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SendResult {
    /// The order rests, or waits for its trigger.
    Resting {
        /// The venue's number.
        order: OrderId,
    },
    /// The order filled at once, perhaps in part; its fills come as inputs of their own.
    Filled {
        /// The venue's number.
        order: OrderId,
        /// How much of it filled.
        size: Size,
    },
    /// The venue refused it.
    Refused(Refusal),
    /// No answer, or one that says nothing: timeout, broken connection, 5xx.
    NoAnswer,
    /// The order was cancelled as asked.
    Canceled,
    /// There was nothing to cancel: never placed, already cancelled, or filled.
    NothingToCancel,
}

/// What the venue says of an order that it had accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderUpdate {
    /// It rests.
    Open {
        /// The venue's number.
        order: OrderId,
    },
    /// Its trigger was reached.
    Triggered,
    /// It is filled.
    Filled,
    /// It is cancelled, by us or by the venue.
    Canceled,
    /// It was refused after it had been accepted (a trigger that found no liquidity, for example).
    Rejected,
}

/// The answer to a question about one order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LookupAnswer {
    /// The venue knows the order.
    Known {
        /// What it says of it.
        update: OrderUpdate,
        /// How much of it filled.
        filled: Size,
    },
    /// The venue never saw the order. It proves something only after the order's expiry.
    UnknownOrder,
    /// The question itself failed.
    NoAnswer,
}

/// The account as the venue has it, read in one go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountTruth {
    /// The venue's time of this truth.
    pub time: TimeMs,
    /// Account value without unrealised profit: deposits + realised - fees + funding.
    pub cash: Usd,
    /// Every position; a market that is not named is flat.
    pub positions: Vec<PositionTruth>,
    /// Every resting order of the account.
    pub open_orders: Vec<OpenOrderTruth>,
    /// Fills since the newest one that the core knows, in order: they are part of this truth.
    pub fills: Vec<Fill>,
}

/// A position as the venue has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PositionTruth {
    /// Of which market.
    pub market: MarketId,
    /// Signed: negative is short.
    pub size: Size,
    /// What it cost to enter, signed like the size.
    pub cost: Usd,
    /// At this price the venue liquidates it, where it says so.
    pub liquidation_price: Option<Price>,
}

/// A resting order as the venue has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenOrderTruth {
    /// Our id; `None` for an order that somebody else made.
    pub cloid: Option<Cloid>,
    /// The venue's number.
    pub order: OrderId,
    /// Of which market.
    pub market: MarketId,
    /// Buy or sell.
    pub side: Side,
    /// What is left of it.
    pub size: Size,
    /// It only reduces.
    pub reduce_only: bool,
}

/// Whether things can be written down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum StoreHealth {
    /// They can.
    #[default]
    Up,
    /// They cannot.
    Down,
    /// There is no room left.
    Full,
}

/// Who may trade on the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LeaseState {
    /// We may.
    Held {
        /// The epoch of our tenure.
        epoch: u64,
    },
    /// We may not, or cannot know.
    NotHeld,
}
