//! Orders in the venue's whole vocabulary, as a client sends them, and what is answered to each.

use aicoin_domain::{
    Cloid, MarketId, OrderId, OrderKind, OrderRequest, Price, Refusal, Side, Size, Tif, TpSl,
};
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::terms::{Link, Terms};

/// An order in the venue's whole vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewOrder {
    /// The client order id, when it has one.
    pub cloid: Option<Cloid>,
    /// The market.
    pub market: MarketId,
    /// Buy or sell.
    pub side: Side,
    /// How much. Zero is taken for [`Grouping::PositionTpsl`] only: the whole position.
    pub size: Size,
    /// The limit price; of a market trigger the worst price that it may fill at.
    pub price: Price,
    /// It may only take from a position.
    pub reduce_only: bool,
    /// The kind.
    pub kind: NewKind,
}

/// The kind of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NewKind {
    /// A limit order.
    Limit(Tif),
    /// A stop-loss or take-profit.
    Trigger {
        /// The mark price that sets it off.
        trigger: Price,
        /// Stop-loss or take-profit.
        kind: TpSl,
        /// A market order once it is set off; else a limit order.
        is_market: bool,
    },
}

/// How the orders of one action belong together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Grouping {
    /// Not at all.
    #[default]
    Na,
    /// An order, and the stop-loss and take-profit of what it opens.
    NormalTpsl,
    /// A stop-loss and take-profit of the position that is there.
    PositionTpsl,
}

/// What is answered to one order of an action, in the venue's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Placed {
    /// It rests in the book, or it is a trigger order that was sent alone.
    Resting {
        /// Its number.
        oid: OrderId,
    },
    /// It filled at once; what an immediate-or-cancel order did not fill is dropped.
    Filled {
        /// Its number.
        oid: OrderId,
        /// How much filled.
        size: Size,
        /// The average price.
        average: Price,
    },
    /// It waits until its parent is filled.
    WaitingForFill {
        /// Its number.
        oid: OrderId,
    },
    /// It came with a parent that is filled, or with a position, and waits for its trigger.
    WaitingForTrigger {
        /// Its number.
        oid: OrderId,
    },
    /// No order, in the venue's words.
    Refused(Refusal),
}

/// An order by one of its two names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderRef {
    /// The exchange's number of it.
    Oid(OrderId),
    /// The client order id.
    Cloid(Cloid),
}

impl From<Answer> for Placed {
    /// The answer to an order that was sent alone.
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Resting { oid } | Answer::WaitingForTrigger { oid } => Self::Resting { oid },
            Answer::Filled { oid, size, average } => Self::Filled { oid, size, average },
            Answer::Refused(words) => Self::Refused(words),
        }
    }
}

impl NewOrder {
    /// Whether it waits for a trigger.
    pub(crate) const fn is_trigger(&self) -> bool {
        matches!(self.kind, NewKind::Trigger { .. })
    }

    /// In the core's vocabulary, and what is beyond it.
    pub(crate) fn split(&self, link: Link) -> (OrderRequest, Terms) {
        let mut terms = Terms {
            has_no_cloid: self.cloid.is_none(),
            link,
            ..Terms::default()
        };
        let kind = match self.kind {
            NewKind::Limit(tif) => OrderKind::Limit {
                price: self.price,
                tif,
            },
            NewKind::Trigger {
                trigger,
                kind,
                is_market,
            } => {
                terms.limit = Some(self.price);
                terms.is_limit = !is_market;
                OrderKind::Trigger { trigger, kind }
            }
        };
        let request = OrderRequest {
            cloid: self.cloid.unwrap_or_default(),
            market: self.market,
            side: self.side,
            size: self.size,
            kind,
            reduce_only: self.reduce_only,
        };
        (request, terms)
    }
}
