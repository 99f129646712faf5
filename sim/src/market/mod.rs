//! The markets: which there are, what they cost, and what others trade in them. Nothing here knows of accounts.

mod asset;
mod feed;
mod file;
mod interval;
mod tape;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use aicoin_domain::{DurationMs, MarketId, Price, Rate, Size, TimeMs};
use aicoin_paper::{Listed, Quote};

pub(crate) use asset::{Asset, Assets, SPOT_FROM, Trading};
pub(crate) use feed::Feed;
pub(crate) use file::CandleFile;
pub(crate) use interval::Interval;
pub(crate) use tape::{Candle, Day, Tape, Trade};

use crate::random::Random;

/// How many candles the venue serves of one market and interval.
pub(crate) const CANDLES_MAX: usize = 5_000;
/// Hours of funding that are remembered.
const FUNDING_MAX: usize = 5_000;
/// Hours of funding from before the beginning.
const FUNDING_PAST: i64 = 720;
const HOUR: DurationMs = DurationMs::from_mins(60);

/// The funding of an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FundingHour {
    pub(crate) time: TimeMs,
    pub(crate) rate: Rate,
    pub(crate) premium: Rate,
}

/// One market.
pub(crate) struct Market {
    pub(crate) id: MarketId,
    pub(crate) name: &'static str,
    listed: &'static Listed,
    pub(crate) feed: Feed,
    pub(crate) tape: Tape,
    pub(crate) funding: VecDeque<FundingHour>,
    /// What its prices were last.
    pub(crate) quote: Quote,
    start: TimeMs,
    /// The past, by interval: drawn when somebody asks for it.
    past: BTreeMap<Interval, Arc<Vec<Candle>>>,
}

impl Market {
    pub(crate) fn new(
        id: MarketId,
        listed: &'static Listed,
        mut feed: Feed,
        seed: u64,
        start: TimeMs,
    ) -> Self {
        let quote = feed.step(start);
        let mut random = Random::new(seed, listed.name);
        let hour = start.floor(HOUR);
        let funding = (1..=FUNDING_PAST)
            .rev()
            .map(|back| {
                let units = i64::try_from(random.below(30_000_000)).unwrap_or(0);
                FundingHour {
                    time: hour - DurationMs(HOUR.0 * (back - 1)),
                    rate: Rate::from_units((units - 5_000_000) / 100 * 100),
                    premium: Rate::from_units((units - 15_000_000) * 10),
                }
            })
            .collect();
        Self {
            id,
            name: listed.name,
            listed,
            feed,
            tape: Tape::new(seed, listed.name, id.index()),
            funding,
            quote,
            start,
            past: BTreeMap::new(),
        }
    }

    /// The prices at a time; others trade.
    pub(crate) fn step(&mut self, now: TimeMs) -> Quote {
        self.quote = self.feed.step(now);
        self.tape.step(now, &self.quote, self.listed.rules.lot());
        self.quote
    }

    /// Remembers an hour's funding and says its rate.
    pub(crate) fn settle_funding(&mut self, now: TimeMs) -> Rate {
        let rate = self.feed.funding_rate();
        while self.funding.len() >= FUNDING_MAX {
            self.funding.pop_front();
        }
        self.funding.push_back(FundingHour {
            time: now,
            rate,
            premium: self.premium(),
        });
        rate
    }

    /// The middle of the book.
    pub(crate) fn middle(&self) -> Price {
        Price::from_units(i64::midpoint(
            self.quote.bid.units(),
            self.quote.ask.units(),
        ))
    }

    /// By how much the market is above its oracle.
    pub(crate) fn premium(&self) -> Rate {
        let (middle, oracle) = (self.middle(), self.quote.oracle);
        let distance = oracle.distance(middle);
        let distance = if middle < oracle { -distance } else { distance };
        Rate::from_units(distance.units() / 100 * 100)
    }

    /// Candles that overlap a span, the oldest first, at most the venue's number of them, the last ones.
    pub(crate) fn candles(&mut self, interval: Interval, from: TimeMs, to: TimeMs) -> Vec<Candle> {
        let past = Arc::clone(self.past(interval));
        let live = self.tape.candles(interval, from);
        let begin = from.floor(interval.span);
        // The past ends where the first candle of today begins.
        let first_live = self.start.floor(interval.span);
        let mut candles: Vec<Candle> = past
            .iter()
            .filter(|candle| candle.time < first_live)
            .chain(&live)
            .filter(|candle| candle.time >= begin && candle.time <= to)
            .copied()
            .collect();
        let excess = candles.len().saturating_sub(CANDLES_MAX);
        candles.drain(..excess);
        candles
    }

    /// What happened in the last day, filled up with the past.
    pub(crate) fn day(&mut self, now: TimeMs) -> Day {
        let mut day = self.tape.day(now);
        let missing = 1_440 * 60_000 - (now - self.start).0;
        if let Some(interval) = Interval::find("1h") {
            let past = Arc::clone(self.past(interval));
            let count = usize::try_from(missing / HOUR.0).unwrap_or(0);
            for candle in past.iter().rev().take(count) {
                day.volume += candle.volume;
                day.value += candle.close.notional(candle.volume);
                day.price_before = candle.open;
            }
        }
        if day.price_before.is_zero() {
            day.price_before = self.quote.mark;
        }
        day
    }

    /// How much is open in the whole market, of those that are not here.
    pub(crate) fn open_interest(&self) -> Size {
        let worth = self.listed.depth;
        let size = worth.size_at(self.listed.start_price);
        self.listed
            .rules
            .floor_size(Size::from_units(size.units().saturating_mul(40)))
    }

    fn past(&mut self, interval: Interval) -> &Arc<Vec<Candle>> {
        let (feed, listed) = (&self.feed, self.listed);
        self.past.entry(interval).or_insert_with(|| {
            let candles = feed.past(interval.span, CANDLES_MAX);
            let hourly = listed.depth.size_at(listed.start_price).units() / 8;
            let mut random = Random::new(hourly.unsigned_abs(), interval.name);
            let minutes = interval.span.0 / 60_000;
            let volume = |random: &mut Random| {
                let usual = i128::from(hourly) * i128::from(minutes);
                let part = i128::from(random.below(150) + 50);
                let units = i64::try_from(usual * part / 100).unwrap_or(Size::LIMIT_UNITS);
                listed.rules.floor_size(Size::from_units(units))
            };
            let past = candles
                .into_iter()
                .map(|candle| Candle {
                    time: candle.time,
                    open: candle.open,
                    high: candle.high,
                    low: candle.low,
                    close: candle.close,
                    volume: volume(&mut random),
                    trades: u32::try_from(minutes * 20).unwrap_or(u32::MAX),
                })
                .collect();
            Arc::new(past)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candles_go_on_from_the_past_without_a_gap() {
        let start = TimeMs(1_764_000_123_456);
        let listed = aicoin_paper::find("BTC").unwrap();
        let feed = Feed::seeded(listed, 1, start);
        let mut market = Market::new(MarketId(0), listed, feed, 1, start);
        let mut now = start;
        for _ in 0..400 {
            now = now + DurationMs(1_000);
            market.step(now);
        }
        for name in ["1m", "5m", "1h"] {
            let interval = Interval::find(name).unwrap();
            let span = interval.span;
            let from = now - DurationMs(span.0 * 100);
            let candles = market.candles(interval, from, now);
            assert_eq!(candles.len(), 101, "{name}");
            assert_eq!(candles.last().unwrap().time, now.floor(span), "{name}");
            for pair in candles.windows(2) {
                assert_eq!(pair[1].time - pair[0].time, span, "{name}");
                assert!(pair[0].close.distance(pair[1].open) < "0.02".parse().unwrap());
            }
        }
        let all = market.candles(Interval::find("1m").unwrap(), TimeMs(0), now);
        assert_eq!(all.len(), CANDLES_MAX);
    }
}
