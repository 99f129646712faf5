//! What an exchange is built with.

use alloc::vec::Vec;

use aicoin_domain::{MarketRules, Rate};
use serde::{Deserialize, Serialize};

/// Fee rates. A negative rate is a rebate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fees {
    /// For orders that take from the book.
    pub taker: Rate,
    /// For orders that rested in it.
    pub maker: Rate,
}

/// What an exchange is built with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeConfig {
    /// The markets; a `MarketId` is a place in this list.
    pub markets: Vec<MarketRules>,
    /// The fees of every account.
    pub fees: Fees,
    /// Every taker fill is this much worse than the price it was made at: above zero, and below one.
    pub slippage: Rate,
    /// Whether funding is paid.
    pub funding: bool,
}
