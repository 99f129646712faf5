//! Prices as they come in: the best of a book, or a candle.

use aicoin_domain::{Price, Size};
use serde::{Deserialize, Serialize};

/// The best prices of a market, what may be traded at them, and the two reference prices.
///
/// It is taken only when every price is above zero, the bid is not above the ask, and no size is negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The best price somebody buys at.
    pub bid: Price,
    /// The best price somebody sells at.
    pub ask: Price,
    /// How much can be sold at the bid, until the next quote.
    pub bid_size: Size,
    /// How much can be bought at the ask, until the next quote.
    pub ask_size: Size,
    /// The price that triggers, margin and liquidation go by.
    pub mark: Price,
    /// The price that funding goes by.
    pub oracle: Price,
}

impl Quote {
    /// One price for everything, and as much of it as anybody wants.
    #[must_use]
    pub const fn flat(price: Price) -> Self {
        Self {
            bid: price,
            ask: price,
            bid_size: Size::from_units(Size::LIMIT_UNITS),
            ask_size: Size::from_units(Size::LIMIT_UNITS),
            mark: price,
            oracle: price,
        }
    }

    pub(crate) fn is_sane(&self) -> bool {
        self.bid.is_positive()
            && self.bid <= self.ask
            && self.mark.is_positive()
            && self.oracle.is_positive()
            && !self.bid_size.is_negative()
            && !self.ask_size.is_negative()
    }
}

/// A candle. Its extremes are widened to hold its open and close; it is taken only when every price is above zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// The first price.
    pub open: Price,
    /// The highest price.
    pub high: Price,
    /// The lowest price.
    pub low: Price,
    /// The last price.
    pub close: Price,
}

impl Range {
    /// The same candle with extremes that hold its open and close.
    #[inline]
    pub(crate) fn widened(self) -> Self {
        Self {
            high: self.high.max(self.open).max(self.close),
            low: self.low.min(self.open).min(self.close),
            ..self
        }
    }
}
