//! What others trade in a market, and the candles that come of it.

use std::collections::VecDeque;

use aicoin_domain::{DurationMs, OrderId, Price, Side, Size, TimeMs};
use aicoin_hyperliquid::Address;
use aicoin_paper::Quote;

use crate::random::Random;

/// Trades that are remembered: more than any client sees at once.
const TRADES_MAX: usize = 256;
/// Minutes that are remembered: three weeks.
const MINUTES_MAX: usize = 30_240;
const MINUTE: DurationMs = DurationMs::from_mins(1);
/// Numbers of trades that nobody here made begin above all others.
const TRADES_FROM: u64 = 1 << 49;

/// A trade of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trade {
    /// Counted from one: what a client has seen already.
    pub(crate) number: u64,
    pub(crate) trade: u64,
    pub(crate) time: TimeMs,
    /// Who took.
    pub(crate) side: Side,
    pub(crate) price: Price,
    pub(crate) size: Size,
    /// Whose order it was, when it was somebody's who is here.
    pub(crate) party: Option<Party>,
}

/// One of the two who traded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Party {
    pub(crate) user: Address,
    pub(crate) order: OrderId,
    pub(crate) side: Side,
}

/// A candle as it grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Candle {
    pub(crate) time: TimeMs,
    pub(crate) open: Price,
    pub(crate) high: Price,
    pub(crate) low: Price,
    pub(crate) close: Price,
    pub(crate) volume: Size,
    pub(crate) trades: u32,
}

/// The trades and minutes of a market.
#[derive(Clone, Debug)]
pub(crate) struct Tape {
    random: Random,
    trades: VecDeque<Trade>,
    minutes: VecDeque<Candle>,
    count: u64,
    first_trade: u64,
}

impl Tape {
    /// A tape of its own for every seed and market; `place` keeps the numbers of trades apart.
    pub(crate) fn new(seed: u64, name: &str, place: usize) -> Self {
        let place = u64::try_from(place).unwrap_or(0);
        Self {
            random: Random::new(seed, name),
            trades: VecDeque::new(),
            minutes: VecDeque::new(),
            count: 0,
            first_trade: TRADES_FROM + (place << 40),
        }
    }

    /// Others trade once or a few times at the best prices.
    pub(crate) fn step(&mut self, now: TimeMs, quote: &Quote, lot: Size) {
        for _ in 0..=self.random.below(3) {
            let side = if self.random.below(2) == 0 {
                Side::Buy
            } else {
                Side::Sell
            };
            let (price, depth) = match side {
                Side::Buy => (quote.ask, quote.ask_size),
                Side::Sell => (quote.bid, quote.bid_size),
            };
            // Up to a thirtieth of what stands there, in whole lots.
            let lots = depth.units() / lot.units().max(1) / 30;
            let lots = i64::try_from(self.random.below(lots.unsigned_abs() + 1)).unwrap_or(0) + 1;
            self.record(Trade {
                number: 0,
                trade: self.first_trade + self.count,
                time: now,
                side,
                price,
                size: Size::from_units(lots * lot.units()),
                party: None,
            });
        }
    }

    /// A trade, of others or of somebody here. Its place among all is given to it.
    pub(crate) fn record(&mut self, trade: Trade) {
        self.count += 1;
        let Trade {
            time: now,
            price,
            size,
            ..
        } = trade;
        while self.trades.len() >= TRADES_MAX {
            self.trades.pop_front();
        }
        self.trades.push_back(Trade {
            number: self.count,
            ..trade
        });
        let time = now.floor(MINUTE);
        match self.minutes.back_mut() {
            Some(minute) if minute.time >= time => minute.take(price, size),
            last => {
                // Minutes without a trade stand where the last one ended.
                let from =
                    last.map_or((time, price), |minute| (minute.time + MINUTE, minute.close));
                self.fill_gap(from.0, time, from.1);
                let mut minute = Candle::flat(time, price);
                minute.take(price, size);
                self.push(minute);
            }
        }
    }

    fn fill_gap(&mut self, from: TimeMs, to: TimeMs, price: Price) {
        let first = from.max(to - DurationMs(MINUTE.0 * 30_240));
        let mut time = first;
        while time < to {
            self.push(Candle::flat(time, price));
            time = time + MINUTE;
        }
    }

    fn push(&mut self, minute: Candle) {
        while self.minutes.len() >= MINUTES_MAX {
            self.minutes.pop_front();
        }
        self.minutes.push_back(minute);
    }

    /// The latest trades, the newest first.
    pub(crate) fn latest(&self, count: usize) -> impl Iterator<Item = &Trade> {
        self.trades.iter().rev().take(count)
    }

    /// Trades that somebody who saw `number` has not seen, the oldest first.
    pub(crate) fn since(&self, number: u64) -> impl Iterator<Item = &Trade> {
        let start = self.trades.partition_point(|trade| trade.number <= number);
        self.trades.range(start..)
    }

    /// How many trades there were.
    pub(crate) const fn count(&self) -> u64 {
        self.count
    }

    /// The minutes since the beginning from a time on, the oldest first, the last one unfinished.
    pub(super) fn minutes(&self, from: TimeMs) -> impl Iterator<Item = Candle> {
        let first = self.minutes.partition_point(|minute| minute.time < from);
        self.minutes.range(first..).copied()
    }
}

impl Candle {
    /// Nothing traded at that price.
    pub(crate) const fn flat(time: TimeMs, price: Price) -> Self {
        Self {
            time,
            open: price,
            high: price,
            low: price,
            close: price,
            volume: Size::ZERO,
            trades: 0,
        }
    }

    fn take(&mut self, price: Price, size: Size) {
        self.high = self.high.max(price);
        self.low = self.low.min(price);
        self.close = price;
        self.volume += size;
        self.trades = self.trades.saturating_add(1);
    }

    /// Goes on with what came after it.
    pub(crate) fn add(&mut self, later: &Self) {
        self.high = self.high.max(later.high);
        self.low = self.low.min(later.low);
        self.close = later.close;
        self.volume += later.volume;
        self.trades = self.trades.saturating_add(later.trades);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(whole: i64) -> Price {
        Price::from_whole(whole)
    }

    #[test]
    fn minutes_are_made_of_every_trade() {
        let mut tape = Tape::new(1, "BTC", 0);
        let one = Size::from_whole(1);
        for (ms, whole) in [(1_000, 10), (59_999, 14), (60_000, 12), (400_000, 9)] {
            tape.record(Trade {
                number: 0,
                trade: 1,
                time: TimeMs(ms),
                side: Side::Buy,
                price: price(whole),
                size: one,
                party: None,
            });
        }
        let minutes: Vec<Candle> = tape.minutes(TimeMs(0)).collect();
        assert_eq!(minutes.len(), 7);
        assert_eq!(
            minutes[0],
            Candle {
                time: TimeMs(0),
                open: price(10),
                high: price(14),
                low: price(10),
                close: price(14),
                volume: Size::from_whole(2),
                trades: 2,
            }
        );
        assert_eq!(minutes[3], Candle::flat(TimeMs(180_000), price(12)));
        assert_eq!(minutes[6].close, price(9));
        assert_eq!(tape.since(2).count(), 2);
    }

    #[test]
    fn others_trade_at_the_best_prices() {
        let quote = Quote {
            bid_size: Size::from_whole(300),
            ask_size: Size::from_whole(300),
            ..Quote::flat(price(100))
        };
        let mut tape = Tape::new(1, "BTC", 0);
        for second in 0..100 {
            tape.step(TimeMs(second * 1_000), &quote, Size::from_whole(1));
        }
        assert!((100..=300).contains(&tape.count()));
        for trade in tape.latest(1_000) {
            assert_eq!(trade.price, price(100));
            assert!(trade.size.is_positive() && trade.size <= Size::from_whole(11));
        }
    }
}
