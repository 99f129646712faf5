//! The venue of a bot on paper: simulated markets and a paper account, and the time that runs in them.
//!
//! Its whole state is one JSON value that is stored in the same transaction as the bot's rows, so that the two can never
//! disagree after a crash.

use aicoin_core::{AccountTruth, Action, Candle, Input, LookupAnswer, Quote};
use aicoin_domain::{Cloid, DurationMs, MarketId, TimeMs, TradeId, Usd};
use aicoin_paper::{ExchangeConfig, SimulatedCandle, SimulatedMarket};
use serde::{Deserialize, Serialize};

use super::account::PaperAccount;
use super::pace::Pace;

const HOUR: DurationMs = DurationMs::from_mins(60);

/// Simulated seconds that a past is made of, at most: making it up must not hold up the start.
const PAST_STEPS_MAX: i64 = 400_000;

/// How many candles of the past are made up: as many as are wanted, unless that takes too long, but always those needed.
pub(crate) fn history_candles(interval: DurationMs, needed: usize, wanted: usize) -> usize {
    let affordable =
        usize::try_from(PAST_STEPS_MAX * 1000 / interval.0.max(1)).unwrap_or(usize::MAX);
    wanted.min(affordable).max(needed)
}

/// The simulated venue, and how fast its time goes.
#[derive(Debug)]
pub(crate) struct Paper {
    pub(super) venue: PaperVenue,
    pace: Pace,
    speed: f64,
}

impl Paper {
    pub(crate) fn new(venue: PaperVenue, speed: f64) -> Self {
        Self {
            venue,
            pace: Pace::new(speed),
            speed,
        }
    }

    pub(super) const fn speed(&self) -> f64 {
        self.speed
    }

    /// Waits for the next steps of simulated time. While it stands still the wait goes on without any.
    pub(super) async fn due(&mut self, may_step: bool) -> u32 {
        if !may_step {
            self.pace.restart();
        }
        tokio::time::sleep_until(self.pace.next().into()).await;
        if may_step { self.pace.due_steps() } else { 0 }
    }

    /// One step of simulated time.
    pub(crate) fn step(&mut self, ms: i64) -> Step {
        self.venue.step(ms)
    }
}

/// The simulated venue.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PaperVenue {
    #[serde(flatten)]
    account: PaperAccount,
    markets: Vec<(String, SimulatedMarket)>,
    now: TimeMs,
}

/// What one step of time brought.
#[derive(Debug, Default)]
pub(crate) struct Step {
    /// New prices.
    pub quotes: Vec<(MarketId, Quote)>,
    /// What they set off at the exchange: it comes before the prices, as it does on a real feed.
    pub events: Vec<Input>,
}

impl PaperVenue {
    /// A new venue at that time.
    pub(crate) fn new(
        names: &[String],
        config: ExchangeConfig,
        balance: Usd,
        seed: u64,
        now: TimeMs,
    ) -> Option<Self> {
        let mut venue = Self {
            account: PaperAccount::open(config, balance),
            markets: Vec::new(),
            now,
        };
        venue.add_markets(names, seed)?;
        Some(venue)
    }

    /// A venue as it was stored. Settings of the manifest that may change are taken over.
    pub(crate) fn restore(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// Takes over what a manifest may change: fees, slippage and more markets.
    pub(crate) fn reconfigure(
        &mut self,
        names: &[String],
        config: ExchangeConfig,
        seed: u64,
    ) -> Option<()> {
        self.account.reconfigure(config);
        self.add_markets(names, seed)
    }

    fn add_markets(&mut self, names: &[String], seed: u64) -> Option<()> {
        for name in names.iter().skip(self.markets.len()) {
            let listed = aicoin_paper::find(name)?;
            self.markets
                .push((name.clone(), SimulatedMarket::new(listed, seed, self.now)));
        }
        Some(())
    }

    /// What the account was opened with.
    pub(crate) fn deposits(&self) -> Usd {
        self.account.deposits()
    }

    /// Candles that end at the venue's present, for each market.
    pub(crate) fn history(&self, interval: DurationMs, count: usize) -> Vec<Vec<Candle>> {
        self.markets
            .iter()
            .map(|(_, simulated)| {
                simulated
                    .past(interval, count)
                    .into_iter()
                    .map(candle_of)
                    .collect()
            })
            .collect()
    }

    /// The venue's time.
    pub(crate) const fn now(&self) -> TimeMs {
        self.now
    }

    /// Lets that much time pass: new prices, triggers, fills, liquidations, and funding at full hours.
    pub(crate) fn step(&mut self, ms: i64) -> Step {
        let before = self.now;
        self.now = before + DurationMs(ms);
        let mut step = Step::default();
        for (index, (_, simulated)) in self.markets.iter_mut().enumerate() {
            let Ok(market) = u16::try_from(index).map(MarketId) else {
                continue;
            };
            let quote = simulated.step(self.now);
            self.account.on_quote(self.now, market, quote);
            step.quotes.push((
                market,
                Quote {
                    bid: quote.bid,
                    ask: quote.ask,
                    mark: quote.mark,
                },
            ));
        }
        if before.floor(HOUR) != self.now.floor(HOUR) {
            for (index, (_, simulated)) in self.markets.iter().enumerate() {
                let Ok(market) = u16::try_from(index).map(MarketId) else {
                    continue;
                };
                self.account
                    .pay_funding(self.now, market, simulated.funding_rate());
            }
        }
        step.events = self.take_events();
        step
    }

    /// Does what the core wants done. The answer, where there is one.
    pub(crate) fn carry_out(&mut self, action: &Action) -> Option<Input> {
        self.account.carry_out(self.now, action)
    }

    /// What happened at the exchange since the last call.
    pub(crate) fn take_events(&mut self) -> Vec<Input> {
        self.account.take_events()
    }

    /// The account, read in one go.
    pub(crate) fn truth(&self, last_trade: Option<(TimeMs, TradeId)>) -> AccountTruth {
        self.account.truth(self.now, last_trade)
    }

    /// What the exchange knows of an order.
    pub(crate) fn look_up(&self, cloid: Cloid) -> Option<LookupAnswer> {
        self.account.look_up(cloid)
    }

    /// The state, to be stored.
    pub(crate) fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

fn candle_of(candle: SimulatedCandle) -> Candle {
    Candle {
        time: candle.time,
        open: candle.open,
        high: candle.high,
        low: candle.low,
        close: candle.close,
        volume: 0.0,
    }
}
