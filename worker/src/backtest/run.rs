//! The backtest's shell: the same core that trades live, over candles. Every answer comes at once and nothing is stored.

use std::collections::VecDeque;
use std::time::Instant;

use aicoin_core::{
    Action, Bot, Candle, Input, LeaseState, Leg, LookupAnswer, Output,
    Quote, Range, Record, SendResult,
};
use aicoin_domain::{AccountId, Desired, Fill, MarketId, OrderStatus, Price, Side, Size, TimeMs, Usd};
use aicoin_paper as paper;

use crate::paper_wire::{answer_of, input_of};

/// What a backtest found out.
#[derive(Debug)]
pub struct Outcome {
    /// Candles that the core saw.
    pub bars: u64,
    /// Changes of the acted wish.
    pub signals: u64,
    /// Orders that were written, stops and refused ones among them.
    pub orders: u64,
    /// Executions.
    pub fills: u64,
    /// Orders that failed, by their reason or the venue's words.
    pub failures: std::collections::BTreeMap<String, u64>,
    /// Wall-clock seconds from the first candle into the core to its last output.
    pub elapsed_s: f64,
    /// Equity at the start and at the last close.
    pub start_equity: Usd,
    pub final_equity: Usd,
    /// The deepest fall from a peak of the equity at candle closes: the peak, and what was left.
    pub deepest: (Usd, Usd),
    /// Fees paid, and funding received: a candle file carries none.
    pub fees: Usd,
    pub funding: Usd,
    /// Finished round trips, in order.
    pub trades: Vec<Trade>,
    /// Equity at candle closes, thinned evenly for the chart.
    pub curve: Vec<(TimeMs, Usd)>,
    /// Equity at the last close of each UTC day.
    pub daily: Vec<Usd>,
}

/// A round trip: from flat to flat.
#[derive(Clone, Debug)]
pub struct Trade {
    pub market: MarketId,
    pub side: Side,
    pub size: Size,
    pub entry_time: TimeMs,
    pub entry_price: Price,
    pub exit_time: TimeMs,
    pub exit_price: Price,
    /// Before fees.
    pub pnl: Usd,
    pub fees: Usd,
    /// What closed it.
    pub exit: Leg,
}

/// How many points the equity chart has.
const CURVE_POINTS_MAX: usize = 2_000;
/// Bars between two looks at the progress bar.
const PROGRESS_EVERY: u64 = 8_192;

/// One market's candles.
pub struct Series {
    pub market: MarketId,
    pub candles: Vec<Candle>,
}

struct Shell {
    bot: Bot,
    exchange: paper::Exchange,
    account: AccountId,
    /// What the core is told next.
    queue: VecDeque<Input>,
    now: TimeMs,
    signals: u64,
    orders: u64,
    fills: u64,
    failures: std::collections::BTreeMap<String, u64>,
    open: Vec<Option<OpenTrade>>,
    trades: Vec<Trade>,
}

/// A round trip that is not finished.
struct OpenTrade {
    size: Size,
    entry_time: TimeMs,
    entry_notional: Usd,
    entry_size: Size,
    fees: Usd,
    pnl: Usd,
}

impl Shell {
    /// Gives the core one input and everything that follows from it, until nothing more does.
    #[inline]
    fn tell(&mut self, input: Input) {
        self.bot.handle(self.now, input);
        loop {
            // The drain law: all outputs of one input, then the next input.
            while let Some(output) = self.bot.poll() {
                self.carry_out(output);
            }
            match self.queue.pop_front() {
                Some(next) => self.bot.handle(self.now, next),
                None => return,
            }
        }
    }

    fn carry_out(&mut self, output: Output) {
        match output {
            Output::Persist { seq, records } => {
                for record in &records {
                    self.count(record);
                }
                self.queue.push_back(Input::Durable { seq });
            }
            Output::Send { action, .. } => self.send(action),
            Output::Query(query) => self.answer(query),
            // A rule asks no model; nobody watches; candles are the clock.
            Output::Ask { .. } | Output::Report(_) | Output::WakeAt(_) => {}
        }
    }

    fn send(&mut self, action: Action) {
        match action {
            Action::Place { request, expires_at, .. } => {
                let answer = self.exchange.submit(self.now, self.account, &request, Some(expires_at));
                self.queue.push_back(Input::Sent { cloid: request.cloid, result: answer_of(answer) });
            }
            Action::Cancel { cloid, .. } => {
                let result = match self.exchange.cancel(self.now, self.account, cloid) {
                    Ok(()) => SendResult::Canceled,
                    Err(_) => SendResult::NothingToCancel,
                };
                self.queue.push_back(Input::Sent { cloid, result });
            }
            // The exchange was set up with the leverage of the manifest.
            Action::SetLeverage { .. } => {}
        }
        self.take_events();
    }

    fn answer(&mut self, query: aicoin_core::Query) {
        let input = match query {
            aicoin_core::Query::Account => Input::Account(crate::paper_wire::truth_of(
                &self.exchange,
                self.account,
                self.now,
                self.bot.last_trade(),
            )),
            aicoin_core::Query::Order(cloid) => Input::Looked {
                cloid,
                asked_at: self.now,
                answer: self
                    .exchange
                    .order_status(self.account, cloid)
                    .map_or(LookupAnswer::UnknownOrder, crate::paper_wire::lookup_of),
            },
        };
        self.queue.push_back(input);
    }

    /// What the exchange did becomes what the core is told.
    #[inline]
    fn take_events(&mut self) {
        while let Some(event) = self.exchange.poll_event() {
            if let Some(input) = input_of(event) {
                self.queue.push_back(input);
            }
        }
    }

    fn count(&mut self, record: &Record) {
        match record {
            Record::Decision(_) => self.signals += 1,
            Record::Order(order) => {
                if order.status == OrderStatus::Prepared {
                    self.orders += 1;
                }
                if let Some(error) = &order.error {
                    *self.failures.entry(error.to_string()).or_default() += 1;
                }
            }
            Record::Fill(fill) => {
                self.fills += 1;
                self.follow(&fill.fill, fill.leg.unwrap_or(Leg::Close));
            }
            Record::Position(_) | Record::Account(_) | Record::Risk(_) | Record::Control(_) => {}
        }
    }

    /// Follows round trips through the fills.
    fn follow(&mut self, fill: &Fill, leg: Leg) {
        let delta = fill.side.signed(fill.size);
        let Some(slot) = self.open.get_mut(fill.market.index()) else { return };
        let value = fill.price.notional(fill.size);
        let Some(trade) = slot else {
            *slot = Some(OpenTrade {
                size: delta,
                entry_time: fill.time,
                entry_notional: value,
                entry_size: fill.size,
                fees: fill.fee,
                pnl: Usd::ZERO,
            });
            return;
        };
        trade.fees += fill.fee;
        trade.pnl += fill.closed_pnl;
        if trade.size.is_negative() == delta.is_negative() {
            trade.entry_notional += value;
            trade.entry_size += fill.size;
        }
        trade.size += delta;
        if trade.size.is_zero() {
            self.trades.push(Trade {
                market: fill.market,
                side: fill.side.opposite(),
                size: trade.entry_size,
                entry_time: trade.entry_time,
                entry_price: trade.entry_notional.average_price(trade.entry_size),
                exit_time: fill.time,
                exit_price: fill.price,
                pnl: trade.pnl,
                fees: trade.fees,
                exit: leg,
            });
            *slot = None;
        }
    }
}

/// Runs the candles through the core. `progress` is told the bars so far, now and then.
pub fn run(
    bot: Bot,
    mut exchange: paper::Exchange,
    account: AccountId,
    series: &[Series],
    mut progress: impl FnMut(u64),
) -> Outcome {
    let start_equity = exchange.equity(account);
    let markets = bot.config().markets.len();
    let interval = bot.config().interval;
    let total: usize = series.iter().map(|series| series.candles.len()).sum();
    // Nothing happened before the first candle.
    while exchange.poll_event().is_some() {}
    let mut shell = Shell {
        bot,
        exchange,
        account,
        queue: VecDeque::with_capacity(16),
        now: first_time(series),
        signals: 0,
        orders: 0,
        fills: 0,
        failures: std::collections::BTreeMap::new(),
        open: (0..markets).map(|_| None).collect(),
        trades: Vec::with_capacity(total / 16),
    };
    let mut equity = EquityWatch::new(start_equity, total);
    let begun = Instant::now();
    shell.tell(Input::Lease(LeaseState::Held { epoch: 1 }));
    shell.tell(Input::Control { generation: 1, desired: Desired::Running });
    let mut bars = 0_u64;
    let mut slots = Slots::new(series);
    while let Some(slot) = slots.next_slot() {
        shell.now = slot.time;
        for (market, candle) in &slot.candles {
            shell.exchange.on_open(slot.time, *market, candle.open);
            shell.take_events();
            shell.tell(Input::Quote { market: *market, quote: Quote::flat(candle.open) });
        }
        shell.now = TimeMs(slot.time.0 + interval.0 - 1);
        for (market, candle) in &slot.candles {
            let bar = paper::Range { open: candle.open, high: candle.high, low: candle.low, close: candle.close };
            shell.exchange.on_range(shell.now, *market, bar);
            shell.take_events();
            if let Some(first) = shell.queue.pop_front() {
                shell.tell(first);
            }
            let range = Range { high: candle.high, low: candle.low, close: candle.close, volume: candle.volume };
            shell.tell(Input::Range { market: *market, range });
            bars += 1;
            if bars.is_multiple_of(PROGRESS_EVERY) {
                progress(bars);
            }
        }
        equity.observe(slot.time, shell.bot.equity());
    }
    let elapsed_s = begun.elapsed().as_secs_f64();
    progress(bars);
    let view = shell.exchange.account(account);
    let final_equity = shell.bot.equity();
    assert_eq!(final_equity, view.equity, "Invariant: the bot's books and the exchange's agree at the end of a backtest");
    Outcome {
        bars,
        signals: shell.signals,
        orders: shell.orders,
        fills: shell.fills,
        failures: shell.failures,
        elapsed_s,
        start_equity,
        final_equity,
        deepest: equity.deepest,
        fees: view.fees,
        funding: view.funding,
        trades: shell.trades,
        curve: equity.curve,
        daily: equity.daily,
    }
}

fn first_time(series: &[Series]) -> TimeMs {
    series.iter().filter_map(|series| series.candles.first()).map(|candle| candle.time).min().unwrap_or_default()
}

/// Walks the candles of all markets in order of time; candles of one time come together.
struct Slots<'a> {
    series: &'a [Series],
    next: Vec<usize>,
    slot: Slot,
}

#[derive(Default)]
struct Slot {
    time: TimeMs,
    candles: Vec<(MarketId, Candle)>,
}

impl<'a> Slots<'a> {
    fn new(series: &'a [Series]) -> Self {
        Self { series, next: vec![0; series.len()], slot: Slot::default() }
    }

    #[inline]
    fn next_slot(&mut self) -> Option<&Slot> {
        let heads = || self.series.iter().zip(&self.next).filter_map(|(series, next)| series.candles.get(*next));
        let time = heads().map(|candle| candle.time).min()?;
        self.slot.time = time;
        self.slot.candles.clear();
        for (series, next) in self.series.iter().zip(&mut self.next) {
            if let Some(candle) = series.candles.get(*next).filter(|candle| candle.time == time) {
                self.slot.candles.push((series.market, *candle));
                *next += 1;
            }
        }
        Some(&self.slot)
    }
}

/// Follows the equity at candle closes.
struct EquityWatch {
    peak: Usd,
    deepest: (Usd, Usd),
    /// The deepest fall so far as a ratio: only to compare, the report computes it exactly from the two amounts.
    deepest_ratio: f64,
    every: usize,
    seen: usize,
    curve: Vec<(TimeMs, Usd)>,
    day: TimeMs,
    daily: Vec<Usd>,
}

impl EquityWatch {
    fn new(start: Usd, bars: usize) -> Self {
        Self {
            peak: start,
            deepest: (start, start),
            deepest_ratio: 0.0,
            every: bars.div_ceil(CURVE_POINTS_MAX).max(1),
            seen: 0,
            curve: Vec::with_capacity(CURVE_POINTS_MAX + 1),
            day: TimeMs(i64::MIN),
            daily: Vec::new(),
        }
    }

    #[inline]
    fn observe(&mut self, time: TimeMs, equity: Usd) {
        if equity > self.peak {
            self.peak = equity;
        } else if equity < self.peak {
            let ratio = 1.0 - equity.to_f64() / self.peak.to_f64();
            if ratio > self.deepest_ratio {
                self.deepest_ratio = ratio;
                self.deepest = (self.peak, equity);
            }
        }
        if self.seen.is_multiple_of(self.every) {
            self.curve.push((time, equity));
        }
        self.seen += 1;
        if self.daily.is_empty() || time.0 - self.day.0 >= 86_400_000 {
            self.day = time.day();
            self.daily.push(equity);
        } else if let Some(today) = self.daily.last_mut() {
            *today = equity;
        }
    }
}

