//! A tick: prices go on, and what goes wrong by the clock goes wrong.

use aicoin_core::{Input, Quote};
use aicoin_domain::{DurationMs, Price, Rate, Size};

use super::World;
use crate::fault::Fault;

/// In quotes, the spread is one part in so many.
const SPREAD_PART: i64 = 20_000;
/// How often funding is paid.
const FUNDING_EVERY: DurationMs = DurationMs::from_mins(20);

impl World {
    pub(super) fn tick(&mut self) {
        self.now = self.next_tick;
        let pause = self.plan.tick_ms;
        // A storm has uneven prices; calm ones come often enough for everything to be fresh.
        self.next_tick = self.now
            + if self.is_storming {
                self.dice.between(pause / 2, pause * 3 / 2)
            } else {
                1_000
            };
        for index in 0..self.tapes.len() {
            self.move_price(index);
        }
        self.pay_funding();
        self.pump();
        for index in 0..self.tapes.len() {
            self.spread_price(index);
        }
        if self.is_storming {
            self.begin_episodes();
            self.strike_processes();
            self.strike_people();
            self.strike_account();
        }
    }

    /// The market goes on, and the exchange with it.
    fn move_price(&mut self, index: usize) {
        let step = self.plan.step_ppm;
        let step = if self.is_storming {
            step
        } else {
            step.min(100)
        };
        let jumps = index + 1 < self.market_count() && self.strikes(Fault::PriceJumps);
        let turns = self.dice.below(60) == 0;
        let move_ppm = self.dice.between(-step, step);
        let jump_ppm = if jumps {
            let most = if self.dice.percent(20) {
                180_000
            } else {
                60_000
            };
            let size = self.dice.between(4_000, most);
            if self.dice.percent(50) { size } else { -size }
        } else {
            0
        };
        let thin = self.strikes(Fault::ThinBook);
        let thin_lots = self.dice.between(1, 400);
        let rules = self.plan.rules.get(index).copied();
        let first = self.plan.prices.get(index).copied();
        let (Some(tape), Some(rules), Some(first)) = (self.tapes.get_mut(index), rules, first)
        else {
            return;
        };
        if turns {
            tape.drift_ppm = -tape.drift_ppm;
        }
        let total = i128::from(tape.drift_ppm / 2 + move_ppm + jump_ppm);
        let units = i128::from(tape.price.units());
        let moved = units + units * total / 1_000_000;
        // Between a third and three times the first price.
        let (least, most) = (first.units() / 3, first.units() * 3);
        let moved = i64::try_from(moved).unwrap_or(most).clamp(least, most);
        tape.price = Price::from_units(moved);
        let bid = rules.nearest_price(tape.price);
        let ask = rules.price_above(Price::from_units(bid.units() + bid.units() / SPREAD_PART));
        let depth = if thin {
            Size::from_units(rules.lot().units() * thin_lots)
        } else {
            Size::from_whole(1_000_000)
        };
        let quote = aicoin_paper::Quote {
            bid,
            ask,
            bid_size: depth,
            ask_size: depth,
            mark: bid,
            oracle: bid,
        };
        let (now, market) = (self.true_time(), Self::market_of(index));
        self.exchange.on_quote(now, market, quote);
    }

    fn pay_funding(&mut self) {
        if self.now < self.next_funding {
            return;
        }
        self.next_funding += FUNDING_EVERY.0;
        let now = self.true_time();
        for index in 0..self.market_count() {
            let rate = Rate::from_units(self.dice.between(-20_000_000, 50_000_000));
            self.exchange
                .apply_funding(now, Self::market_of(index), rate);
        }
    }

    /// The processes hear the price.
    fn spread_price(&mut self, index: usize) {
        let market = Self::market_of(index);
        let is_quiet = self.episodes.feed_silent > self.now
            || self.episodes.venue_away > self.now
            || self
                .tapes
                .get(index)
                .is_none_or(|tape| tape.stale_until > self.now);
        let Some(quote) = self.exchange.quote(market).filter(|_| !is_quiet) else {
            return;
        };
        let quote = Quote {
            bid: quote.bid,
            ask: quote.ask,
            mark: quote.mark,
        };
        let mut next = 0;
        while let Some(pid) = self.processes.get(next).map(|process| process.pid) {
            next += 1;
            let knows = self
                .processes
                .iter()
                .any(|process| process.pid == pid && process.bot.config().markets.len() > index);
            if knows {
                self.tell(pid, Input::Quote { market, quote });
            }
        }
    }

    fn begin_episodes(&mut self) {
        let now = self.now;
        if self.strikes(Fault::FeedSilent) {
            self.episodes.feed_silent = now + self.dice.between(8_000, 90_000);
        }
        if self.strikes(Fault::VenueAway) {
            self.episodes.venue_away = now + self.dice.between(5_000, 60_000);
        }
        if self.strikes(Fault::RateLimited) {
            self.episodes.rate_limited = now + self.dice.between(5_000, 60_000);
        }
        if self.strikes(Fault::PricesStale) {
            let until = now + self.dice.between(12_000, 90_000);
            let index = usize::try_from(self.dice.below(self.tapes.len() as u64)).unwrap_or(0);
            if let Some(tape) = self.tapes.get_mut(index) {
                tape.stale_until = until;
            }
        }
        self.strike_store();
    }
}
