//! A market's prices, put together from two streams: the best prices of the book, and the mark price.
//!
//! The book's stream says something only when the best prices change, the other one every second. So a quiet book is
//! told from a dead stream by the other one's middle price: when that leaves the best prices, they are old.
//! Never: a price that is not known to be fresh.

use std::time::{Duration, Instant};

use aicoin_domain::MarketId;

use crate::event::MarketPrice;
use crate::wire::market::{Best, Context};

/// What the streams said of one market.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Prices {
    best: Option<Best>,
    context: Option<(Context, Instant)>,
    /// Since when the middle price is outside of the best prices.
    torn_since: Option<Instant>,
}

impl Prices {
    /// The best prices of the book; `None` when a side is empty.
    pub(crate) fn on_best(&mut self, best: Option<Best>) {
        self.best = best;
        self.torn_since = None;
    }

    pub(crate) fn on_context(&mut self, context: Context, now: Instant) {
        self.context = Some((context, now));
        let torn = match (self.best, context.mid()) {
            (Some(best), Some(mid)) => mid < best.bid.0 || mid > best.ask.0,
            (Some(_) | None, _) => false,
        };
        self.torn_since = torn.then(|| self.torn_since.unwrap_or(now));
    }

    /// Whether an order may be priced by this.
    pub(crate) fn is_fresh(&self, now: Instant, stale_after: Duration) -> bool {
        let is_old = |since: Instant| now.saturating_duration_since(since) >= stale_after;
        self.best.is_some()
            && self.context.is_some_and(|(_, at)| !is_old(at))
            && !self.torn_since.is_some_and(is_old)
    }

    /// Whether the streams say nothing of this market, whatever is in its book.
    pub(crate) fn is_silent(&self, now: Instant, stale_after: Duration) -> bool {
        self.context
            .is_none_or(|(_, at)| now.saturating_duration_since(at) >= stale_after)
    }

    /// The prices, when all of them are fresh.
    pub(crate) fn price(
        &self,
        market: MarketId,
        now: Instant,
        stale_after: Duration,
    ) -> Option<MarketPrice> {
        let (Some(best), Some((context, _))) = (self.best, self.context) else {
            return None;
        };
        let is_market = context.mark().is_positive() && context.oracle().is_positive();
        (is_market && self.is_fresh(now, stale_after)).then(|| MarketPrice {
            market,
            bid: best.bid.0,
            ask: best.ask.0,
            bid_size: best.bid.1,
            ask_size: best.ask.1,
            mark: context.mark(),
            oracle: context.oracle(),
            funding_rate: context.funding_rate(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STALE: Duration = Duration::from_secs(10);

    fn best(bid: &str, ask: &str) -> Option<Best> {
        Some(Best {
            bid: (bid.parse().unwrap(), "1".parse().unwrap()),
            ask: (ask.parse().unwrap(), "2".parse().unwrap()),
        })
    }

    fn context(mark: &str, mid: &str) -> Context {
        let json = format!(
            r#"{{"markPx":"{mark}","oraclePx":"{mark}","midPx":"{mid}","funding":"0.0000125","openInterest":1.5}}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    #[test]
    fn a_price_needs_both_streams() {
        let (start, market) = (Instant::now(), MarketId(3));
        let mut prices = Prices::default();
        prices.on_best(best("100", "101"));
        assert_eq!(prices.price(market, start, STALE), None);
        prices.on_context(context("100.4", "100.5"), start);
        let expected = MarketPrice {
            market,
            bid: "100".parse().unwrap(),
            ask: "101".parse().unwrap(),
            bid_size: "1".parse().unwrap(),
            ask_size: "2".parse().unwrap(),
            mark: "100.4".parse().unwrap(),
            oracle: "100.4".parse().unwrap(),
            funding_rate: "0.0000125".parse().unwrap(),
        };
        assert_eq!(prices.price(market, start, STALE), Some(expected));
    }

    #[test]
    fn a_quiet_book_stays_fresh_and_a_dead_stream_does_not() {
        let (start, market) = (Instant::now(), MarketId(0));
        let at = |secs: u64| start + Duration::from_secs(secs);
        let mut prices = Prices::default();
        prices.on_best(best("100", "101"));
        for second in 0..60 {
            prices.on_context(context("100.4", "100.5"), at(second));
            assert!(prices.price(market, at(second), STALE).is_some());
        }
        assert!(prices.is_fresh(at(68), STALE) && !prices.is_fresh(at(69), STALE));
        assert!(prices.is_silent(at(69), STALE));
    }

    #[test]
    fn a_book_that_the_middle_price_has_left_is_stale_until_it_speaks_again() {
        let (start, market) = (Instant::now(), MarketId(0));
        let at = |secs: u64| start + Duration::from_secs(secs);
        let mut prices = Prices::default();
        prices.on_best(best("100", "101"));
        for second in 0..=10 {
            prices.on_context(context("104", "104.5"), at(second));
        }
        assert_eq!(prices.price(market, at(10), STALE), None);
        assert!(!prices.is_silent(at(10), STALE));
        prices.on_best(best("104", "105"));
        assert!(prices.price(market, at(10), STALE).is_some());
    }
}
