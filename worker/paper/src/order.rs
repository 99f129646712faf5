//! Orders: as they rest, and as they are reported.

use aicoin_domain::{
    AccountId, Cloid, MarketId, OrderId, OrderKind, OrderRequest, Price, Side, Size, TimeMs, TpSl,
    Usd,
};
use serde::{Deserialize, Serialize};

/// The venue's words for the states of an order: those that this exchange uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OrderState {
    /// It rests, or waits for its trigger.
    Open,
    /// Its trigger was reached and it is not filled yet.
    Triggered,
    /// Filled, or all of it that could fill.
    Filled,
    /// Cancelled by its owner.
    Canceled,
    /// Cancelled when it met its match, for want of margin.
    MarginCanceled,
    /// Cancelled because the position that it reduces is gone or too small.
    ReduceOnlyCanceled,
    /// Cancelled because the stop-loss or take-profit beside it closed the position.
    SiblingFilledCanceled,
    /// Cancelled because the position was liquidated.
    LiquidatedCanceled,
    /// Refused: size or price is none.
    Rejected,
    /// Refused: tick size.
    TickRejected,
    /// Refused: too small.
    MinTradeNtlRejected,
    /// Refused: margin.
    PerpMarginRejected,
    /// Refused: it would not reduce.
    ReduceOnlyRejected,
    /// Refused: post-only, and it would have matched.
    BadAloPxRejected,
    /// Refused: immediate, and nothing matched.
    IocCancelRejected,
    /// Refused: the trigger is on the wrong side.
    BadTriggerPxRejected,
    /// Refused: too far from the reference price.
    OracleRejected,
    /// Refused: too large for its leverage.
    PerpMaxPositionRejected,
    /// Refused: too many orders rest already.
    TooManyOpenOrdersRejected,
}

impl OrderState {
    /// The venue's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Triggered => "triggered",
            Self::Filled => "filled",
            Self::Canceled => "canceled",
            Self::MarginCanceled => "marginCanceled",
            Self::ReduceOnlyCanceled => "reduceOnlyCanceled",
            Self::SiblingFilledCanceled => "siblingFilledCanceled",
            Self::LiquidatedCanceled => "liquidatedCanceled",
            Self::Rejected => "rejected",
            Self::TickRejected => "tickRejected",
            Self::MinTradeNtlRejected => "minTradeNtlRejected",
            Self::PerpMarginRejected => "perpMarginRejected",
            Self::ReduceOnlyRejected => "reduceOnlyRejected",
            Self::BadAloPxRejected => "badAloPxRejected",
            Self::IocCancelRejected => "iocCancelRejected",
            Self::BadTriggerPxRejected => "badTriggerPxRejected",
            Self::OracleRejected => "oracleRejected",
            Self::PerpMaxPositionRejected => "perpMaxPositionRejected",
            Self::TooManyOpenOrdersRejected => "tooManyOpenOrdersRejected",
        }
    }

    /// Nothing can happen to the order any more.
    #[must_use]
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Open | Self::Triggered)
    }

    /// It was refused and never was an order.
    #[must_use]
    pub const fn is_rejected(self) -> bool {
        match self {
            Self::Open
            | Self::Triggered
            | Self::Filled
            | Self::Canceled
            | Self::MarginCanceled
            | Self::ReduceOnlyCanceled
            | Self::SiblingFilledCanceled
            | Self::LiquidatedCanceled => false,
            Self::Rejected
            | Self::TickRejected
            | Self::MinTradeNtlRejected
            | Self::PerpMarginRejected
            | Self::ReduceOnlyRejected
            | Self::BadAloPxRejected
            | Self::IocCancelRejected
            | Self::BadTriggerPxRejected
            | Self::OracleRejected
            | Self::PerpMaxPositionRejected
            | Self::TooManyOpenOrdersRejected => true,
        }
    }
}

/// What is known of an order, for as long as the history remembers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderReport {
    /// Its number.
    pub oid: OrderId,
    /// The order as it was asked.
    pub request: OrderRequest,
    /// Its state.
    pub state: OrderState,
    /// When it was placed.
    pub placed: TimeMs,
    /// When its state changed last.
    pub changed: TimeMs,
    /// How much of it has filled.
    pub filled: Size,
    /// What the filled part was worth.
    pub value: Usd,
}

impl OrderReport {
    /// The average price of what has filled; zero for nothing.
    #[must_use]
    pub fn average(&self) -> Price {
        self.value.average_price(self.filled)
    }
}

/// An order that rests or waits, as its owner sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenOrder {
    /// Its number.
    pub oid: OrderId,
    /// The order as it was asked.
    pub request: OrderRequest,
    /// Its state: open or triggered.
    pub state: OrderState,
    /// When it was placed.
    pub placed: TimeMs,
    /// How much of it has filled.
    pub filled: Size,
    /// What is left of it: less than the rest of the request when its position shrank.
    pub remaining: Size,
}

/// An order that rests or waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Order {
    /// Whose.
    pub(crate) account: AccountId,
    /// What is left of it.
    pub(crate) left: Size,
    /// Everything else.
    pub(crate) report: OrderReport,
}

impl Order {
    pub(crate) const fn oid(&self) -> OrderId {
        self.report.oid
    }

    pub(crate) const fn cloid(&self) -> Cloid {
        self.report.request.cloid
    }

    pub(crate) const fn side(&self) -> Side {
        self.report.request.side
    }

    pub(crate) const fn market(&self) -> MarketId {
        self.report.request.market
    }

    pub(crate) const fn is_reduce_only(&self) -> bool {
        self.report.request.reduce_only
    }

    /// Its limit price, when it is in the book.
    pub(crate) const fn limit(&self) -> Option<Price> {
        match self.report.request.kind {
            OrderKind::Limit { price, .. } => Some(price),
            OrderKind::Trigger { .. } => None,
        }
    }

    /// Its trigger.
    pub(crate) const fn trigger(&self) -> Option<(Price, TpSl)> {
        match self.report.request.kind {
            OrderKind::Limit { .. } => None,
            OrderKind::Trigger { trigger, kind } => Some((trigger, kind)),
        }
    }

    pub(crate) const fn to_open(self) -> OpenOrder {
        OpenOrder {
            oid: self.report.oid,
            request: self.report.request,
            state: self.report.state,
            placed: self.report.placed,
            filled: self.report.filled,
            remaining: self.left,
        }
    }

    /// The price that sets it off or fills it, and whether that is a price at or below it (else at or above).
    pub(crate) const fn threshold(&self) -> (Price, bool) {
        match (self.report.request.kind, self.side()) {
            // A stop sells when prices fall, a take-profit when they rise; buying is the mirror image.
            (
                OrderKind::Trigger {
                    trigger,
                    kind: TpSl::Sl,
                },
                Side::Sell,
            ) => (trigger, true),
            (
                OrderKind::Trigger {
                    trigger,
                    kind: TpSl::Tp,
                },
                Side::Sell,
            ) => (trigger, false),
            (
                OrderKind::Trigger {
                    trigger,
                    kind: TpSl::Sl,
                },
                Side::Buy,
            ) => (trigger, false),
            (
                OrderKind::Trigger {
                    trigger,
                    kind: TpSl::Tp,
                },
                Side::Buy,
            ) => (trigger, true),
            (OrderKind::Limit { price, .. }, Side::Buy) => (price, true),
            (OrderKind::Limit { price, .. }, Side::Sell) => (price, false),
        }
    }

    /// Whether prices that went down to `low` and up to `high` reach it.
    #[inline]
    pub(crate) fn is_reached(&self, low: Price, high: Price) -> bool {
        let (price, from_above) = self.threshold();
        if from_above {
            low <= price
        } else {
            high >= price
        }
    }
}
