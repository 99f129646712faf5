//! Where a market's prices come from: a seed, or a file of candles; and by how much somebody has moved them.

use aicoin_domain::{DurationMs, Price, Rate, Size, TimeMs, Usd};
use aicoin_paper::{Listed, Quote, SimulatedCandle, SimulatedMarket};

use super::file::CandleFile;

/// A price never falls below a twentieth of what it would be, nor rises above twenty times that.
const FACTOR_MIN: i64 = Rate::ONE_UNITS / 20;
const FACTOR_MAX: i64 = Rate::ONE_UNITS * 20;
/// The funding of a market that follows a file, an hour: the venue's interest component.
const PLAIN_FUNDING: Rate = Rate::from_units(12_500_000);

/// Where prices come from.
#[derive(Clone, Debug)]
pub(crate) struct Feed {
    listed: &'static Listed,
    source: Source,
    /// What the prices are multiplied with.
    factor: Rate,
}

#[derive(Clone, Debug)]
enum Source {
    Seed(Box<SimulatedMarket>),
    File(CandleFile),
}

impl Feed {
    pub(crate) fn seeded(listed: &'static Listed, seed: u64, start: TimeMs) -> Self {
        let market = SimulatedMarket::new(listed, seed, start);
        Self {
            listed,
            source: Source::Seed(Box::new(market)),
            factor: Rate::from_units(Rate::ONE_UNITS),
        }
    }

    pub(crate) fn of_file(listed: &'static Listed, file: CandleFile) -> Self {
        Self {
            listed,
            source: Source::File(file),
            factor: Rate::from_units(Rate::ONE_UNITS),
        }
    }

    /// The prices at a time, which never goes back.
    pub(crate) fn step(&mut self, now: TimeMs) -> Quote {
        let quote = match &mut self.source {
            Source::Seed(market) => market.step(now),
            Source::File(file) => quote_around(self.listed, file.price(now)),
        };
        self.moved(quote)
    }

    /// The hourly rate now.
    pub(crate) fn funding_rate(&self) -> Rate {
        match &self.source {
            Source::Seed(market) => market.funding_rate(),
            Source::File(_) => PLAIN_FUNDING,
        }
    }

    /// Moves all prices from now on by a rate of what they are.
    pub(crate) fn shock(&mut self, by: Rate) {
        let one = i128::from(Rate::ONE_UNITS);
        let factor = i128::from(self.factor.units()) * (one + i128::from(by.units())) / one;
        let factor = i64::try_from(factor).unwrap_or(FACTOR_MAX);
        self.factor = Rate::from_units(factor.clamp(FACTOR_MIN, FACTOR_MAX));
    }

    /// The days before the beginning, as far as a file tells them; `None` when nothing does.
    pub(crate) fn days(&self, count: usize) -> Option<Vec<SimulatedCandle>> {
        match &self.source {
            Source::Seed(_) => None,
            Source::File(file) => Some(file.past(DurationMs::from_mins(1_440), count)),
        }
    }

    fn moved(&self, quote: Quote) -> Quote {
        if self.factor.units() == Rate::ONE_UNITS {
            return quote;
        }
        let by = Rate::from_units(self.factor.units() - Rate::ONE_UNITS);
        let rules = &self.listed.rules;
        let bid = rules
            .price_below(quote.bid.scaled(by))
            .max(rules.tick(Price::ZERO));
        let ask = rules.price_above(quote.ask.scaled(by));
        Quote {
            bid,
            ask: apart(self.listed, bid, ask),
            mark: rules.nearest_price(quote.mark.scaled(by)).max(bid),
            oracle: rules.nearest_price(quote.oracle.scaled(by)).max(bid),
            ..quote
        }
    }
}

/// A quote around one price: the market's usual spread and depth.
fn quote_around(listed: &'static Listed, price: Price) -> Quote {
    let rules = &listed.rules;
    let half = Rate::from_units(listed.spread.units() / 2);
    let bid = rules
        .price_below(price.scaled(-half))
        .max(rules.tick(Price::ZERO));
    let ask = apart(listed, bid, rules.price_above(price.scaled(half)));
    let middle = rules.nearest_price(price).max(bid);
    Quote {
        bid,
        ask,
        bid_size: lots(listed, bid),
        ask_size: lots(listed, ask),
        mark: middle,
        oracle: middle,
    }
}

/// They never meet in a book.
fn apart(listed: &'static Listed, bid: Price, ask: Price) -> Price {
    if ask > bid {
        ask
    } else {
        bid + listed.rules.tick(bid)
    }
}

fn lots(listed: &'static Listed, price: Price) -> Size {
    let depth: Usd = listed.depth;
    listed
        .rules
        .floor_size(depth.size_at(price))
        .max(listed.rules.lot())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shock_stays_and_keeps_prices_valid() {
        let listed = aicoin_paper::find("BTC").unwrap();
        let mut feed = Feed::seeded(listed, 1, TimeMs(0));
        let before = feed.step(TimeMs(1_000)).mark;
        feed.shock("-0.1".parse().unwrap());
        let after = feed.step(TimeMs(1_000));
        let expected = before.scaled("-0.1".parse().unwrap());
        assert!(after.mark.distance(expected) < "0.0001".parse().unwrap());
        for price in [after.bid, after.ask, after.mark, after.oracle] {
            assert!(listed.rules.is_valid_price(price), "{price}");
        }
        assert!(after.bid < after.ask);
        for _ in 0..200 {
            feed.shock("-0.9".parse().unwrap());
        }
        assert!(feed.step(TimeMs(2_000)).bid.is_positive());
    }
}
