//! A market that nobody trades in: prices from a seed, for trying a bot without any venue.
//!
//! It looks like a market: trends that last for hours, quiet and wild days, jumps now and then, a spread that widens and
//! a book that thins out when it gets wild, a perpetual that strays from its index, and funding that follows. All markets
//! of one seed share a part of their moves.
//!
//! The moves are floats, because nothing depends on them but what is drawn next; every price that leaves this file is
//! rounded to a valid tick first. Every float of the state is saved with all of its bits: a market that is written down
//! and read again goes on exactly alike.

mod saved;

use alloc::vec::Vec;

use aicoin_domain::{DurationMs, Price, Rate, Size, TimeMs, Usd};
use serde::{Deserialize, Serialize};

use crate::listing::Listed;
use crate::quote::Quote;
use crate::random::Random;

/// The step of the process.
const STEP: DurationMs = DurationMs::from_secs(1);
/// After a gap longer than this, the excess is walked in strides.
const GAP_MAX: DurationMs = DurationMs::from_mins(24 * 60);
/// The stride after a long gap.
const STRIDE: DurationMs = DurationMs::from_mins(5);
/// How many steps make a candle of the past.
const STEPS_PER_CANDLE: u32 = 24;
/// Candles of the past are at most this many: 5,000 is what the venue serves.
const CANDLES_MAX: usize = 5_000;

const YEAR_S: f64 = 365.25 * 86_400.0;
/// A trend lasts this long on average.
const TREND_S: f64 = 4.0 * 3_600.0;
/// Wildness forgets itself in this time.
const WILDNESS_S: f64 = 6.0 * 3_600.0;
/// The standard deviation of the logarithm of wildness.
const WILDNESS: f64 = 0.45;
/// How many jumps a day brings on average.
const JUMPS_PER_DAY: f64 = 3.0;
/// A jump is about as large as an hour's move, times this.
const JUMP_HOURS: f64 = 1.2;
/// The part of the variance that all markets share.
const SHARED: f64 = 0.5;
/// The price is pulled back to where it began over this time.
const PULL_S: f64 = 90.0 * 86_400.0;
/// It never leaves this range around its beginning: e^2.5 is a factor of twelve.
const RANGE: f64 = 2.5;
/// The premium forgets itself in this time.
const PREMIUM_S: f64 = 1_800.0;
/// Its standard deviation.
const PREMIUM: f64 = 0.000_3;
/// The oracle follows the index with this delay.
const ORACLE_S: f64 = 3.0;
/// The mark price follows the middle of the book with this delay.
const MARK_S: f64 = 2.0;
/// Funding goes by the average premium of this time.
const FUNDING_S: f64 = 3_600.0;
/// The venue's interest component of funding, per 8 hours.
const INTEREST: f64 = 0.000_1;
/// How far the interest component may pull funding.
const INTEREST_RANGE: f64 = 0.000_5;
/// The venue's limit for an hour's funding.
const FUNDING_MAX: f64 = 0.04;

/// A finished candle of a simulated market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimulatedCandle {
    /// Its start.
    pub time: TimeMs,
    /// The first price.
    pub open: Price,
    /// The highest price.
    pub high: Price,
    /// The lowest price.
    pub low: Price,
    /// The last price.
    pub close: Price,
}

/// A simulated market.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SimulatedMarket {
    #[serde(with = "saved::by_name")]
    listed: &'static Listed,
    time: TimeMs,
    /// Draws what is the market's own.
    own: Random,
    /// Draws what all markets of the seed share: each draws the same numbers.
    shared: Random,
    #[serde(with = "saved::bits")]
    walk: Walk,
}

/// The state of the process: logarithms and ratios.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Walk {
    /// The index, as the logarithm of its ratio to the start price.
    index: f64,
    /// The trend, in standard deviations of a trend's length.
    trend: f64,
    /// The logarithm of wildness.
    wildness: f64,
    /// By how much the perpetual is above its index.
    premium: f64,
    /// Its average of the last hour.
    premium_average: f64,
    /// The oracle, as the index.
    oracle: f64,
    /// The mark price, as the index.
    mark: f64,
    /// How full the book is, as the logarithm of a ratio.
    fullness: f64,
    /// The bid's share of it against the ask's.
    tilt: f64,
}

impl SimulatedMarket {
    /// The market at its beginning. The same seed and market give the same prices, step by step, whenever it begins.
    #[must_use]
    pub fn new(listed: &'static Listed, seed: u64, start: TimeMs) -> Self {
        let mut market = Self {
            listed,
            time: start,
            own: Random::new(seed, &[listed.name.as_bytes()]),
            shared: Random::new(seed, &[b"all markets"]),
            walk: Walk::default(),
        };
        // Not every run begins at the listed price, in a calm and without a direction.
        market.walk.index = 0.05 * market.own.normal();
        market.walk.wildness = WILDNESS * market.own.normal();
        market.walk.trend = 0.7 * market.own.normal();
        market.walk.premium = PREMIUM * market.own.normal();
        market.walk.premium_average = market.walk.premium;
        market.walk.oracle = market.walk.index;
        market.walk.mark = market.walk.index + market.walk.premium;
        market
    }

    /// The listed market that this one simulates.
    #[must_use]
    pub const fn listed(&self) -> &'static Listed {
        self.listed
    }

    /// The time of the latest prices.
    #[must_use]
    pub const fn time(&self) -> TimeMs {
        self.time
    }

    /// Lets time pass up to `now`, in steps of a second, and returns the prices then. Time that went backwards changes
    /// nothing. After more than a day at once the excess is walked in strides of five minutes.
    pub fn step(&mut self, now: TimeMs) -> Quote {
        while now - self.time > GAP_MAX {
            self.advance(STRIDE);
        }
        while now - self.time >= STEP {
            self.advance(STEP);
        }
        self.quote()
    }

    /// The latest prices.
    #[must_use]
    pub fn quote(&self) -> Quote {
        let rules = &self.listed.rules;
        let walk = &self.walk;
        let wild = libm::exp(walk.wildness);
        let middle = self.price(walk.index + walk.premium);
        let half = self.listed.spread.to_f64() * (0.5 + 0.5 * wild) / 2.0;
        let bid = rules.price_below(to_price(middle * (1.0 - half)));
        let ask = rules.price_above(to_price(middle * (1.0 + half)));
        // Both may round to the same tick; they never meet in a book.
        let ask = if ask > bid {
            ask
        } else {
            bid + rules.tick(bid)
        };
        let depth = self.listed.depth.to_f64() * libm::exp(walk.fullness) / wild;
        Quote {
            bid,
            ask,
            bid_size: self.lots(depth * libm::exp(walk.tilt), bid),
            ask_size: self.lots(depth * libm::exp(-walk.tilt), ask),
            mark: rules.nearest_price(to_price(self.price(walk.mark))),
            oracle: rules.nearest_price(to_price(self.price(walk.oracle))),
        }
    }

    /// The funding rate of an hour, from the average premium of the last hour by the venue's formula.
    #[must_use]
    pub fn funding_rate(&self) -> Rate {
        let premium = self.walk.premium_average;
        let of_8_hours = premium + (INTEREST - premium).clamp(-INTEREST_RANGE, INTEREST_RANGE);
        let hourly = (of_8_hours / 8.0).clamp(-FUNDING_MAX, FUNDING_MAX);
        // Ten decimals are what the venue shows.
        Rate::from_units(to_units(hourly * 1e10) * 100)
    }

    /// Finished candles of length `interval` from before the market's beginning, the oldest first, at most 5,000: the last
    /// one ends at or before `start`, near the price that [`SimulatedMarket::new`] begins with.
    #[must_use]
    pub fn history(
        listed: &'static Listed,
        seed: u64,
        start: TimeMs,
        interval: DurationMs,
        count: usize,
    ) -> Vec<SimulatedCandle> {
        Self::new(listed, seed, start).past(interval, count)
    }

    /// Finished candles from before now, as if the market had been there: they end near the price that it has now.
    #[must_use]
    pub fn past(&self, interval: DurationMs, count: usize) -> Vec<SimulatedCandle> {
        let count = count.min(CANDLES_MAX);
        if count == 0 || interval.0 <= 0 {
            return Vec::new();
        }
        // Walked forward like everything else, then moved as a whole so that it ends where the market is.
        let mut walker = self.clone();
        walker.own = Random::new(
            self.own.clone().next(),
            &[b"past", &interval.0.to_le_bytes()],
        );
        walker.shared = Random::new(
            self.shared.clone().next(),
            &[b"past", &interval.0.to_le_bytes()],
        );
        let step = DurationMs((interval.0 / i64::from(STEPS_PER_CANDLE)).max(1));
        let mut levels = Vec::with_capacity(count);
        for _ in 0..count {
            let open = walker.level();
            let (mut high, mut low) = (open, open);
            for _ in 0..STEPS_PER_CANDLE {
                walker.advance(step);
                let level = walker.level();
                high = high.max(level);
                low = low.min(level);
            }
            levels.push((open, high, low, walker.level()));
        }
        let moved = self.level() - walker.level();
        let price = |level: f64| {
            self.listed
                .rules
                .nearest_price(to_price(self.price(level + moved)))
        };
        let mut time =
            self.time.floor(interval) - DurationMs(interval.0.saturating_mul(count_of(&levels)));
        let mut candles = Vec::with_capacity(count);
        for (open, high, low, close) in levels {
            candles.push(SimulatedCandle {
                time,
                open: price(open),
                high: price(high),
                low: price(low),
                close: price(close),
            });
            time = time + interval;
        }
        candles
    }

    /// Where the perpetual is, as the index.
    fn level(&self) -> f64 {
        self.walk.index + self.walk.premium
    }

    fn price(&self, level: f64) -> f64 {
        self.listed.start_price.to_f64() * libm::exp(level.clamp(-RANGE - 0.1, RANGE + 0.1))
    }

    /// Whole lots worth that many dollars, and at least one.
    fn lots(&self, dollars: f64, price: Price) -> Size {
        let amount = Usd::from_units(i128::from(to_units(dollars * 1e6)) * 1_000_000_000_000);
        self.listed
            .rules
            .floor_size(amount.size_at(price))
            .max(self.listed.rules.lot())
    }

    /// One step of the process.
    #[allow(clippy::cast_precision_loss)]
    fn advance(&mut self, step: DurationMs) {
        let seconds = step.0 as f64 / 1_000.0;
        let (own, shared, walk) = (&mut self.own, &mut self.shared, &mut self.walk);
        let volatility = f64::from(self.listed.volatility_percent) / 100.0;
        // Trends: a new one comes at any moment with the same probability.
        if own.fraction() < seconds / TREND_S {
            walk.trend = 0.7 * own.normal();
        }
        walk.wildness = revert(walk.wildness, WILDNESS, WILDNESS_S, seconds, own.normal());
        let wild = libm::exp(walk.wildness - WILDNESS * WILDNESS);
        let spread = volatility * libm::sqrt(seconds / YEAR_S) * wild;
        let common = shared.normal();
        let alone = own.normal();
        let shock = libm::sqrt(SHARED) * common + libm::sqrt(1.0 - SHARED) * alone;
        let drift = walk.trend * volatility * seconds / libm::sqrt(TREND_S * YEAR_S);
        let pull = -walk.index * (1.0 - libm::exp(-seconds / PULL_S));
        let mut change = spread * shock + drift + pull;
        if own.fraction() < JUMPS_PER_DAY * seconds / 86_400.0 {
            change += JUMP_HOURS * volatility * libm::sqrt(3_600.0 / YEAR_S) * own.normal();
            // A jump wakes the market up.
            walk.wildness += 0.4;
        }
        walk.index = (walk.index + change).clamp(-RANGE, RANGE);
        // Buyers push the perpetual above its index while it rises.
        walk.premium = revert(walk.premium, PREMIUM, PREMIUM_S, seconds, own.normal());
        walk.premium += 0.02 * change.clamp(-0.01, 0.01);
        walk.premium = walk.premium.clamp(-0.02, 0.02);
        walk.premium_average = follow(walk.premium_average, walk.premium, FUNDING_S, seconds);
        walk.oracle = follow(walk.oracle, walk.index, ORACLE_S, seconds);
        walk.mark = follow(walk.mark, walk.index + walk.premium, MARK_S, seconds);
        walk.fullness = revert(walk.fullness, 0.4, 60.0, seconds, own.normal());
        walk.tilt = revert(walk.tilt, 0.5, 20.0, seconds, own.normal());
        self.time = self.time + step;
    }
}

/// A value that strays with that standard deviation and forgets itself in that time.
fn revert(value: f64, deviation: f64, memory_s: f64, seconds: f64, normal: f64) -> f64 {
    let kept = libm::exp(-seconds / memory_s);
    value * kept + deviation * libm::sqrt(1.0 - kept * kept) * normal
}

/// A value that follows another with that delay.
fn follow(value: f64, target: f64, delay_s: f64, seconds: f64) -> f64 {
    target + (value - target) * libm::exp(-seconds / delay_s)
}

fn count_of<T>(items: &[T]) -> i64 {
    i64::try_from(items.len()).unwrap_or(i64::MAX)
}

fn to_price(price: f64) -> Price {
    Price::from_units(to_units(price * 1e10).max(1))
}

/// The nearest integer. A float beyond the range counts as its end, so this cannot fail.
#[allow(clippy::cast_possible_truncation)]
fn to_units(value: f64) -> i64 {
    libm::round(value) as i64
}
