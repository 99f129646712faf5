//! Prices and candles of one market. Candles are built here, from the price stream, and nowhere else.

use alloc::collections::VecDeque;
use core::hash::{Hash, Hasher};

use aicoin_domain::{DurationMs, Price, TimeMs};
use serde::{Deserialize, Serialize};

use crate::hash::hash_float;
use crate::input::{Candle, Quote, Range};

/// How many closed candles a view shows.
pub const VIEW_CANDLES_MAX: usize = 60;

impl Hash for Candle {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.time, self.open, self.high, self.low, self.close).hash(state);
        hash_float(self.volume, state);
    }
}

/// One market's prices.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize)]
pub(crate) struct Market {
    /// The latest prices; `None` before the first.
    pub(crate) quote: Option<Quote>,
    /// When they came.
    pub(crate) quoted_at: TimeMs,
    /// The candle that is being built.
    current: Option<Candle>,
    /// The end of the candle that is being built; kept so that a price costs one comparison.
    current_end: TimeMs,
    /// The start of the last candle that a decider saw.
    pub(crate) last_closed: Option<TimeMs>,
    /// Closed candles for views; stays empty where no model is asked.
    pub(crate) history: VecDeque<Candle>,
    keep: usize,
}

impl Market {
    /// A market without prices that remembers up to `keep` closed candles.
    pub(crate) const fn new(keep: usize) -> Self {
        Self {
            quote: None,
            quoted_at: TimeMs(i64::MIN),
            current: None,
            current_end: TimeMs(i64::MIN),
            last_closed: None,
            history: VecDeque::new(),
            keep,
        }
    }

    /// How many closed candles are remembered from now on.
    pub(crate) fn keep_history(&mut self, keep: usize) {
        self.keep = keep;
        while self.history.len() > keep {
            self.history.pop_front();
        }
    }

    /// The mark price; zero before the first quote.
    #[inline]
    pub(crate) fn mark(&self) -> Price {
        self.quote.map_or(Price::ZERO, |quote| quote.mark)
    }

    /// Takes a price. Returns the candle that it ends: a candle is closed when a price of a later one appears.
    #[inline]
    pub(crate) fn on_quote(
        &mut self,
        now: TimeMs,
        quote: Quote,
        interval: DurationMs,
    ) -> Option<Candle> {
        self.quote = Some(quote);
        self.quoted_at = now;
        let price = quote.mid();
        if now < self.current_end
            && let Some(candle) = &mut self.current
        {
            candle.high = candle.high.max(price);
            candle.low = candle.low.min(price);
            candle.close = price;
            return None;
        }
        let start = if now >= self.current_end && now < self.current_end + interval {
            // The next candle: the usual case, and no division.
            self.current_end
        } else {
            now.floor(interval)
        };
        self.current_end = start + interval;
        let opened = Candle {
            time: start,
            open: price,
            high: price,
            low: price,
            close: price,
            volume: 0.0,
        };
        let closed = self.current.replace(opened)?;
        self.remember(closed);
        Some(closed)
    }

    /// Takes what prices did since the last quote, within the same candle.
    #[inline]
    pub(crate) fn on_range(&mut self, now: TimeMs, range: &Range) {
        self.quote = Some(Quote::flat(range.close));
        self.quoted_at = now;
        if let Some(candle) = &mut self.current {
            candle.high = candle.high.max(range.high);
            candle.low = candle.low.min(range.low);
            candle.close = range.close;
            // What is no number would make the saved state unreadable.
            if range.volume.is_finite() {
                candle.volume += range.volume;
            }
        }
    }

    /// Takes a finished candle from before the start. False when it was seen already.
    pub(crate) fn on_warm_up(&mut self, mut candle: Candle) -> bool {
        if self.last_closed.is_some_and(|seen| candle.time <= seen) {
            return false;
        }
        if !candle.volume.is_finite() {
            candle.volume = 0.0;
        }
        // The whole candle replaces the part of it that an earlier process saw.
        self.current = self.current.filter(|current| current.time > candle.time);
        self.remember(candle);
        true
    }

    /// Forgets candles: those of another interval are no history.
    pub(crate) fn forget_candles(&mut self) {
        self.current = None;
        self.current_end = TimeMs(i64::MIN);
        self.last_closed = None;
        self.history.clear();
    }

    #[inline]
    fn remember(&mut self, candle: Candle) {
        self.last_closed = Some(candle.time);
        if self.keep > 0 {
            if self.history.len() == self.keep {
                self.history.pop_front();
            }
            self.history.push_back(candle);
        }
    }

    /// The candle that is being built.
    pub(crate) const fn current(&self) -> Option<&Candle> {
        self.current.as_ref()
    }

    /// Whether the prices are older than `limit`.
    pub(crate) fn is_stale(&self, now: TimeMs, limit: DurationMs) -> bool {
        self.quote.is_none() || now - self.quoted_at > limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: DurationMs = DurationMs::from_mins(1);

    fn price(whole: i64) -> Price {
        Price::from_whole(whole)
    }

    fn quoted(market: &mut Market, at_s: i64, at: i64) -> Option<Candle> {
        market.on_quote(TimeMs(at_s * 1000), Quote::flat(price(at)), MINUTE)
    }

    #[test]
    fn a_candle_closes_with_the_first_price_of_a_later_one() {
        let mut market = Market::new(0);
        assert_eq!(quoted(&mut market, 61, 100), None);
        assert_eq!(quoted(&mut market, 75, 103), None);
        assert_eq!(quoted(&mut market, 90, 98), None);
        assert_eq!(quoted(&mut market, 119, 101), None);
        let first = Candle {
            time: TimeMs(60_000),
            open: price(100),
            high: price(103),
            low: price(98),
            close: price(101),
            volume: 0.0,
        };
        assert_eq!(quoted(&mut market, 120, 102), Some(first));
        // A silence of three candles: nothing is invented for it.
        let second = Candle {
            time: TimeMs(120_000),
            open: price(102),
            high: price(102),
            low: price(102),
            close: price(102),
            volume: 0.0,
        };
        assert_eq!(quoted(&mut market, 310, 104), Some(second));
        assert_eq!(
            market.current().map(|candle| candle.time),
            Some(TimeMs(300_000))
        );
    }
}
