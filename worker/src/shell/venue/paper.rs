//! The venue of a bot on paper: simulated markets and a paper exchange, and the time that runs in them.
//!
//! Its whole state is one JSON value that is stored in the same transaction as the bot's rows, so that the two can never
//! disagree after a crash.

use aicoin_core::{AccountTruth, Action, Candle, Input, LookupAnswer, Quote, SendResult};
use aicoin_domain::{AccountId, Cloid, DurationMs, MarketId, TimeMs, TradeId, Usd};
use aicoin_paper::{Exchange, ExchangeConfig, SimulatedCandle, SimulatedMarket};
use serde::{Deserialize, Serialize};

use crate::paper_wire::{answer_of, input_of, lookup_of, truth_of};

const HOUR: DurationMs = DurationMs::from_mins(60);

/// Finished orders and fills that the paper exchange remembers here. The bot reads them within seconds, and the whole
/// state is written at every commit: the tables are the history.
const HISTORY: usize = 64;

/// Simulated seconds that a past is made of, at most: making it up must not hold up the start.
const PAST_STEPS_MAX: i64 = 400_000;

/// How many candles of the past are made up: as many as are wanted, unless that takes too long, but always those needed.
pub(crate) fn history_candles(interval: DurationMs, needed: usize, wanted: usize) -> usize {
    let affordable =
        usize::try_from(PAST_STEPS_MAX * 1000 / interval.0.max(1)).unwrap_or(usize::MAX);
    wanted.min(affordable).max(needed)
}

/// The simulated venue.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PaperVenue {
    exchange: Exchange,
    account: AccountId,
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
        let mut exchange = Exchange::new(config);
        exchange.set_history_max(HISTORY);
        let account = exchange.open_account(balance);
        let mut venue = Self {
            exchange,
            account,
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
        self.exchange.reconfigure(config);
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
        self.exchange.account(self.account).deposits
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
            self.exchange.on_quote(self.now, market, quote);
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
                self.exchange
                    .apply_funding(self.now, market, simulated.funding_rate());
            }
        }
        step.events = self.take_events();
        step
    }

    /// Does what the core wants done. The answer, where there is one.
    pub(crate) fn carry_out(&mut self, action: &Action) -> Option<Input> {
        match action {
            Action::Place {
                request,
                expires_at,
                ..
            } => {
                let answer =
                    self.exchange
                        .submit(self.now, self.account, request, Some(*expires_at));
                Some(Input::Sent {
                    cloid: request.cloid,
                    result: answer_of(answer),
                })
            }
            Action::Cancel { cloid, .. } => {
                let result = match self.exchange.cancel(self.now, self.account, *cloid) {
                    Ok(()) => SendResult::Canceled,
                    Err(_) => SendResult::NothingToCancel,
                };
                Some(Input::Sent {
                    cloid: *cloid,
                    result,
                })
            }
            // Nobody else trades on an account that lives in this process.
            Action::CancelForeign { .. } => None,
            Action::SetLeverage {
                market, leverage, ..
            } => {
                // The exchange keeps the old leverage when it refuses; openings are then refused for margin, in words.
                let _ = self
                    .exchange
                    .set_leverage(self.account, *market, *leverage, true);
                None
            }
        }
    }

    /// What happened at the exchange since the last call.
    pub(crate) fn take_events(&mut self) -> Vec<Input> {
        std::iter::from_fn(|| self.exchange.poll_event())
            .filter_map(input_of)
            .collect()
    }

    /// The account, read in one go.
    pub(crate) fn truth(&self, last_trade: Option<(TimeMs, TradeId)>) -> AccountTruth {
        truth_of(&self.exchange, self.account, self.now, last_trade)
    }

    /// What the exchange knows of an order.
    pub(crate) fn look_up(&self, cloid: Cloid) -> Option<LookupAnswer> {
        self.exchange
            .order_status(self.account, cloid)
            .map(lookup_of)
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
