//! The venue's words for everything that it refuses, as observed; and ours, where its words are not known.

/// The price has too many digits.
pub const BAD_TICK: &str = "Price must be divisible by tick size.";
/// An opening order is worth less than 10 USD, at its own price.
pub const BELOW_MINIMUM: &str = "Order must have minimum value of $10.";
/// The free margin does not carry the order together with everything that rests.
pub const INSUFFICIENT_MARGIN: &str = "Insufficient margin to place order.";
/// A reduce-only order without a position on the other side.
pub const WOULD_INCREASE: &str = "Reduce only order would increase position.";
/// An immediate-or-cancel order that nothing matches.
pub const NO_MATCH: &str = "Order could not immediately match against any resting orders.";
/// A trigger that is on the wrong side of the mark price: it would go off at once. Never with candles.
pub const BAD_TRIGGER: &str = "Invalid TP/SL price.";
/// The position would be too large for its leverage.
pub const BEYOND_TIER: &str =
    "Order would cause position to exceed margin tier limit at current leverage";
/// A price of zero or below.
pub const INVALID_PRICE: &str = "Order has invalid price.";
/// A negative size, or one with too many decimals.
pub const INVALID_SIZE: &str = "Order has invalid size.";
/// A size of zero.
pub const ZERO_SIZE: &str = "Order has zero size.";
/// A limit price more than 80 % away from the mark price.
pub const TOO_FAR: &str = "Order price cannot be more than 80% away from the reference price";
/// There is nothing to cancel.
pub const NOTHING_TO_CANCEL: &str = "Order was never placed, already canceled, or filled.";
/// The request came after its own deadline.
pub const EXPIRED: &str = "Action already expired";
/// Leverage above the market's, or above what the position's tier allows.
pub const INVALID_LEVERAGE: &str = "Invalid leverage value";
/// The market takes isolated margin only.
pub const NO_CROSS: &str = "Cross margin is not allowed for this asset.";
/// Cross and isolated cannot be exchanged while a position is open.
pub const POSITION_OPEN: &str = "Cannot switch leverage type with open position.";
/// The position has no margin of its own.
pub const NOT_ISOLATED: &str = "Position does not use isolated margin.";
/// A main order that waits for a trigger.
pub const MAIN_IS_TRIGGER: &str = "Main order cannot be trigger order.";
/// A group without a stop-loss or take-profit, with too many of them, or with something else in their place.
pub const UNEXPECTED_TRIGGERS: &str = "Unexpected number of trigger orders";
/// The order that is to be modified has ended, or was never there.
pub const CANNOT_MODIFY: &str = "Cannot modify canceled or filled order";
/// How the words begin when a modified order is gone and the new one was refused.
pub const MODIFY_FAILED: &str = "Error placing new order during modify: ";
/// More than may be taken out.
pub const INSUFFICIENT_BALANCE: &str = "Insufficient balance for withdrawal.";
/// Less leverage would need more margin than there is (isolated).
pub const ISOLATED_TOO_THIN: &str =
    "Isolated position does not have sufficient margin available to decrease leverage.";
/// Less leverage would need more margin than there is (cross).
pub const CROSS_TOO_THIN: &str =
    "Cross position does not have sufficient margin available to decrease leverage.";

// The venue's words for these are not known.

/// A trigger order that may open. (Our words.)
pub const TRIGGER_NOT_REDUCE_ONLY: &str = "TP/SL order must be reduce only.";
/// A client order id that the account has used before. (Our words.)
pub const DUPLICATE_CLOID: &str = "Client order id was used before.";
/// No such market. (Our words.)
pub const UNKNOWN_MARKET: &str = "Market does not exist.";
/// No price has come for the market yet. (Our words.)
pub const NO_PRICE: &str = "Market has no price yet.";
/// The account has [`OPEN_ORDERS_MAX`] resting orders. (Our words.)
pub const TOO_MANY_ORDERS: &str = "Too many open orders.";
/// An action without orders. (Our words.)
pub const EMPTY_BATCH: &str = "Order action has no orders.";
/// A stop-loss or take-profit that does not close what its main order opens. (Our words.)
pub const CHILD_MISMATCH: &str =
    "TP/SL order must be in the market of its main order and on the other side.";
/// A modified order that could execute at once. (Our words.)
pub const MODIFY_WOULD_EXECUTE: &str = "Modified order must be a post-only or resting limit order.";
/// An amount of zero or below. (Our words.)
pub const INVALID_AMOUNT: &str = "Amount must be above zero.";
/// Margin cannot be added or taken away as asked. (Our words.)
pub const MARGIN_UNAVAILABLE: &str = "Insufficient margin available for the transfer.";

/// How many orders of one account may rest: the venue's limit for an account without volume.
pub const OPEN_ORDERS_MAX: u32 = 1000;
