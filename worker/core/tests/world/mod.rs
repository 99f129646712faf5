//! A small world round the core: a venue that lives on, a disk that keeps what was written, a network between them, and
//! a process that may be killed between any two steps. Everything is drawn from one seed.

use std::collections::{BTreeMap, VecDeque};

use aicoin_core::{
    AccountTruth, Action, Bot, BotConfig, Input, LeaseState, LookupAnswer, MarketConfig,
    OpenOrderTruth, OrderUpdate, Output, Policy, PositionTruth, Query, Quote, Record, RiskConfig,
    RuleConfig, Saved, SendResult, Seq, Timing,
};
use aicoin_domain::{
    AccountId, Cloid, Desired, DurationMs, Fill, Leverage, MarginTiers, MarketId, MarketRules,
    OrderStatus, Price, Rate, Size, TimeMs, TradeId, Usd,
};
use aicoin_paper::{Answer, Exchange, ExchangeConfig, Fees, OrderState, Placed, What};

/// SplitMix64: the whole world's randomness.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.roll() % bound
    }

    /// True once in `times`.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}

/// What is on the disk: all of a write or nothing of it.
#[derive(Default)]
pub struct Disk {
    saved: Option<String>,
    pub orders: BTreeMap<Cloid, OrderStatus>,
    pub prepared: BTreeMap<Cloid, u32>,
    pub fills: BTreeMap<TradeId, Fill>,
    pub fill_rows: u64,
}

impl Disk {
    fn write(&mut self, records: &[Record], saved: String) {
        for record in records {
            match record {
                Record::Order(order) => {
                    if order.status == OrderStatus::Prepared {
                        *self.prepared.entry(order.request.cloid).or_default() += 1;
                    }
                    self.orders.insert(order.request.cloid, order.status);
                }
                Record::Fill(fill) => {
                    self.fill_rows += 1;
                    self.fills.insert(fill.fill.trade, fill.fill);
                }
                _ => {}
            }
        }
        self.saved = Some(saved);
    }
}

/// A write on its way to the disk.
struct Write {
    seq: Seq,
    records: Vec<Record>,
    saved: String,
}

/// The process: all of it is gone with a kill.
struct Process {
    bot: Bot,
    inbox: VecDeque<Input>,
    writes: VecDeque<Write>,
}

/// Faults of the network, drawn per message.
#[derive(Clone, Copy)]
pub struct Faults {
    pub kill_once_in: u64,
    pub lose_request_once_in: u64,
    pub lose_reply_once_in: u64,
    pub repeat_fill_once_in: u64,
}

impl Faults {
    pub const NONE: Self = Self {
        kill_once_in: u64::MAX,
        lose_request_once_in: u64::MAX,
        lose_reply_once_in: u64::MAX,
        repeat_fill_once_in: u64::MAX,
    };
}

pub struct World {
    pub dice: Dice,
    pub faults: Faults,
    pub now: TimeMs,
    pub exchange: Exchange,
    pub account: AccountId,
    pub disk: Disk,
    config: BotConfig,
    process: Option<Process>,
    /// Requests on the wire: they go on when the process dies.
    wire: VecDeque<Action>,
    price: i64,
    trend: i64,
    epoch: u64,
    pub restarts: u64,
    /// How often each id was handed to the network.
    pub sends: BTreeMap<Cloid, u32>,
    pub control: (u64, Desired),
}

pub const BTC: MarketId = MarketId(0);

pub fn config() -> BotConfig {
    BotConfig {
        uid: 7,
        spec_generation: 1,
        markets: vec![MarketConfig {
            name: "BTC".into(),
            rules: rules(),
            retired: false,
        }],
        interval: DurationMs::from_secs(20),
        policy: Policy::Rule(RuleConfig::EmaCross {
            fast: 2,
            slow: 4,
            notional: Usd::from_whole(1000),
        }),
        risk: RiskConfig {
            stop_loss: Some(Rate::from_bps(40)),
            ..RiskConfig::UNLIMITED
        },
        timing: Timing::LIVE,
        max_slippage: Rate::from_bps(500),
        taker_fee: Rate::from_percent("0.045").unwrap(),
        attach_stops: false,
    }
}

fn rules() -> MarketRules {
    MarketRules {
        sz_decimals: 5,
        tiers: MarginTiers::flat(Leverage::new(40)),
        only_isolated: false,
    }
}

impl World {
    pub fn new(seed: u64, faults: Faults) -> Self {
        let mut exchange = Exchange::new(ExchangeConfig {
            markets: vec![rules()],
            fees: Fees {
                taker: Rate::from_percent("0.045").unwrap(),
                maker: Rate::from_percent("0.015").unwrap(),
            },
            slippage: Rate::ZERO,
            funding: true,
        });
        let account = exchange.open_account(Usd::from_whole(10_000));
        Self {
            dice: Dice::new(seed),
            faults,
            now: TimeMs(1_700_000_000_000),
            exchange,
            account,
            disk: Disk::default(),
            config: BotConfig {
                // Every other seed sends the stop with its entry.
                attach_stops: seed % 2 == 1,
                ..config()
            },
            process: None,
            wire: VecDeque::new(),
            price: 50_000,
            trend: 1,
            epoch: 0,
            restarts: 0,
            sends: BTreeMap::new(),
            control: (1, Desired::Running),
        }
    }

    pub fn bot(&self) -> Option<&Bot> {
        self.process.as_ref().map(|process| &process.bot)
    }

    /// One step of something, somewhere.
    pub fn step(&mut self) {
        if self.process.is_none() {
            self.start();
        }
        if self.dice.once_in(self.faults.kill_once_in) {
            self.kill();
            return;
        }
        match self.dice.below(14) {
            0 | 1 => self.let_time_pass(),
            2 | 3 => self.finish_a_write(),
            4 | 5 => self.deliver(),
            _ => self.hear(),
        }
    }

    /// Everything that is under way comes to its end, and time goes on, for so many seconds.
    pub fn calm_down(&mut self, seconds: u64) {
        self.faults = Faults::NONE;
        for _ in 0..seconds {
            if self.process.is_none() {
                self.start();
            }
            self.let_time_pass();
            while self.is_busy() {
                self.deliver();
                self.finish_a_write();
                self.hear();
            }
        }
    }

    fn is_busy(&self) -> bool {
        !self.wire.is_empty()
            || self
                .process
                .as_ref()
                .is_some_and(|process| !process.inbox.is_empty() || !process.writes.is_empty())
    }

    /// The process dies. What was on its way to the disk may have arrived, but nobody was told.
    pub fn kill(&mut self) {
        let Some(mut process) = self.process.take() else {
            return;
        };
        let arrived = self.dice.below(process.writes.len() as u64 + 1);
        for _ in 0..arrived {
            let write = process.writes.pop_front().unwrap();
            self.disk.write(&write.records, write.saved);
        }
        // Events that the venue pushed to the dead process are lost.
        while self.exchange.poll_event().is_some() {}
    }

    fn start(&mut self) {
        self.restarts += 1;
        self.epoch += 1;
        let bot = match &self.disk.saved {
            None => Bot::new(self.config.clone()),
            Some(text) => {
                let saved: Saved = serde_json::from_str(text).unwrap();
                Bot::restore(self.config.clone(), saved)
            }
        };
        let first = bot.control().desired.is_none();
        let mut inbox = VecDeque::from([Input::Lease(LeaseState::Held { epoch: self.epoch })]);
        if first || self.control.0 > 1 {
            inbox.push_back(Input::Control {
                generation: self.control.0,
                desired: self.control.1,
            });
        }
        self.process = Some(Process {
            bot,
            inbox,
            writes: VecDeque::new(),
        });
        // Silence on the wire until the venue pushes something.
        while self.exchange.poll_event().is_some() {}
    }

    pub fn tell(&mut self, input: Input) {
        if let Some(process) = &mut self.process {
            process.inbox.push_back(input);
        }
    }

    fn let_time_pass(&mut self) {
        self.now = TimeMs(self.now.0 + 1000);
        if self.dice.once_in(40) {
            self.trend = -self.trend;
        }
        self.price += self.trend * self.dice.below(40) as i64 + self.dice.below(21) as i64 - 10;
        self.price = self.price.clamp(20_000, 120_000);
        let (bid, ask) = (
            Price::from_whole(self.price),
            Price::from_whole(self.price + 1),
        );
        // Sometimes the book is thin, and orders fill in part.
        let depth = if self.dice.once_in(4) {
            Size::from_units(700_000)
        } else {
            Size::from_whole(5)
        };
        let quote = aicoin_paper::Quote {
            bid,
            ask,
            bid_size: depth,
            ask_size: depth,
            mark: bid,
            oracle: bid,
        };
        self.exchange.on_quote(self.now, BTC, quote);
        self.push_events();
        self.tell(Input::Quote {
            market: BTC,
            quote: Quote {
                bid,
                ask,
                mark: bid,
            },
        });
        self.tell(Input::Wake);
    }

    fn finish_a_write(&mut self) {
        let Some(process) = &mut self.process else {
            return;
        };
        let Some(write) = process.writes.pop_front() else {
            return;
        };
        self.disk.write(&write.records, write.saved);
        process.inbox.push_back(Input::Durable { seq: write.seq });
    }

    fn deliver(&mut self) {
        let Some(action) = self.wire.pop_front() else {
            return;
        };
        if self.dice.once_in(self.faults.lose_request_once_in) {
            return;
        }
        let (cloid, result) = match action {
            Action::Place {
                request,
                stop: Some(stop),
                expires_at,
                ..
            } => {
                let expires_at = Some(expires_at);
                let [entry, guard] = self.exchange.place_with_stop(
                    self.now,
                    self.account,
                    &request,
                    &stop,
                    expires_at,
                );
                let lost = self.dice.once_in(self.faults.lose_reply_once_in);
                let heard = |placed: Placed| {
                    if lost {
                        return SendResult::NoAnswer;
                    }
                    match placed {
                        Placed::Resting { oid } => SendResult::Resting { order: oid },
                        Placed::Filled { oid, size, .. } => SendResult::Filled { order: oid, size },
                        // Accepted without a number: it is looked up.
                        Placed::WaitingForFill { .. } | Placed::WaitingForTrigger { .. } => {
                            SendResult::NoAnswer
                        }
                        Placed::Refused(words) => SendResult::Refused(words),
                    }
                };
                let answers = [(request.cloid, heard(entry)), (stop.cloid, heard(guard))];
                let events_first = self.dice.once_in(2);
                if lost {
                    while self.exchange.poll_event().is_some() {}
                } else if events_first {
                    self.push_events();
                }
                for (cloid, result) in answers {
                    self.tell(Input::Sent { cloid, result });
                }
                self.push_events();
                return;
            }
            Action::Place {
                request,
                expires_at,
                ..
            } => {
                let answer =
                    self.exchange
                        .submit(self.now, self.account, &request, Some(expires_at));
                let result = match answer {
                    Answer::Resting { oid } | Answer::WaitingForTrigger { oid } => {
                        SendResult::Resting { order: oid }
                    }
                    Answer::Filled { oid, size, .. } => SendResult::Filled { order: oid, size },
                    Answer::Refused(words) => SendResult::Refused(words),
                };
                (request.cloid, result)
            }
            Action::Cancel { cloid, .. } => {
                let result = match self.exchange.cancel(self.now, self.account, cloid) {
                    Ok(()) => SendResult::Canceled,
                    Err(_) => SendResult::NothingToCancel,
                };
                (cloid, result)
            }
            Action::CancelForeign { .. } => return,
        };
        let lost = self.dice.once_in(self.faults.lose_reply_once_in);
        if lost {
            // Nobody hears of it now: not even the events, until somebody asks.
            while self.exchange.poll_event().is_some() {}
            self.tell(Input::Sent {
                cloid,
                result: SendResult::NoAnswer,
            });
            return;
        }
        // Fills may come before the answer to their order.
        if self.dice.once_in(2) {
            self.push_events();
            self.tell(Input::Sent { cloid, result });
        } else {
            self.tell(Input::Sent { cloid, result });
            self.push_events();
        }
    }

    fn push_events(&mut self) {
        let events: Vec<_> = std::iter::from_fn(|| self.exchange.poll_event()).collect();
        for event in events {
            match event.what {
                What::Fill(fill) => {
                    self.tell(Input::Fill(fill));
                    if self.dice.once_in(self.faults.repeat_fill_once_in) {
                        self.tell(Input::Fill(fill));
                    }
                }
                What::Order {
                    cloid, oid, state, ..
                } if !state.is_rejected() => {
                    self.tell(Input::Order {
                        cloid,
                        update: update_of(state, oid),
                    });
                }
                What::Order { .. } => {}
                What::Funding { market, amount, .. } => {
                    self.tell(Input::Funding {
                        market,
                        amount,
                        time: event.time,
                    });
                }
                What::Liquidation { market, kind, .. } => {
                    self.tell(Input::Liquidation { market, kind })
                }
            }
        }
    }

    /// The process takes one input and carries out everything that comes of it.
    fn hear(&mut self) {
        let Some(process) = &mut self.process else {
            return;
        };
        let Some(input) = process.inbox.pop_front() else {
            return;
        };
        process.bot.handle(self.now, input);
        let mut outputs = Vec::new();
        while let Some(output) = process.bot.poll() {
            outputs.push(output);
        }
        let saved = serde_json::to_string(&process.bot.save()).unwrap();
        let durable = self.disk_seq();
        for output in outputs {
            match output {
                Output::Persist { seq, records } => {
                    let process = self.process.as_mut().unwrap();
                    process.writes.push_back(Write {
                        seq,
                        records,
                        saved: saved.clone(),
                    });
                }
                Output::Send { after, action } => {
                    assert!(
                        after <= durable,
                        "{action:?} was sent before {after:?} was durable"
                    );
                    if let Action::Place { request, stop, .. } = &action {
                        for request in [Some(request), stop.as_ref()].into_iter().flatten() {
                            assert!(
                                self.disk.orders.contains_key(&request.cloid),
                                "an order was sent whose intent is not on the disk"
                            );
                            *self.sends.entry(request.cloid).or_default() += 1;
                        }
                    }
                    self.wire.push_back(action);
                }
                Output::Query(query) => self.answer(query),
                Output::Ask { .. } | Output::Report(_) | Output::WakeAt(_) => {}
            }
        }
    }

    fn disk_seq(&self) -> Seq {
        // The newest write that is on the disk: what is not in the queue any more.
        let process = self.process.as_ref().unwrap();
        process
            .writes
            .front()
            .map_or(Seq(u64::MAX), |write| Seq(write.seq.0 - 1))
    }

    fn answer(&mut self, query: Query) {
        if self.dice.once_in(self.faults.lose_reply_once_in) {
            if let Query::Order(cloid) = query {
                self.tell(Input::Looked {
                    cloid,
                    asked_at: self.now,
                    answer: LookupAnswer::NoAnswer,
                });
            }
            return;
        }
        let input = match query {
            Query::Account => Input::Account(Box::new(self.truth())),
            Query::Order(cloid) => {
                let answer = self.exchange.order_status(self.account, cloid).map_or(
                    LookupAnswer::UnknownOrder,
                    |report| LookupAnswer::Known {
                        update: update_of(report.state, report.oid),
                        filled: report.filled,
                    },
                );
                Input::Looked {
                    cloid,
                    asked_at: self.now,
                    answer,
                }
            }
        };
        self.tell(input);
    }

    fn truth(&self) -> AccountTruth {
        let view = self.exchange.account(self.account);
        let since = self
            .bot()
            .and_then(Bot::last_trade)
            .map_or(TradeId(0), |(_, trade)| trade);
        AccountTruth {
            time: self.now,
            cash: view.cash,
            positions: view
                .positions
                .iter()
                .map(|position| PositionTruth {
                    market: position.market,
                    size: position.size,
                    cost: position.cost,
                    liquidation_price: position.liquidation_price,
                })
                .collect(),
            open_orders: self
                .exchange
                .open_orders(self.account)
                .map(|order| OpenOrderTruth {
                    cloid: Some(order.request.cloid),
                    order: order.oid,
                    market: order.request.market,
                    side: order.request.side,
                    size: order.remaining,
                    reduce_only: order.request.reduce_only,
                })
                .collect(),
            fills: self
                .exchange
                .fills_since(self.account, since)
                .copied()
                .collect(),
        }
    }

    /// What must be true at every moment.
    pub fn check_always(&self) {
        assert_eq!(
            self.exchange.duplicate_cloids(),
            0,
            "an id reached the venue twice"
        );
        for (cloid, sends) in &self.sends {
            assert_eq!(*sends, 1, "{cloid} was sent {sends} times");
        }
        assert_eq!(
            self.disk.fill_rows,
            self.disk.fills.len() as u64,
            "a fill was written twice"
        );
        for (cloid, times) in &self.disk.prepared {
            assert_eq!(*times, 1, "the intent {cloid} was written {times} times");
        }
    }

    /// What must be true at rest.
    pub fn check_at_rest(&self) {
        let bot = self.bot().unwrap();
        let position = self
            .exchange
            .account(self.account)
            .positions
            .first()
            .map_or(Size::ZERO, |position| position.size);
        let booked: Size = self
            .disk
            .fills
            .values()
            .map(|fill| fill.side.signed(fill.size))
            .sum();
        assert_eq!(
            booked, position,
            "the fills on the disk do not make the venue's position"
        );
        let ours = bot.positions().first().map_or(Size::ZERO, |view| view.size);
        assert_eq!(ours, position, "the books do not agree with the venue");
        assert_eq!(
            bot.equity(),
            self.exchange.equity(self.account),
            "the equity differs from the venue's"
        );
        for fill in self.exchange.fills_since(self.account, TradeId(0)) {
            assert_eq!(
                self.disk.fills.get(&fill.trade),
                Some(fill),
                "a fill of the venue is not on the disk"
            );
        }
        for (cloid, status) in &self.disk.orders {
            assert!(!status.is_unresolved(), "{cloid} is still {status}");
            let report = self.exchange.order_status(self.account, *cloid);
            if *status == OrderStatus::Filled {
                assert!(
                    report.is_some_and(|report| report.filled == report.request.size),
                    "{cloid} is not filled"
                );
            }
        }
        if !position.is_zero() {
            let covered: Size = self
                .exchange
                .open_orders(self.account)
                .map(|order| order.remaining)
                .sum();
            assert_eq!(
                covered,
                position.abs(),
                "the position is not covered by exactly one stop: {bot:#?}"
            );
        }
        assert_eq!(bot.not_ready(), [], "it did not come back");
    }
}

fn update_of(state: OrderState, oid: aicoin_domain::OrderId) -> OrderUpdate {
    match state {
        OrderState::Open => OrderUpdate::Open { order: oid },
        OrderState::Triggered => OrderUpdate::Triggered,
        OrderState::Filled => OrderUpdate::Filled,
        state if state.is_rejected() => OrderUpdate::Rejected,
        _ => OrderUpdate::Canceled,
    }
}
