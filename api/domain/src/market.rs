//! The venue's rules for prices, sizes, leverage and margin, in one place.
//!
//! Source: Hyperliquid's documentation, pages "tick and lot size", "margin tiers" and "liquidations". A price has at most
//! 5 significant figures and at most `6 - szDecimals` decimals; whole numbers are always allowed. A size has at most
//! `szDecimals` decimals. An order that opens is worth at least 10 USD.

use serde::{Deserialize, Serialize};

use crate::amount::{Leverage, Price, Rate, Size, Usd};
use crate::decimal::div_round;

/// The least notional value of an order that opens or adds to a position.
pub const MIN_NOTIONAL: Usd = Usd::from_whole(10);

/// Significant figures that a price may have.
const SIGNIFICANT_FIGURES: u32 = 5;
/// `MAX_DECIMALS - szDecimals` is how many decimals a perpetual's price may have.
const MAX_DECIMALS: u32 = 6;

/// From this notional value on, the leverage is limited to `max_leverage`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MarginTier {
    /// The position's notional value at which the tier begins.
    pub lower_bound: Usd,
    /// The highest leverage in this tier.
    pub max_leverage: Leverage,
}

/// A market's margin tiers, in rising order; at most four.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MarginTiers {
    first: Leverage,
    above: [Option<MarginTier>; 3],
}

impl MarginTiers {
    /// One tier for every size.
    #[must_use]
    pub const fn flat(max_leverage: Leverage) -> Self {
        Self {
            first: max_leverage,
            above: [None; 3],
        }
    }

    /// A first tier from zero, and a second from `lower_bound`.
    #[must_use]
    pub const fn two(first: Leverage, lower_bound: Usd, second: Leverage) -> Self {
        Self {
            first,
            above: [
                Some(MarginTier {
                    lower_bound,
                    max_leverage: second,
                }),
                None,
                None,
            ],
        }
    }

    /// A first tier from zero and those above it; `None` when they do not rise, or are more than three.
    #[must_use]
    pub fn new(first: Leverage, above: impl IntoIterator<Item = MarginTier>) -> Option<Self> {
        let mut tiers = Self::flat(first);
        let mut slots = tiers.above.iter_mut();
        let mut bound = Usd::ZERO;
        for tier in above {
            if tier.lower_bound <= bound {
                return None;
            }
            bound = tier.lower_bound;
            *slots.next()? = Some(tier);
        }
        Some(tiers)
    }

    /// Every tier, the first one from zero.
    pub fn iter(&self) -> impl Iterator<Item = MarginTier> + '_ {
        let first = MarginTier {
            lower_bound: Usd::ZERO,
            max_leverage: self.first,
        };
        core::iter::once(first).chain(self.above.iter().copied().flatten())
    }

    /// The highest leverage for a position of this notional value.
    #[must_use]
    pub fn max_leverage_at(&self, notional: Usd) -> Leverage {
        self.iter()
            .take_while(|tier| tier.lower_bound <= notional)
            .last()
            .map_or(self.first, |tier| tier.max_leverage)
    }

    /// The maintenance margin of a position: `notional / (2 * max leverage) - deduction`, where each tier's deduction
    /// makes the amount continuous at its lower bound.
    #[must_use]
    pub fn maintenance(&self, notional: Usd) -> Usd {
        let mut deduction = Usd::ZERO;
        let mut previous = self.first;
        for tier in self.above.iter().copied().flatten() {
            if notional < tier.lower_bound {
                break;
            }
            deduction +=
                half_of(tier.lower_bound, tier.max_leverage) - half_of(tier.lower_bound, previous);
            previous = tier.max_leverage;
        }
        half_of(notional, previous) - deduction
    }

    /// The maintenance margin as a ratio of the notional value in the tier of `notional`.
    #[must_use]
    pub fn maintenance_rate(&self, notional: Usd) -> Rate {
        let twice = 2 * i64::from(self.max_leverage_at(notional).times());
        Rate::from_units(Rate::ONE_UNITS / twice)
    }
}

/// The maintenance margin of `notional` in a tier of this leverage: half of the initial margin at the highest leverage.
fn half_of(notional: Usd, max_leverage: Leverage) -> Usd {
    notional.divided(2 * max_leverage.times())
}

/// What the venue's `meta` says of one market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MarketRules {
    /// How many decimals a size may have (`szDecimals`), at most 6.
    pub sz_decimals: u8,
    /// Leverage by size.
    pub tiers: MarginTiers,
    /// Cross margin is refused in this market.
    pub only_isolated: bool,
}

impl MarketRules {
    /// The highest leverage that the market allows at any size.
    #[must_use]
    pub const fn max_leverage(&self) -> Leverage {
        self.tiers.first
    }

    /// The distance between valid prices near `price`.
    #[inline]
    #[must_use]
    pub fn tick(&self, price: Price) -> Price {
        let units = price.units().max(1);
        let by_figures = (units.ilog10() + 1).saturating_sub(SIGNIFICANT_FIGURES);
        let decimals = MAX_DECIMALS.saturating_sub(u32::from(self.sz_decimals));
        let by_decimals = Price::DECIMALS - decimals;
        // Whole numbers are always allowed, so the tick is never above 1.
        Price::from_units(10_i64.pow(by_figures.max(by_decimals).min(Price::DECIMALS)))
    }

    /// Whether the venue takes this price.
    #[inline]
    #[must_use]
    pub fn is_valid_price(&self, price: Price) -> bool {
        price.is_positive() && price.units() % self.tick(price).units() == 0
    }

    /// Whether the venue takes this size.
    #[inline]
    #[must_use]
    pub fn is_valid_size(&self, size: Size) -> bool {
        size.is_positive() && size.units() % self.lot().units() == 0
    }

    /// The smallest step of a size.
    #[inline]
    #[must_use]
    pub fn lot(&self) -> Size {
        Size::from_units(10_i64.pow(Size::DECIMALS.saturating_sub(u32::from(self.sz_decimals))))
    }

    /// The size cut down to the market's decimals: never rounded up.
    #[inline]
    #[must_use]
    pub fn floor_size(&self, size: Size) -> Size {
        Size::from_units(size.units() - size.units() % self.lot().units())
    }

    /// The valid price nearest to `price`, ties away from zero.
    #[must_use]
    pub fn nearest_price(&self, price: Price) -> Price {
        let tick = self.tick(price).units();
        let steps = div_round(i128::from(price.units()), i128::from(tick));
        Price::from_units(i64::try_from(steps * i128::from(tick)).unwrap_or(i64::MAX))
    }

    /// The highest valid price that is not above `price`.
    #[must_use]
    pub fn price_below(&self, price: Price) -> Price {
        let tick = self.tick(price).units();
        Price::from_units(price.units() - price.units().rem_euclid(tick))
    }

    /// The lowest valid price that is not below `price`.
    #[must_use]
    pub fn price_above(&self, price: Price) -> Price {
        let below = self.price_below(price);
        if below == price {
            price
        } else {
            below + self.tick(price)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use proptest::prelude::*;

    fn rules(sz_decimals: u8) -> MarketRules {
        MarketRules {
            sz_decimals,
            tiers: MarginTiers::flat(Leverage::new(40)),
            only_isolated: false,
        }
    }

    #[test]
    fn prices_follow_the_documented_examples() {
        let table = [
            (1, "1234.5", true),
            (1, "1234.56", false),
            (1, "0.01234", true),
            (1, "0.012345", false),
            (1, "123456", true),
            (1, "12345.6", false),
            (5, "46319", true),
            (5, "46319.5", false),
            (5, "9999.5", true),
            (5, "9999.55", false),
            (0, "0.000123", true),
            (0, "0.0001234", false),
        ];
        for (sz_decimals, price, valid) in table {
            let price: Price = price.parse().unwrap();
            assert_eq!(
                rules(sz_decimals).is_valid_price(price),
                valid,
                "{price} at {sz_decimals}"
            );
        }
    }

    #[test]
    fn ties_go_away_from_zero() {
        let nearest = |price: &str| rules(5).nearest_price(price.parse().unwrap()).to_string();
        assert_eq!(nearest("46319.5"), "46320");
        assert_eq!(nearest("46319.4999"), "46319");
        assert_eq!(nearest("9999.95"), "10000");
        assert_eq!(nearest("123456.5"), "123457");
    }

    #[test]
    fn maintenance_is_continuous_at_a_tier_bound() {
        let tiers = MarginTiers::two(
            Leverage::new(40),
            Usd::from_whole(150_000_000),
            Leverage::new(20),
        );
        assert_eq!(
            tiers.maintenance(Usd::from_whole(150_000_000)).to_string(),
            "1875000"
        );
        assert_eq!(
            tiers.maintenance(Usd::from_whole(150_000_100)).to_string(),
            "1875002.5"
        );
        assert_eq!(tiers.maintenance(Usd::from_whole(80)).to_string(), "1");
        assert_eq!(
            tiers.max_leverage_at(Usd::from_whole(150_000_000)).times(),
            20
        );
    }

    proptest! {
        #[test]
        fn what_is_rounded_is_valid(units in 1_000_000_i64..10_i64.pow(17), sz_decimals in 0_u8..=6) {
            let rules = rules(sz_decimals);
            let price = Price::from_units(units);
            let (below, above) = (rules.price_below(price), rules.price_above(price));
            prop_assert!(below <= price && price <= above);
            prop_assert!(below.is_zero() || rules.is_valid_price(below));
            prop_assert!(rules.is_valid_price(above));
            let nearest = rules.nearest_price(price);
            prop_assert!(nearest.is_zero() || rules.is_valid_price(nearest));
            prop_assert!(nearest == below || nearest == above);
        }

        #[test]
        fn a_size_is_never_rounded_up(units in 0_i64..10_i64.pow(17), sz_decimals in 0_u8..=6) {
            let size = Size::from_units(units);
            let floored = rules(sz_decimals).floor_size(size);
            prop_assert!(floored <= size);
            prop_assert!(floored.is_zero() || rules(sz_decimals).is_valid_size(floored));
        }
    }
}
