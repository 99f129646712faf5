//! What the exchange answers to an order.

use aicoin_domain::{OrderId, Price, Refusal, Size};
use serde::{Deserialize, Serialize};

/// What the exchange answers to an order. Its fills come as events, before the answer is of any use to anybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// It rests in the book; a part may have filled at once.
    Resting {
        /// The order's number.
        oid: OrderId,
    },
    /// It filled at once; what an immediate-or-cancel order did not fill is dropped.
    Filled {
        /// The order's number.
        oid: OrderId,
        /// How much filled.
        size: Size,
        /// The average price.
        average: Price,
    },
    /// It waits for its trigger. (The venue words this `resting` for a trigger order that was sent alone.)
    WaitingForTrigger {
        /// The order's number.
        oid: OrderId,
    },
    /// No order, in the venue's words.
    Refused(Refusal),
}
