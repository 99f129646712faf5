//! A core with a scripted venue, disk and model: a test decides what each of them says, and when.

use std::collections::{BTreeMap, VecDeque};

use aicoin_core::{
    AccountTruth, Action, AiAction, AiAnswer, AiCall, AiConfig, AiReply, Bot, BotConfig, Input,
    LeaseState, Leg, LookupAnswer, MarketConfig, MarketView, OpenOrderTruth, OrderRecord,
    OrderUpdate, Output, Policy, PositionTruth, Proposal, Query, Quote, Record, ReplyItem,
    RiskConfig, RiskRecord, SendResult, Seq, Timing,
};
use aicoin_domain::{
    Cloid, Desired, DurationMs, Fill, Leverage, MarginTiers, MarketId, MarketRules, OrderId,
    OrderRequest, OrderStatus, Price, Rate, Reason, Size, TimeMs, TradeId, Usd,
};

pub const BTC: MarketId = MarketId(0);
pub const ETH: MarketId = MarketId(1);
pub const PRICE: Price = Price::from_whole(50_000);
pub const CASH: Usd = Usd::from_whole(10_000);

pub fn config() -> BotConfig {
    let market = |name: &str| MarketConfig {
        name: name.into(),
        rules: MarketRules {
            sz_decimals: 5,
            tiers: MarginTiers::flat(Leverage::new(40)),
            only_isolated: false,
        },
        retired: false,
    };
    BotConfig {
        uid: 7,
        spec_generation: 1,
        markets: vec![market("BTC"), market("ETH")],
        interval: DurationMs::from_mins(1),
        policy: Policy::Ai(AiConfig {
            timeout: DurationMs::from_secs(20),
            usd_per_day: Usd::from_whole(1),
            calls_per_hour: 40,
            worst_case_cost: "0.01".parse().unwrap(),
        }),
        risk: RiskConfig {
            risk_per_trade: Some(Rate::from_bps(50)),
            max_leverage: Some(Leverage::new(3)),
            stop_loss: Some(Rate::from_bps(200)),
            ..RiskConfig::UNLIMITED
        },
        timing: Timing {
            snapshot_every: None,
            ..Timing::LIVE
        },
        max_slippage: Rate::from_bps(500),
        taker_fee: Rate::from_percent("0.045").unwrap(),
        attach_stops: false,
    }
}

pub struct Rig {
    pub bot: Bot,
    pub now: TimeMs,
    /// Everything that came out, in order.
    pub log: Vec<Output>,
    /// Writing that is not durable yet; stays empty while `disk_is_quick`.
    pub writes: VecDeque<Seq>,
    pub disk_is_quick: bool,
    /// Whether the venue answers questions about orders and the account.
    pub venue_answers: bool,
    pub quotes: bool,
    pub sizes: BTreeMap<MarketId, Size>,
    pub fills: Vec<Fill>,
    pub open: Vec<OpenOrderTruth>,
    pub known: BTreeMap<Cloid, (OrderUpdate, Size)>,
    wake_at: Option<TimeMs>,
    next: u64,
}

impl Rig {
    /// A bot that may trade: reconciled, running, with prices.
    pub fn new() -> Self {
        let mut rig = Self::of(Bot::new(config()));
        rig.start(1);
        rig
    }

    pub fn of(bot: Bot) -> Self {
        Self {
            bot,
            now: TimeMs(1_700_000_040_000),
            log: Vec::new(),
            writes: VecDeque::new(),
            disk_is_quick: true,
            venue_answers: true,
            quotes: true,
            sizes: BTreeMap::new(),
            fills: Vec::new(),
            open: Vec::new(),
            known: BTreeMap::new(),
            wake_at: None,
            next: 100,
        }
    }

    pub fn start(&mut self, epoch: u64) {
        self.tell(Input::Lease(LeaseState::Held { epoch }));
        self.control(1, Desired::Running);
        self.quote(PRICE);
    }

    /// Kills the process and starts another from what is durable; the venue lives on.
    pub fn restart(&mut self) {
        let saved = serde_json::to_string(&self.bot.save()).unwrap();
        self.bot = Bot::restore(config(), serde_json::from_str(&saved).unwrap());
        self.writes.clear();
        self.start(2);
    }

    pub fn tell(&mut self, input: Input) {
        let mut inputs = VecDeque::from([input]);
        let mut turns = 0;
        while let Some(input) = inputs.pop_front() {
            turns += 1;
            assert!(turns < 1_000, "it never comes to rest");
            self.bot.handle(self.now, input);
            while let Some(output) = self.bot.poll() {
                match &output {
                    Output::Persist { seq, .. } if self.disk_is_quick => {
                        inputs.push_back(Input::Durable { seq: *seq });
                    }
                    Output::Persist { seq, .. } => self.writes.push_back(*seq),
                    Output::Query(query) if self.venue_answers => {
                        inputs.push_back(self.answer_to(*query));
                    }
                    Output::WakeAt(time) => self.wake_at = Some(*time),
                    _ => {}
                }
                self.log.push(output);
            }
        }
    }

    pub fn control(&mut self, generation: u64, desired: Desired) {
        self.tell(Input::Control {
            generation,
            desired,
        });
    }

    /// The oldest piece of writing is durable now.
    pub fn write_one(&mut self) {
        if let Some(seq) = self.writes.pop_front() {
            self.tell(Input::Durable { seq });
        }
    }

    pub fn write_all(&mut self) {
        while !self.writes.is_empty() {
            self.write_one();
        }
    }

    pub fn quote(&mut self, price: Price) {
        for market in [BTC, ETH] {
            self.tell(Input::Quote {
                market,
                quote: Quote::flat(price),
            });
        }
    }

    /// Time goes on. The core is woken only when it asked for that; prices come every second unless `quotes` is off.
    pub fn pass(&mut self, ms: i64) {
        let end = self.now.0 + ms;
        while self.now.0 < end {
            self.now = TimeMs((self.now.0 + 100).min(end));
            if self.wake_at.is_some_and(|at| at <= self.now) {
                self.wake_at = None;
                self.tell(Input::Wake);
            }
            if self.quotes && self.now.0 % 1_000 == 0 {
                self.quote(PRICE);
            }
        }
    }

    pub fn truth(&self) -> AccountTruth {
        let positions = self.sizes.iter().filter(|(_, size)| !size.is_zero());
        AccountTruth {
            time: self.now,
            cash: CASH,
            positions: positions
                .map(|(market, size)| PositionTruth {
                    market: *market,
                    size: *size,
                    cost: PRICE.notional(*size),
                    liquidation_price: None,
                })
                .collect(),
            open_orders: self.open.clone(),
            fills: {
                let since = self.bot.last_trade();
                let all = self.fills.iter().copied();
                all.filter(|fill| since.is_none_or(|known| (fill.time, fill.trade) > known))
                    .collect()
            },
        }
    }

    fn answer_to(&self, query: Query) -> Input {
        match query {
            Query::Account => Input::Account(Box::new(self.truth())),
            Query::Order(cloid) => Input::Looked {
                cloid,
                asked_at: self.now,
                answer: self.known.get(&cloid).map_or(
                    LookupAnswer::UnknownOrder,
                    |(update, filled)| LookupAnswer::Known {
                        update: *update,
                        filled: *filled,
                    },
                ),
            },
        }
    }

    pub fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// The order rests at the venue, and the core is told.
    pub fn rest(&mut self, order: OrderRequest) {
        let number = self.settle_at_venue(order, OrderUpdate::Filled, Size::ZERO);
        self.open.push(OpenOrderTruth {
            cloid: Some(order.cloid),
            order: number,
            market: order.market,
            side: order.side,
            size: order.size,
            reduce_only: order.reduce_only,
        });
        let update = OrderUpdate::Open { order: number };
        self.known.insert(order.cloid, (update, Size::ZERO));
        self.answer(order.cloid, SendResult::Resting { order: number });
    }

    pub fn answer(&mut self, cloid: Cloid, result: SendResult) {
        self.tell(Input::Sent { cloid, result });
    }

    fn settle_at_venue(
        &mut self,
        order: OrderRequest,
        update: OrderUpdate,
        filled: Size,
    ) -> OrderId {
        self.known.insert(order.cloid, (update, filled));
        OrderId(self.number())
    }

    /// The order trades that much at the venue. Nobody is told.
    pub fn trade(&mut self, order: OrderRequest, size: Size) -> Fill {
        let fill = Fill {
            trade: TradeId(self.number()),
            order: OrderId(1),
            cloid: Some(order.cloid),
            market: order.market,
            time: self.now,
            side: order.side,
            price: PRICE,
            size,
            fee: Usd::ZERO,
            closed_pnl: Usd::ZERO,
            is_taker: true,
            liquidation: None,
        };
        self.fills.push(fill);
        *self.sizes.entry(order.market).or_default() += order.side.signed(size);
        let filled = self
            .known
            .get(&order.cloid)
            .map_or(Size::ZERO, |known| known.1)
            + size;
        self.known
            .insert(order.cloid, (OrderUpdate::Filled, filled));
        fill
    }

    /// The order fills that much at once, the rest is dropped, and the core is told all of it.
    pub fn fill(&mut self, order: OrderRequest, size: Size) {
        let fill = self.trade(order, size);
        self.tell(Input::Fill(fill));
        let order_id = OrderId(fill.order.0);
        let result = SendResult::Filled {
            order: order_id,
            size,
        };
        self.answer(order.cloid, result);
    }

    pub fn cancel_at_venue(&mut self, cloid: Cloid) {
        self.open.retain(|open| open.cloid != Some(cloid));
        self.known
            .insert(cloid, (OrderUpdate::Canceled, Size::ZERO));
    }

    /// Orders that were sent, by leg, oldest first.
    pub fn placed(&self, leg: Leg) -> Vec<OrderRequest> {
        let legs = self.order_rows();
        self.sends()
            .filter_map(|action| match action {
                Action::Place { request, .. } => Some(*request),
                _ => None,
            })
            .filter(|request| legs.get(&request.cloid).is_some_and(|row| row.leg == leg))
            .collect()
    }

    pub fn canceled(&self) -> Vec<Cloid> {
        self.sends()
            .filter_map(|action| match action {
                Action::Cancel { cloid, .. } => Some(*cloid),
                _ => None,
            })
            .collect()
    }

    fn sends(&self) -> impl Iterator<Item = &Action> {
        self.log.iter().filter_map(|output| match output {
            Output::Send { action, .. } => Some(action),
            _ => None,
        })
    }

    pub fn rows(&self) -> impl Iterator<Item = &Record> {
        self.log.iter().flat_map(|output| match output {
            Output::Persist { records, .. } => records.as_slice(),
            _ => &[],
        })
    }

    /// The newest row of each order.
    pub fn order_rows(&self) -> BTreeMap<Cloid, OrderRecord> {
        let rows = self.rows().filter_map(|row| match row {
            Record::Order(order) => Some((order.request.cloid, order.clone())),
            _ => None,
        });
        rows.collect()
    }

    pub fn status(&self, order: OrderRequest) -> OrderStatus {
        self.order_rows()[&order.cloid].status
    }

    pub fn risks(&self) -> Vec<RiskRecord> {
        let rows = self.rows().filter_map(|row| match row {
            Record::Risk(risk) => Some(risk.clone()),
            _ => None,
        });
        rows.collect()
    }

    pub fn risk_reasons(&self) -> Vec<Reason> {
        self.risks().iter().map(|risk| risk.reason).collect()
    }

    /// Why decisions were rejected, oldest first; `None` is accepted.
    pub fn verdicts(&self) -> Vec<Option<Reason>> {
        let rows = self.rows().filter_map(|row| match row {
            Record::Decision(decision) => Some(decision.rejected),
            _ => None,
        });
        rows.collect()
    }

    pub fn asked(&self) -> Vec<MarketView> {
        let asked = self.log.iter().filter_map(|output| match output {
            Output::Ask { view, .. } => Some((**view).clone()),
            _ => None,
        });
        asked.collect()
    }

    /// A candle closes, and the model is asked.
    pub fn close_candle(&mut self) {
        let minute = 60_000;
        self.pass(minute - self.now.0 % minute);
    }

    pub fn reply(&mut self, wishes: Vec<Proposal>) {
        let view = self.asked().last().unwrap().id;
        self.reply_to(view, wishes);
    }

    pub fn reply_to(&mut self, view: u64, wishes: Vec<Proposal>) {
        let items = wishes.into_iter().map(ReplyItem::Proposal).collect();
        self.tell(Input::Ai(Box::new(AiAnswer {
            view,
            outcome: Ok(AiReply { view, items }),
            call: AiCall::default(),
        })));
    }

    /// An opening order that is on its way.
    pub fn open_long(&mut self) -> OrderRequest {
        self.close_candle();
        self.reply(vec![wish(AiAction::OpenLong)]);
        *self.placed(Leg::Open).last().unwrap()
    }

    /// A position with its stop resting.
    pub fn long(&mut self) -> (OrderRequest, OrderRequest) {
        let entry = self.open_long();
        self.fill(entry, entry.size);
        let stop = *self.placed(Leg::Stop).last().unwrap();
        self.rest(stop);
        (entry, stop)
    }

    pub fn held(&self) -> Size {
        self.bot
            .positions()
            .iter()
            .find(|view| view.market == BTC)
            .map_or(Size::ZERO, |view| view.size)
    }
}

pub fn wish(action: AiAction) -> Proposal {
    Proposal {
        symbol: "BTC".into(),
        action,
        confidence: 80,
        risk_bps: Some(50),
        leverage: Some(2),
        stop: Some(Price::from_whole(49_000)),
        take: None,
        max_slippage_bps: None,
        ttl_s: None,
        reason: "because".into(),
    }
}

pub fn half(size: Size) -> Size {
    Size::from_units(size.units() / 2_000 * 1_000)
}
