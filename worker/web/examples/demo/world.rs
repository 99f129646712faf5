//! The demo's bot: what it has, and what changes in it.

use std::collections::BTreeMap;

use aicoin_api::http::*;
use aicoin_domain::{Desired, Hold};
use aicoin_web::Events;

use crate::made_up::{Noise, now_ms, price, rate, size, usd};

pub(crate) const INTERVAL_MS: i64 = 60_000;

pub(crate) struct Held {
    pub(crate) market: usize,
    pub(crate) size: f64,
    pub(crate) entry: f64,
    pub(crate) stop: f64,
    pub(crate) take: Option<f64>,
    pub(crate) liquidation: f64,
    pub(crate) opened_at_ms: i64,
}

/// Everything that there is.
pub(crate) struct World {
    pub(crate) noise: Noise,
    pub(crate) names: [&'static str; 3],
    pub(crate) prices: [f64; 3],
    pub(crate) candles: BTreeMap<&'static str, Vec<Candle>>,
    pub(crate) held: Vec<Held>,
    pub(crate) orders: Vec<Order>,
    pub(crate) fills: Vec<Fill>,
    pub(crate) decisions: Vec<Decision>,
    pub(crate) risks: Vec<RiskEvent>,
    pub(crate) snapshots: Vec<AccountSnapshot>,
    pub(crate) control: ControlStatus,
    pub(crate) control_since_ms: i64,
    pub(crate) cash: f64,
    pub(crate) realized: f64,
    pub(crate) fees: f64,
    pub(crate) started_at_ms: i64,
    pub(crate) next_id: u64,
}

impl World {
    pub(crate) fn new() -> Self {
        let started_at_ms = now_ms();
        let mut world = Self {
            noise: Noise(7),
            names: ["BTC", "ETH", "SOL"],
            prices: [64_250.0, 3_120.0, 148.2],
            candles: BTreeMap::new(),
            held: Vec::new(),
            orders: Vec::new(),
            fills: Vec::new(),
            decisions: Vec::new(),
            risks: Vec::new(),
            snapshots: Vec::new(),
            control: ControlStatus {
                desired: Desired::Running,
                generation: 4,
                local_hold: Hold::None,
                in_force: Desired::Running,
                accepted: true,
                accepted_generation: 4,
                effective: true,
                effective_generation: 4,
                remaining: Remaining::default(),
            },
            control_since_ms: 0,
            cash: 10_128.42,
            realized: 171.06,
            fees: 42.64,
            started_at_ms,
            next_id: 1,
        };
        world.history();
        world
    }

    pub(crate) fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    pub(crate) fn unrealized(&self) -> f64 {
        self.held
            .iter()
            .map(|it| (self.price(it.market) - it.entry) * it.size)
            .sum()
    }

    pub(crate) fn notional(&self) -> f64 {
        self.held
            .iter()
            .map(|it| (self.price(it.market) * it.size).abs())
            .sum()
    }

    pub(crate) fn snapshot(&self, time_ms: i64, equity: f64) -> AccountSnapshot {
        AccountSnapshot {
            time_ms,
            equity: usd(equity),
            cash: usd(self.cash),
            unrealized_pnl: usd(self.unrealized()),
            realized_pnl: usd(self.realized),
            fees: usd(self.fees),
            funding: usd(-1.12),
            notional: usd(self.notional()),
        }
    }

    /// A fifth of a second passes.
    pub(crate) fn step(&mut self, events: &Events) {
        let now = now_ms();
        let start = now / INTERVAL_MS * INTERVAL_MS;
        for market in 0..self.names.len() {
            let step = self.noise.next() * 0.00005;
            if let Some(level) = self.prices.get_mut(market) {
                *level *= 1.0 + step;
            }
            let (name, level) = (self.name(market), price(self.price(market)));
            let Some(candles) = self.candles.get_mut(name) else {
                continue;
            };
            match candles.last_mut().filter(|it| it.time_ms == start) {
                Some(last) => {
                    last.high = last.high.max(level);
                    last.low = last.low.min(level);
                    last.close = level;
                    last.volume += 0.4;
                }
                None => candles.push(Candle {
                    time_ms: start,
                    open: level,
                    high: level,
                    low: level,
                    close: level,
                    volume: 0.0,
                }),
            }
            if let Some(candle) = candles.last().cloned() {
                events.publish(WsEvent::Candle {
                    market: name.to_owned(),
                    candle,
                });
            }
        }
        self.obey(now, events);
    }

    /// A control becomes effective some seconds after it was accepted.
    pub(crate) fn obey(&mut self, now: i64, events: &Events) {
        if self.control.effective || now - self.control_since_ms < 2_500 {
            return;
        }
        if self.control.in_force == Desired::CloseAll
            && let Some(held) = self.held.pop()
        {
            {
                self.control_since_ms = now - 1_000;
                let level = self.price(held.market);
                let pnl = (level - held.entry) * held.size;
                self.cash += pnl;
                self.realized += pnl;
                self.trade(held.market, now, -held.size, level, "close_all", pnl);
                if let (Some(order), Some(fill)) = (self.orders.last(), self.fills.last()) {
                    events.publish(WsEvent::Order(Box::new(order.clone())));
                    events.publish(WsEvent::Fill(Box::new(fill.clone())));
                }
                let market = self.name(held.market);
                for order in self
                    .orders
                    .iter_mut()
                    .filter(|it| it.market == market && it.status == "Open")
                {
                    order.status = "Canceled".to_owned();
                    order.updated_at_ms = now;
                    events.publish(WsEvent::Order(Box::new(order.clone())));
                }
                self.control.remaining = self.remaining();
                return;
            }
        }
        self.control.remaining = Remaining::default();
        self.control.effective = true;
        self.control.effective_generation = self.control.generation;
    }

    pub(crate) fn remaining(&self) -> Remaining {
        let positions = u32::try_from(self.held.len()).unwrap_or(0);
        Remaining {
            positions,
            orders: positions * 2,
        }
    }

    pub(crate) fn control(&mut self, request: ControlRequest) -> ControlReply {
        let accepted = match request {
            ControlRequest::Local { hold } => {
                self.control.local_hold = hold;
                true
            }
            ControlRequest::Operator {
                generation,
                desired,
            } if generation > self.control.generation => {
                self.control.generation = generation;
                self.control.desired = desired;
                true
            }
            ControlRequest::Operator { .. } => false,
        };
        if accepted {
            self.control.in_force = self.control.desired.with_hold(self.control.local_hold);
            self.control.accepted = true;
            self.control.accepted_generation = self.control.generation;
            self.control.effective = self.control.in_force == Desired::Running;
            self.control_since_ms = now_ms();
            self.control.remaining = match self.control.in_force {
                Desired::CloseAll => self.remaining(),
                Desired::Paused | Desired::Stopped => Remaining {
                    positions: 0,
                    orders: 1,
                },
                Desired::Running => Remaining::default(),
            };
        }
        ControlReply {
            accepted,
            ready: true,
            not_ready: Vec::new(),
            crashes_recent: 0,
            control: self.control.clone(),
        }
    }

    pub(crate) fn position(&self, held: &Held) -> Position {
        let mark = self.price(held.market);
        Position {
            market: self.name(held.market).to_owned(),
            size: size(held.size),
            entry_price: price(held.entry),
            mark_price: price(mark),
            notional: usd((mark * held.size).abs()),
            unrealized_pnl: usd((mark - held.entry) * held.size),
            stop_price: Some(price(held.stop)),
            take_price: held.take.map(price),
            liquidation_price: Some(price(held.liquidation)),
            protected: true,
            opened_at_ms: Some(held.opened_at_ms),
        }
    }

    pub(crate) fn status(&self) -> Status {
        let count = |length: usize| u64::try_from(length).unwrap_or(0);
        let equity = self.cash + self.unrealized();
        Status {
            bot: "default/btc-momentum".to_owned(),
            mode: "Paper".to_owned(),
            decider: "ai deepseek-flash".to_owned(),
            notice: std::env::var("DEMO_NOTICE").ok(),
            time_ms: now_ms(),
            speed: None,
            started_at_ms: self.started_at_ms,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            interval_ms: INTERVAL_MS,
            control: self.control.clone(),
            ready: std::env::var("DEMO_NOT_READY").is_err(),
            not_ready: std::env::var("DEMO_NOT_READY").into_iter().collect(),
            account: Account {
                equity: usd(equity),
                cash: usd(self.cash),
                unrealized_pnl: usd(self.unrealized()),
                realized_pnl: usd(self.realized),
                fees: usd(self.fees),
                funding: usd(-1.12),
                notional: usd(self.notional()),
                day_pnl: usd(equity - 10_094.0),
                drawdown: rate(0.0041),
            },
            positions: self.held.iter().map(|held| self.position(held)).collect(),
            markets: (0..self.names.len())
                .map(|market| Market {
                    market: self.name(market).to_owned(),
                    bid: price(self.price(market) * 0.99995),
                    ask: price(self.price(market) * 1.00005),
                    mark: price(self.price(market)),
                    age_ms: 120,
                })
                .collect(),
            counts: Counts {
                decisions: count(self.decisions.len()),
                orders: count(self.orders.len()),
                fills: count(self.fills.len()),
                risk_events: count(self.risks.len()),
            },
            crashes_recent: 0,
            ai: Some(AiBudget {
                spent_today_usd: usd(0.84),
                usd_per_day: usd(5.0),
                calls_last_hour: 20,
                calls_per_hour: 40,
                breaker: "closed".to_owned(),
            }),
        }
    }

    pub(crate) fn price(&self, market: usize) -> f64 {
        self.prices.get(market).copied().unwrap_or(1.0)
    }

    pub(crate) fn name(&self, market: usize) -> &'static str {
        self.names.get(market).copied().unwrap_or("BTC")
    }

    /// A size worth about 1,000 dollars.
    pub(crate) fn unit(&self, market: usize) -> f64 {
        [0.0155, 0.32, 6.7].get(market).copied().unwrap_or(1.0)
    }

    pub(crate) fn price_at(&self, market: usize, time_ms: i64) -> f64 {
        let candles = self
            .candles
            .get(self.name(market))
            .map(Vec::as_slice)
            .unwrap_or_default();
        let at = candles
            .iter()
            .rev()
            .find(|it| it.time_ms <= time_ms)
            .or_else(|| candles.first());
        at.map_or(1.0, |it| (it.open.to_f64() + it.close.to_f64()) / 2.0)
    }
}
