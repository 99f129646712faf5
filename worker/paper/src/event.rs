//! What happened, in order. The shell polls these and passes them on.

use aicoin_domain::{
    AccountId, Cloid, Fill, LiquidationKind, MarketId, OrderId, Rate, Size, TimeMs, Usd,
};
use serde::{Deserialize, Serialize};

use crate::fill::FillDetail;
use crate::order_state::OrderState;

/// Something that happened to an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// To which account.
    pub account: AccountId,
    /// When.
    pub time: TimeMs,
    /// What.
    pub what: What,
    /// What a fill's report has beside the fill; `None` for everything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<FillDetail>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// An execution. It comes before the order's own change.
    Fill(Fill),
    /// An order was accepted, changed its state, or ended.
    Order {
        /// Our id of it; zero when it came without one.
        cloid: Cloid,
        /// Its number.
        oid: OrderId,
        /// Its market.
        market: MarketId,
        /// The venue's word for its state.
        state: OrderState,
        /// How much of it has filled.
        filled: Size,
        /// How much of it is left; nothing when it has ended.
        #[serde(default)]
        remaining: Size,
    },
    /// Funding was paid.
    Funding {
        /// In which market.
        market: MarketId,
        /// Received; negative is paid.
        amount: Usd,
        /// The hourly rate.
        rate: Rate,
        /// The position, signed.
        size: Size,
    },
    /// The exchange closed a position, or a part of it; the fill came just before.
    Liquidation {
        /// In which market.
        market: MarketId,
        /// How.
        kind: LiquidationKind,
        /// How much was closed.
        size: Size,
        /// What is left, signed.
        left: Size,
    },
}
