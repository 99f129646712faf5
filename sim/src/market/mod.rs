//! The markets: which there are, what they cost, and what others trade in them. Nothing here knows of accounts.

mod asset;
mod feed;
mod file;
mod interval;
mod past;
mod tape;

use std::collections::VecDeque;

use aicoin_domain::{DurationMs, MarketId, Price, Rate, Size, TimeMs, Usd};
use aicoin_paper::{Listed, Quote};

pub(crate) use asset::{Asset, Assets, SPOT_FROM, Trading};
pub(crate) use feed::Feed;
pub(crate) use file::CandleFile;
pub(crate) use interval::Interval;
pub(crate) use tape::{Candle, Party, Tape, Trade};

use crate::random::Random;

use past::{Origin, Past};

/// How many candles the venue serves of one market and interval.
pub(crate) const CANDLES_MAX: usize = 5_000;
/// How often what stands at the best price is traded in a day.
const DAILY_DEPTHS: i128 = 200;
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

/// What was traded in the last 24 hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Day {
    pub(crate) volume: Size,
    pub(crate) value: Usd,
    /// The price 24 hours ago.
    pub(crate) price_before: Price,
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
    seed: u64,
    /// The first price.
    first: Price,
    past: Option<Past>,
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
            seed,
            first: quote.mark,
            past: None,
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
        let longest = interval
            .span
            .0
            .saturating_mul(i64::try_from(CANDLES_MAX).unwrap_or(i64::MAX));
        let from = from.max(to - DurationMs(longest)).floor(interval.span);
        let past = self.past().pieces(interval, from);
        let live = self.tape.minutes(from);
        let mut candles = past::gather(past.into_iter().chain(live), interval);
        candles.retain(|candle| candle.time >= from && candle.time <= to);
        let excess = candles.len().saturating_sub(CANDLES_MAX);
        candles.drain(..excess);
        candles
    }

    /// What happened in the last day, filled up with the past.
    pub(crate) fn day(&mut self, now: TimeMs) -> Day {
        let Some(interval) = Interval::find("15m") else {
            return Day::default();
        };
        let candles = self.candles(interval, now - past::DAY, now);
        let mut day = Day {
            price_before: candles
                .first()
                .map_or(self.quote.mark, |candle| candle.open),
            ..Day::default()
        };
        for candle in candles {
            day.volume += candle.volume;
            day.value += candle.close.notional(candle.volume);
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

    /// The past, drawn when somebody asks for it first.
    fn past(&mut self) -> &Past {
        let (feed, listed, price, start, seed) =
            (&self.feed, self.listed, self.first, self.start, self.seed);
        self.past.get_or_insert_with(|| {
            Past::new(&Origin {
                seed: Random::new(seed, listed.name).next(),
                listed,
                price,
                start,
                daily: Usd::from_units(listed.depth.units().saturating_mul(DAILY_DEPTHS)),
                days: feed.days(past::DAYS),
            })
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
        for name in ["1m", "1d"] {
            let all = market.candles(Interval::find(name).unwrap(), TimeMs(0), now);
            assert_eq!(all.len(), CANDLES_MAX, "{name}");
        }
    }
}
