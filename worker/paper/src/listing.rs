//! The markets that can be simulated, with the venue's rules for them and figures that make them look like themselves.
//!
//! Prices, volatilities, spreads and depths are of the order of magnitude of 2026; they are a stage, not data.

use aicoin_domain::{Leverage, MarginTiers, MarketRules, Price, Rate, Usd};

/// A market that can be simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name at the venue.
    pub name: &'static str,
    /// The venue's rules for it.
    pub rules: MarketRules,
    /// The price that its history moves around.
    pub start_price: Price,
    /// Standard deviation of a year's returns, in percent.
    pub volatility_percent: u32,
    /// The usual distance between bid and ask, as a ratio of the price.
    pub spread: Rate,
    /// What usually stands at the best price on each side.
    pub depth: Usd,
}

/// Two tiers: `first` leverage up to `bound` millions of USD, then `second`.
const fn tiers(first: u32, bound_millions: i128, second: u32) -> MarginTiers {
    let bound = Usd::from_whole(bound_millions * 1_000_000);
    MarginTiers::two(Leverage::new(first), bound, Leverage::new(second))
}

/// The start price is a count of 10^-6 USD, the spread of hundredths of a basis point, the depth of thousands of USD.
const fn listed(
    name: &'static str,
    sz_decimals: u8,
    tiers: MarginTiers,
    start_micros: i64,
    volatility_percent: u32,
    spread_centi_bps: i64,
    depth_thousands: i128,
) -> Listed {
    Listed {
        name,
        rules: MarketRules {
            sz_decimals,
            tiers,
            only_isolated: false,
        },
        start_price: Price::from_units(start_micros * 10_000),
        volatility_percent,
        spread: Rate::from_units(spread_centi_bps * 1_000_000),
        depth: Usd::from_whole(depth_thousands * 1_000),
    }
}

static LISTING: [Listed; 16] = [
    listed("BTC", 5, tiers(40, 150, 20), 94_250_000_000, 48, 11, 900),
    listed("ETH", 4, tiers(25, 100, 15), 3_185_000_000, 65, 32, 600),
    listed("SOL", 2, tiers(20, 70, 10), 141_500_000, 78, 80, 250),
    listed("XRP", 0, tiers(20, 40, 10), 2_105_000, 80, 100, 120),
    listed("DOGE", 0, tiers(10, 20, 5), 148_200, 88, 120, 80),
    listed("HYPE", 2, tiers(10, 20, 5), 28_450_000, 105, 100, 90),
    listed("BNB", 3, tiers(10, 20, 5), 884_000_000, 55, 120, 60),
    listed("AVAX", 2, tiers(10, 20, 5), 13_900_000, 88, 150, 40),
    listed("LINK", 1, tiers(10, 20, 5), 13_350_000, 82, 150, 40),
    listed("ADA", 0, tiers(10, 20, 5), 424_000, 85, 160, 40),
    listed("SUI", 1, tiers(10, 20, 5), 1_612_000, 98, 150, 50),
    listed("kPEPE", 0, tiers(10, 3, 5), 4_620, 120, 220, 25),
    listed("LTC", 2, tiers(10, 20, 5), 82_400_000, 68, 160, 30),
    listed("TRX", 0, tiers(10, 3, 5), 281_000, 42, 200, 20),
    listed("DOT", 1, tiers(10, 3, 5), 2_215_000, 84, 220, 20),
    listed("UNI", 1, tiers(10, 3, 5), 6_050_000, 96, 200, 25),
];

/// The market of that name, as the venue writes it; `None` when it is not listed.
#[must_use]
pub fn find(name: &str) -> Option<&'static Listed> {
    LISTING.iter().find(|listed| listed.name == name)
}

/// The names of all listed markets, the largest first.
pub fn names() -> impl ExactSizeIterator<Item = &'static str> + Clone {
    LISTING.iter().map(|listed| listed.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_market_can_be_traded_as_listed() {
        assert_eq!(names().len(), 16);
        for name in names() {
            let listed = find(name).unwrap();
            assert!(listed.rules.is_valid_price(listed.start_price), "{name}");
            let at_best = listed
                .rules
                .floor_size(listed.depth.size_at(listed.start_price));
            assert!(listed.rules.is_valid_size(at_best), "{name}");
        }
        assert_eq!(find("BTC").unwrap().rules.max_leverage(), Leverage::new(40));
        assert_eq!(find("btc"), None);
    }
}
