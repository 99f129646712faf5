//! The vocabulary of orders: what is asked of the venue, what it answers, and what it did.

use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::amount::{Price, Size, Usd};
use crate::id::{Cloid, MarketId, OrderId, TradeId};
use crate::time::TimeMs;

/// Buy or sell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Adds to a long position, takes from a short one.
    Buy,
    /// Adds to a short position, takes from a long one.
    Sell,
}

impl Side {
    /// The other side.
    #[inline]
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }

    /// `size` with the sign that it adds to a position: selling is negative.
    #[inline]
    #[must_use]
    pub fn signed(self, size: Size) -> Size {
        match self {
            Self::Buy => size,
            Self::Sell => -size,
        }
    }

    /// The side that a position of this sign was opened with; `None` when it is flat.
    #[inline]
    #[must_use]
    pub fn of_position(size: Size) -> Option<Self> {
        match size.units().signum() {
            1 => Some(Self::Buy),
            -1 => Some(Self::Sell),
            _ => None,
        }
    }

    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Buy => "buy",
            Self::Sell => "sell",
        }
    }
}

/// How long a limit order lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Tif {
    /// Good till cancelled: what does not fill at once rests.
    Gtc,
    /// Immediate or cancel: what does not fill at once is dropped.
    Ioc,
    /// Add liquidity only ("post only"): refused when it would fill at once.
    Alo,
}

/// Which kind of trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TpSl {
    /// Take-profit.
    Tp,
    /// Stop-loss.
    Sl,
}

/// The kind of an order, with its prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OrderKind {
    /// A limit order.
    Limit {
        /// The worst price that is accepted.
        price: Price,
        /// How long it lives.
        tif: Tif,
    },
    /// A market order that waits until the mark price reaches `trigger`.
    Trigger {
        /// The mark price that sets it off.
        trigger: Price,
        /// Stop-loss or take-profit.
        kind: TpSl,
    },
}

/// An order as it is asked of a venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OrderRequest {
    /// The client order id: one intent has one, for ever.
    pub cloid: Cloid,
    /// The market.
    pub market: MarketId,
    /// Buy or sell.
    pub side: Side,
    /// How much, above zero.
    pub size: Size,
    /// The kind, with its prices.
    pub kind: OrderKind,
    /// It may only take from a position: it never opens, adds or flips.
    pub reduce_only: bool,
}

/// The states of an order as people see them. `Filled`, `Canceled` and `Failed` are final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum OrderStatus {
    /// The intent is written down and not sent.
    Prepared,
    /// Sent once; no answer yet.
    Sent,
    /// Rests at the venue.
    Open,
    /// Rests at the venue, a part of it filled.
    PartiallyFilled,
    /// Filled, or all of it that could fill.
    Filled,
    /// Cancelled, or dropped by the venue after it had been accepted; a part may have filled.
    Canceled,
    /// Sent, and nobody knows what became of it: counted at its worst until it is resolved.
    Unknown,
    /// Definitely no order: refused by the venue, held back by us, or it never landed.
    #[serde(rename = "FAILED")]
    Failed,
}

impl OrderStatus {
    /// The word in tables and replies.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Prepared => "Prepared",
            Self::Sent => "Sent",
            Self::Open => "Open",
            Self::PartiallyFilled => "PartiallyFilled",
            Self::Filled => "Filled",
            Self::Canceled => "Canceled",
            Self::Unknown => "Unknown",
            Self::Failed => "FAILED",
        }
    }

    /// Nothing can happen to the order any more.
    #[must_use]
    pub const fn is_final(self) -> bool {
        match self {
            Self::Filled | Self::Canceled | Self::Failed => true,
            Self::Prepared | Self::Sent | Self::Open | Self::PartiallyFilled | Self::Unknown => {
                false
            }
        }
    }

    /// It was sent, or may have been, and no answer settled what became of it.
    #[must_use]
    pub const fn is_unresolved(self) -> bool {
        match self {
            Self::Prepared | Self::Sent | Self::Unknown => true,
            Self::Open | Self::PartiallyFilled | Self::Filled | Self::Canceled | Self::Failed => {
                false
            }
        }
    }
}

impl fmt::Display for OrderStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A venue's refusal, in its own words.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Refusal(pub String);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why the venue closed a position by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LiquidationKind {
    /// By an order in the book.
    Market,
    /// Taken over by the venue's backstop.
    Backstop,
}

/// One execution of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fill {
    /// The venue's number of this fill: a fill that comes twice is the same fill.
    pub trade: TradeId,
    /// The venue's number of the order.
    pub order: OrderId,
    /// Our id of the order; `None` for orders that we did not make, liquidations among them.
    pub cloid: Option<Cloid>,
    /// The market.
    pub market: MarketId,
    /// When it happened, by the venue's clock.
    pub time: TimeMs,
    /// Bought or sold.
    pub side: Side,
    /// At what price.
    pub price: Price,
    /// How much, above zero.
    pub size: Size,
    /// The fee in USD; a rebate is negative.
    pub fee: Usd,
    /// Profit or loss that this fill realised, before its fee.
    pub closed_pnl: Usd,
    /// We took liquidity.
    pub is_taker: bool,
    /// Set when the venue closed the position by itself.
    pub liquidation: Option<LiquidationKind>,
}
