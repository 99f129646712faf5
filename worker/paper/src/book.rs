//! The book behind the best prices: levels that the quote determines, and what is left of them.
//!
//! A quote names the best price and its size only. What stands behind it is derived from these two, the same every time:
//! the next ticks, with sizes that grow with the distance and vary a little. Until a shell asks for more, a book has its
//! best level and nothing behind it.

use alloc::vec::Vec;

use aicoin_domain::{MarketRules, Price, Side, Size};
use serde::{Deserialize, Serialize};

use crate::random::Random;

/// How many levels a side has at most: what the venue shows.
pub const BOOK_LEVELS_MAX: u8 = 20;

/// A level of the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// Its price.
    pub price: Price,
    /// What is left at it, in whole lots, above zero.
    pub size: Size,
    /// How many orders that is.
    pub count: u32,
}

/// The book of a market, the best level first, without levels that are used up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Book {
    /// Where somebody buys, falling.
    pub bids: Vec<Level>,
    /// Where somebody sells, rising.
    pub asks: Vec<Level>,
}

/// Which levels a market has, and how far each side is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Ladder {
    /// How many levels each side has.
    levels: u8,
    /// What was quoted at the bid.
    bid: Origin,
    /// What was quoted at the ask.
    ask: Origin,
}

/// What one side's levels are derived from, and which of them is the best now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Origin {
    price: Price,
    size: Size,
    level: u8,
}

impl Default for Ladder {
    fn default() -> Self {
        Self {
            levels: 1,
            bid: Origin::default(),
            ask: Origin::default(),
        }
    }
}

impl Ladder {
    /// Only the best level, as a quote says it.
    pub(crate) fn is_plain(&self) -> bool {
        self.levels <= 1
    }

    pub(crate) fn new(levels: u8) -> Self {
        Self {
            levels: levels.clamp(1, BOOK_LEVELS_MAX),
            ..Self::default()
        }
    }

    /// A quote came: nothing is used up.
    pub(crate) fn renew(&mut self, rules: &MarketRules, bid: (Price, Size), ask: (Price, Size)) {
        if self.is_plain() {
            return;
        }
        let origin = |(price, size): (Price, Size)| Origin {
            price,
            size: rules.floor_size(size),
            level: 0,
        };
        self.bid = origin(bid);
        self.ask = origin(ask);
    }

    /// The best level of the side that an order of `side` takes from is used up: the next one that has anything.
    pub(crate) fn advance(&mut self, rules: &MarketRules, side: Side) -> Option<(Price, Size)> {
        let levels = self.levels;
        let origin = match side {
            Side::Buy => &mut self.ask,
            Side::Sell => &mut self.bid,
        };
        while origin.level + 1 < levels {
            origin.level += 1;
            let level = origin.at(rules, side, origin.level)?;
            if level.size.is_positive() {
                return Some((level.price, level.size));
            }
        }
        None
    }

    /// The levels behind the best one of the side that an order of `side` takes from.
    pub(crate) fn behind(&self, rules: &MarketRules, side: Side) -> impl Iterator<Item = Level> {
        let origin = match side {
            Side::Buy => self.ask,
            Side::Sell => self.bid,
        };
        let rules = *rules;
        (origin.level + 1..self.levels)
            .map_while(move |level| origin.at(&rules, side, level))
            .filter(|level| level.size.is_positive())
    }

    /// How many orders make the best level.
    pub(crate) fn count(&self, side: Side) -> u32 {
        match side {
            Side::Buy => self.ask.count(self.ask.level),
            Side::Sell => self.bid.count(self.bid.level),
        }
    }
}

impl Origin {
    /// The level as it was quoted; `None` when there is no price left for it.
    fn at(&self, rules: &MarketRules, side: Side, level: u8) -> Option<Level> {
        let mut price = self.price;
        for _ in 0..level {
            price = match side {
                Side::Buy => rules.price_above(price + rules.tick(price)),
                Side::Sell => rules.price_below(price - rules.tick(price)),
            };
            if !price.is_positive() || price.units() > Price::LIMIT_UNITS {
                return None;
            }
        }
        let size = if level == 0 || self.size.is_zero() {
            self.size
        } else {
            // Half of the best level and more, rising to about five times of it at the twentieth.
            let percent = 50 + 20 * i128::from(level) + i128::from(self.noise(level) % 100);
            let units = i128::from(self.size.units()) * percent / 100;
            let units = units.min(i128::from(Size::LIMIT_UNITS));
            rules
                .floor_size(Size::from_units(i64::try_from(units).unwrap_or(0)))
                .max(rules.lot())
        };
        Some(Level {
            price,
            size,
            count: self.count(level),
        })
    }

    fn count(&self, level: u8) -> u32 {
        1 + u32::try_from(self.noise(level) / 100 % 9).unwrap_or(0)
    }

    /// The same number for the same quote and level.
    fn noise(&self, level: u8) -> u64 {
        let seed = self.price.units().unsigned_abs();
        Random::new(seed, &[&[level]]).next()
    }
}
