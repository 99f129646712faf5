//! What the core wants written down: rows for people, in the order in which they happened.

use alloc::boxed::Box;
use alloc::string::String;

use aicoin_domain::{
    DecisionId, Desired, Fill, Hold, MarketId, OrderRequest, OrderStatus, Price, Reason, Refusal,
    Size, TimeMs, Usd,
};
use serde::{Deserialize, Serialize};

use crate::ai::{AiAction, AiCall};

/// One row, inserted or replaced by its key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Record {
    /// A decision; key: its id.
    Decision(DecisionRecord),
    /// An order's intent and state; key: its client order id.
    Order(OrderRecord),
    /// A fill; key: market and trade id. Inserted once.
    Fill(FillRecord),
    /// A position; key: its market.
    Position(PositionRecord),
    /// The account at one time.
    Account(AccountRecord),
    /// A risk event; key: its number.
    Risk(RiskRecord),
    /// The risk event of that number needs nothing to be done any more.
    Settled(u64),
    /// An accepted control message or local hold.
    Control(ControlRecord),
}

/// A decision, accepted or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionRecord {
    /// Its number.
    pub id: DecisionId,
    /// When it was taken.
    pub time: TimeMs,
    /// In which market; `None` when the whole reply failed.
    pub market: Option<MarketId>,
    /// What was wanted.
    pub wanted: Wanted,
    /// Why, in the decider's terms.
    pub why: Why,
    /// What the checks said: `None` is accepted.
    pub rejected: Option<Reason>,
    /// A sentence beside the code, where one helps.
    pub detail: Option<String>,
    /// The mark price at that time.
    pub mark: Price,
    /// The call behind it: with the first decision of a reply only, so that costs add up.
    pub call: Option<Box<AiCall>>,
    /// The view that it was taken on; 0 for rules.
    pub view: u64,
}

/// What a decision wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Wanted {
    /// A rule wants to be long.
    Long,
    /// A rule wants to be short.
    Short,
    /// A rule wants to be flat.
    Flat,
    /// A model's action.
    Ai(AiAction),
    /// Nothing could be read.
    Nothing,
}

impl Wanted {
    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Long => "long",
            Self::Short => "short",
            Self::Flat => "flat",
            Self::Ai(action) => action.as_str(),
            Self::Nothing => "nothing",
        }
    }
}

/// Why a decision was taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Why {
    /// The two averages of a cross at that candle's close.
    EmaCross {
        /// The fast average.
        fast: f64,
        /// The slow average.
        slow: f64,
    },
    /// The model's own words, and how sure it is.
    Model {
        /// Untrusted text.
        reason: String,
        /// 0 to 100.
        confidence: u8,
    },
    /// There was no usable reply; the code and sentence say why.
    Failure,
}

/// Which part of a decision an order carries out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leg {
    /// Opens a position.
    Open,
    /// Closes or reduces a position because a decision says so.
    Close,
    /// The protective stop.
    Stop,
    /// The take-profit.
    Take,
    /// Flattens a position that could not be protected.
    Flatten,
    /// Flattens a position because close-all is in force.
    CloseAll,
}

impl Leg {
    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Close => "close",
            Self::Stop => "stop",
            Self::Take => "take",
            Self::Flatten => "flatten",
            Self::CloseAll => "close_all",
        }
    }

    /// Whether the order may raise exposure.
    #[must_use]
    pub const fn raises_exposure(self) -> bool {
        match self {
            Self::Open => true,
            Self::Close | Self::Stop | Self::Take | Self::Flatten | Self::CloseAll => false,
        }
    }
}

/// An order's intent and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OrderRecord {
    /// What was asked.
    pub request: OrderRequest,
    /// The decision that it carries out.
    pub decision: DecisionId,
    /// Which part of it.
    pub leg: Leg,
    /// The how-many-eth try of that part, from 0.
    pub attempt: u32,
    /// The state.
    pub status: OrderStatus,
    /// How much has filled.
    pub filled: Size,
    /// What that was worth.
    pub filled_notional: Usd,
    /// The venue's number, once known.
    pub oid: Option<u64>,
    /// The nonce that the action is signed with.
    pub nonce: u64,
    /// The lease epoch in which it was written.
    pub epoch: u64,
    /// The venue refuses it after this.
    pub expires_at: TimeMs,
    /// When the intent was written.
    pub created_at: TimeMs,
    /// When it last changed.
    pub updated_at: TimeMs,
    /// Why it failed.
    pub error: Option<OrderError>,
}

/// Why an order failed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OrderError {
    /// The venue's words.
    Venue(Refusal),
    /// Held back by us, or never landed.
    Reason(Reason),
}

impl core::fmt::Display for OrderError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Venue(refusal) => write!(f, "{refusal}"),
            Self::Reason(reason) => write!(f, "{reason}"),
        }
    }
}

/// A fill and whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FillRecord {
    /// The fill.
    pub fill: Fill,
    /// The part of a decision that it belongs to; `None` for what we did not order.
    pub leg: Option<Leg>,
    /// The decision; 0 for what we did not order.
    pub decision: DecisionId,
}

/// A position after a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PositionRecord {
    /// Of which market.
    pub market: MarketId,
    /// Signed: negative is short, zero is flat.
    pub size: Size,
    /// What it cost to enter, signed like the size.
    pub cost: Usd,
    /// Profit realised in this market so far, before fees.
    pub realised: Usd,
    /// Fees paid in this market so far.
    pub fees: Usd,
    /// Funding received in this market so far; negative is paid.
    pub funding: Usd,
    /// The stop it should have.
    pub stop: Option<Price>,
    /// The take-profit it should have.
    pub take: Option<Price>,
    /// When it was opened.
    pub opened_at: Option<TimeMs>,
    /// When it changed.
    pub updated_at: TimeMs,
}

/// The account at one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRecord {
    /// When.
    pub time: TimeMs,
    /// Cash plus unrealised profit.
    pub equity: Usd,
    /// Deposits + realised - fees + funding.
    pub cash: Usd,
    /// Unrealised profit or loss.
    pub unrealised: Usd,
    /// Profit realised so far, before fees.
    pub realised: Usd,
    /// Fees so far.
    pub fees: Usd,
    /// Funding received so far; negative is paid.
    pub funding: Usd,
    /// The notional value of all positions.
    pub notional: Usd,
    /// The drawdown from the highest equity, as a ratio in percent of a percent (basis points).
    pub drawdown_bps: i64,
}

/// Something that a person should know of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskRecord {
    /// Its number.
    pub id: u64,
    /// When it happened.
    pub time: TimeMs,
    /// What.
    pub reason: Reason,
    /// In which market, where it is about one.
    pub market: Option<MarketId>,
    /// A sentence.
    pub detail: String,
    /// Nothing needs to be done about it any more.
    pub resolved: bool,
}

/// A control message that was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlRecord {
    /// When.
    pub time: TimeMs,
    /// What the operator wants.
    pub desired: Desired,
    /// The operator's counter.
    pub generation: u64,
    /// The local hold.
    pub hold: Hold,
    /// The level in force.
    pub in_force: Desired,
}
