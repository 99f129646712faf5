//! What an order of the venue has beyond the core's vocabulary: kept beside the request, and empty for the core's own orders.

use aicoin_domain::{OrderId, Price};
use serde::{Deserialize, Serialize};

/// What an order of the venue has beyond the core's vocabulary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Terms {
    /// It came without a client order id: the one in its request is zero and means nothing.
    pub has_no_cloid: bool,
    /// Of a trigger order: the limit price that it has once it is set off. `None`: no limit.
    pub limit: Option<Price>,
    /// Of a trigger order: once it is set off it is a limit order, not a market order.
    pub is_limit: bool,
    /// What it belongs to.
    pub link: Link,
}

impl Terms {
    /// Nothing beyond the core's vocabulary.
    pub(crate) fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

/// What an order belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Link {
    /// It stands alone.
    #[default]
    None,
    /// A stop-loss or take-profit that came with an order (the venue's `normalTpsl`); it outlives it.
    Child {
        /// That order.
        parent: OrderId,
    },
    /// A stop-loss or take-profit of a position (the venue's `positionTpsl`).
    Position {
        /// Its size is the position's, whatever that becomes.
        follows: bool,
    },
}

/// Where an order that is not finished stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Standing {
    /// In the book, or set off and about to take from it.
    Book,
    /// It waits until the mark price reaches its trigger.
    WaitingForTrigger,
    /// It waits until its parent is filled, and for its trigger after that.
    WaitingForFill,
}
