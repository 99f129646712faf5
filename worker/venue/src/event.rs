//! What comes from the venue.

use aicoin_core::Input;
use aicoin_domain::{MarketId, MarketRules, Price, Rate, Size};

use crate::boot::BootError;
use crate::health::VenueHealth;

/// One thing that came from the venue.
#[derive(Clone, Debug, PartialEq)]
pub enum VenueEvent {
    /// Something for the core.
    Input(Input),
    /// Prices of a market: all of them fresh.
    Price(MarketPrice),
    /// The account has something in a market that is not known yet: give it the next id and call
    /// [`crate::Venue::add_market`]. It is said again, not too often, until that is done.
    NewMarket {
        /// The venue's name of the coin.
        name: String,
        /// Its rules.
        rules: MarketRules,
    },
    /// How the connection is; when something changed.
    Health(VenueHealth),
    /// The venue lets this key or account do nothing any more: as [`crate::boot`] would say it. Boot again.
    Refused(BootError),
}

/// The prices of a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarketPrice {
    /// Which market.
    pub market: MarketId,
    /// The best price somebody buys at.
    pub bid: Price,
    /// The best price somebody sells at.
    pub ask: Price,
    /// How much is bought at it.
    pub bid_size: Size,
    /// How much is sold at it.
    pub ask_size: Size,
    /// The price that margin and triggers go by.
    pub mark: Price,
    /// The price that funding goes by.
    pub oracle: Price,
    /// The hourly funding rate as it stands; longs pay a positive one.
    pub funding_rate: Rate,
}
