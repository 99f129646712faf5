//! The backtest's shell: the same core that trades live, over candles. Every answer comes at once and nothing is stored.

use std::collections::VecDeque;
use std::time::Instant;

use aicoin_core::{
    Action, Bot, Candle, Input, LeaseState, Leg, LookupAnswer, Output, Quote, Range, Record,
    SendResult,
};
use aicoin_domain::{
    AccountId, Desired, Fill, MarketId, OrderStatus, Price, Side, Size, TimeMs, Usd,
};
use aicoin_paper as paper;

use crate::paper_wire::{answer_of, input_of};

/// What a backtest found out.
#[derive(Debug)]
pub(super) struct Outcome {
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
pub(super) struct Trade {
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
pub(super) struct Series {
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

    /// A candle begins: the core closes the one before, and what it wants is done at this open.
    #[inline]
    fn open(&mut self, market: MarketId, candle: &Candle) {
        self.exchange.on_open(self.now, market, candle.open);
        self.tell(Input::Quote {
            market,
            quote: Quote::flat(candle.open),
        });
    }

    /// The rest of the candle: stops first, then its close.
    #[inline]
    fn finish(&mut self, market: MarketId, candle: &Candle) {
        let bar = paper::Range {
            open: candle.open,
            high: candle.high,
            low: candle.low,
            close: candle.close,
        };
        self.exchange.on_range(self.now, market, bar);
        self.take_events();
        if let Some(first) = self.queue.pop_front() {
            self.tell(first);
        }
        let range = Range {
            high: candle.high,
            low: candle.low,
            close: candle.close,
            volume: candle.volume,
        };
        self.tell(Input::Range { market, range });
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
            // In a backtest no stop is attached to an entry: the configuration says so.
            Action::Place {
                request,
                expires_at,
                ..
            } => {
                let answer =
                    self.exchange
                        .submit(self.now, self.account, &request, Some(expires_at));
                self.queue.push_back(Input::Sent {
                    cloid: request.cloid,
                    result: answer_of(answer),
                });
            }
            Action::Cancel { cloid, .. } => {
                let result = match self.exchange.cancel(self.now, self.account, cloid) {
                    Ok(()) => SendResult::Canceled,
                    Err(_) => SendResult::NothingToCancel,
                };
                self.queue.push_back(Input::Sent { cloid, result });
            }
            // The exchange was set up with the leverage of the manifest.
            Action::CancelForeign { .. } => {}
        }
        self.take_events();
    }

    fn answer(&mut self, query: aicoin_core::Query) {
        let input = match query {
            aicoin_core::Query::Account => Input::Account(Box::new(crate::paper_wire::truth_of(
                &self.exchange,
                self.account,
                self.now,
                self.bot.last_trade(),
            ))),
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
            Record::Position(_)
            | Record::Account(_)
            | Record::Risk(_)
            | Record::Settled(_)
            | Record::Control(_) => {}
        }
    }

    /// Follows round trips through the fills.
    fn follow(&mut self, fill: &Fill, leg: Leg) {
        let delta = fill.side.signed(fill.size);
        let Some(slot) = self.open.get_mut(fill.market.index()) else {
            return;
        };
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
pub(super) fn run(
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
    shell.tell(Input::Control {
        generation: 1,
        desired: Desired::Running,
    });
    let mut bars = 0_u64;
    let mut pass = |shell: &mut Shell, slot: &[(MarketId, &Candle)], time: TimeMs| {
        shell.now = time;
        for (market, candle) in slot {
            shell.open(*market, candle);
        }
        shell.now = TimeMs(time.0 + interval.0 - 1);
        for (market, candle) in slot {
            shell.finish(*market, candle);
            bars += 1;
            if bars.is_multiple_of(PROGRESS_EVERY) {
                progress(bars);
            }
        }
        equity.observe(time, shell.bot.equity());
    };
    if let [only] = series {
        for candle in &only.candles {
            pass(&mut shell, &[(only.market, candle)], candle.time);
        }
    } else {
        let mut slots = Slots::new(series);
        let mut slot = Vec::with_capacity(series.len());
        while let Some(time) = slots.fill(&mut slot) {
            pass(&mut shell, &slot, time);
        }
    }
    let elapsed_s = begun.elapsed().as_secs_f64();
    progress(bars);
    let view = shell.exchange.account(account);
    let final_equity = shell.bot.equity();
    assert_eq!(
        final_equity, view.equity,
        "Invariant: the bot's books and the exchange's agree at the end of a backtest"
    );
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
    series
        .iter()
        .filter_map(|series| series.candles.first())
        .map(|candle| candle.time)
        .min()
        .unwrap_or_default()
}

/// Walks the candles of all markets in order of time; candles of one time come together.
struct Slots<'a> {
    series: &'a [Series],
    next: Vec<usize>,
}

impl<'a> Slots<'a> {
    fn new(series: &'a [Series]) -> Self {
        Self {
            series,
            next: vec![0; series.len()],
        }
    }

    /// Puts the candles of the next time into `slot`; `None` after the last.
    fn fill(&mut self, slot: &mut Vec<(MarketId, &'a Candle)>) -> Option<TimeMs> {
        slot.clear();
        let heads = self
            .series
            .iter()
            .zip(&self.next)
            .filter_map(|(series, next)| series.candles.get(*next));
        let time = heads.map(|candle| candle.time).min()?;
        for (series, next) in self.series.iter().zip(&mut self.next) {
            if let Some(candle) = series
                .candles
                .get(*next)
                .filter(|candle| candle.time == time)
            {
                slot.push((series.market, candle));
                *next += 1;
            }
        }
        Some(time)
    }
}

/// Follows the equity at candle closes.
struct EquityWatch {
    peak: Usd,
    deepest: (Usd, Usd),
    /// Below this the fall from the peak is the deepest so far. A level, so that a candle costs one comparison.
    deepest_level: Usd,
    every: usize,
    until_point: usize,
    curve: Vec<(TimeMs, Usd)>,
    day_end: TimeMs,
    daily: Vec<Usd>,
}

impl EquityWatch {
    fn new(start: Usd, bars: usize) -> Self {
        Self {
            peak: start,
            deepest: (start, start),
            deepest_level: start,
            every: bars.div_ceil(CURVE_POINTS_MAX).max(1),
            until_point: 0,
            curve: Vec::with_capacity(CURVE_POINTS_MAX + 1),
            day_end: TimeMs(i64::MIN),
            daily: Vec::new(),
        }
    }

    #[inline]
    fn observe(&mut self, time: TimeMs, equity: Usd) {
        if equity > self.peak {
            self.peak = equity;
            let (peak, trough) = self.deepest;
            self.deepest_level = equity - equity.times((peak - trough).ratio(peak));
        } else if equity < self.deepest_level {
            self.deepest = (self.peak, equity);
            self.deepest_level = equity;
        }
        if self.until_point == 0 {
            self.until_point = self.every;
            self.curve.push((time, equity));
        }
        self.until_point -= 1;
        if time < self.day_end
            && let Some(today) = self.daily.last_mut()
        {
            *today = equity;
        } else {
            self.day_end = TimeMs(time.day().0 + 86_400_000);
            self.daily.push(equity);
        }
    }
}
