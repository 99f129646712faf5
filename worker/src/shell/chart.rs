//! Candles for the page, kept in memory: the core keeps only what its decider needs.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aicoin_core::{Candle, Input};
use aicoin_domain::{DurationMs, MarketId, Price, TimeMs};
use aicoin_store::JournalEntry;

/// Candles that are kept per market.
const CANDLES_MAX: usize = 500;

/// The candles of all markets. A mutex, because nobody holds it across an await.
#[derive(Debug)]
pub(crate) struct Chart {
    interval: DurationMs,
    /// By number.
    markets: Mutex<Vec<Series>>,
}

#[derive(Debug, Default)]
struct Series {
    name: String,
    closed: VecDeque<Candle>,
    current: Option<Candle>,
}

impl Chart {
    /// Empty charts for these markets, in the order of their numbers.
    pub(crate) fn new(names: &[String], interval: DurationMs) -> Self {
        let chart = Self {
            interval,
            markets: Mutex::default(),
        };
        for name in names {
            chart.add_market(name);
        }
        chart
    }

    /// An empty chart for one market more.
    pub(crate) fn add_market(&self, name: &str) {
        self.lock().push(Series {
            name: name.to_owned(),
            ..Series::default()
        });
    }

    /// The number of a market.
    pub(crate) fn market(&self, name: &str) -> Option<MarketId> {
        let index = self.lock().iter().position(|series| series.name == name)?;
        u16::try_from(index).ok().map(MarketId)
    }

    /// Finished candles from before the start.
    pub(crate) fn fill(&self, market: MarketId, candles: impl IntoIterator<Item = Candle>) {
        self.with(market, |series| {
            for candle in candles {
                series.push(candle);
            }
        });
    }

    /// A price. Returns the candle that it ends.
    pub(crate) fn quote(&self, market: MarketId, now: TimeMs, price: Price) -> Option<Candle> {
        let start = now.floor(self.interval);
        self.with(market, |series| match &mut series.current {
            Some(candle) if candle.time == start => {
                candle.high = candle.high.max(price);
                candle.low = candle.low.min(price);
                candle.close = price;
                None
            }
            current => {
                let opened = Candle {
                    time: start,
                    open: price,
                    high: price,
                    low: price,
                    close: price,
                    volume: 0.0,
                };
                let closed = current.replace(opened)?;
                series.push(closed);
                Some(closed)
            }
        })
        .flatten()
    }

    /// Prices of an earlier process, from its journal: a page that is opened after a restart shows a past.
    pub(crate) fn replay(&self, journal: &[JournalEntry]) {
        for entry in journal {
            if let Ok(Input::Quote { market, quote }) = serde_json::from_str(&entry.input) {
                self.quote(market, TimeMs(entry.now_ms), quote.mid());
            }
        }
    }

    /// The candle that is being built.
    pub(crate) fn current(&self, market: MarketId) -> Option<Candle> {
        self.with(market, |series| series.current).flatten()
    }

    /// The newest candles, oldest first, the one that is being built last.
    pub(crate) fn newest(&self, market: MarketId, limit: usize) -> Vec<Candle> {
        self.with(market, |series| {
            let all = series.closed.iter().copied().chain(series.current);
            let count = series.closed.len() + usize::from(series.current.is_some());
            all.skip(count.saturating_sub(limit)).collect()
        })
        .unwrap_or_default()
    }

    fn with<T>(&self, market: MarketId, act: impl FnOnce(&mut Series) -> T) -> Option<T> {
        self.lock().get_mut(market.index()).map(act)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Series>> {
        self.markets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Series {
    fn push(&mut self, candle: Candle) {
        if self
            .closed
            .back()
            .is_some_and(|last| last.time >= candle.time)
        {
            return;
        }
        if self.closed.len() == CANDLES_MAX {
            self.closed.pop_front();
        }
        self.closed.push_back(candle);
    }
}
