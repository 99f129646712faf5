//! The states of an order, in the venue's words.

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
    /// Cancelled by the cancel-all that its owner had scheduled.
    ScheduledCancel,
    /// Set off as a market order, and nothing in the book was within its limit price.
    MarketOrderNoLiquidityRejected,
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
            Self::ScheduledCancel => "scheduledCancel",
            Self::MarketOrderNoLiquidityRejected => "marketOrderNoLiquidityRejected",
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
            | Self::LiquidatedCanceled
            | Self::ScheduledCancel
            // The word says so, and yet it was an order that waited for its trigger.
            | Self::MarketOrderNoLiquidityRejected => false,
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
