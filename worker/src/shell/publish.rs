//! Telling people: the status at a glance, and each row as it happens.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use aicoin_api::http::{
    Account, AiBudget, Candle as WireCandle, ControlReply, ControlStatus, Counts, Market, Position,
    Remaining, RiskEvent, Status, WsEvent,
};
use aicoin_core::{Bot, BreakerState, Candle, Record, StoreHealth};
use aicoin_domain::{Desired, DurationMs, Hold, MarketId, Reason, Usd};
use aicoin_store::wire;
use aicoin_web::Events;
use tokio::sync::watch;

use super::chart::Chart;
use super::crashes::Crashes;

/// What does not change while the process runs.
pub(crate) struct Identity {
    pub bot: String,
    pub mode: &'static str,
    pub decider: String,
    /// Sentences that must be seen.
    pub notices: Vec<String>,
    pub speed: f64,
    pub interval: DurationMs,
    pub ai_limits: Option<(Usd, u32)>,
    pub started_at_ms: i64,
}

impl Identity {
    /// The status before there is a bot.
    pub(crate) fn starting(&self) -> Status {
        Status {
            bot: self.bot.clone(),
            mode: self.mode.to_owned(),
            decider: self.decider.clone(),
            notice: (!self.notices.is_empty()).then(|| self.notices.join(" ")),
            time_ms: self.started_at_ms,
            speed: self.shown_speed(),
            started_at_ms: self.started_at_ms,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            interval_ms: self.interval.0,
            control: ControlStatus {
                desired: Desired::Paused,
                generation: 0,
                local_hold: Hold::None,
                in_force: Desired::Paused,
                accepted: false,
                accepted_generation: 0,
                effective: false,
                effective_generation: 0,
                remaining: Remaining::default(),
            },
            ready: false,
            not_ready: vec![Reason::Starting.to_string()],
            account: Account::default(),
            positions: Vec::new(),
            markets: Vec::new(),
            counts: Counts::default(),
            ai: None,
            crashes_recent: 0,
        }
    }

    /// `None` is real time.
    fn shown_speed(&self) -> Option<f64> {
        #[expect(clippy::float_cmp, reason = "1 means real time and is written as 1")]
        let is_real_time = self.speed == 1.0;
        (!is_real_time).then_some(self.speed)
    }
}

/// Publishes the bot's state.
pub(crate) struct Publisher {
    identity: Identity,
    names: Vec<String>,
    counts: Counts,
    status: watch::Sender<Arc<Status>>,
    events: Events,
    /// How the store takes rows, for health.
    store_health: Arc<Mutex<StoreHealth>>,
    /// When earlier processes of this bot crashed, wall clock.
    crashes: Crashes,
    /// What keeps the bot from trading and has a sentence of its own.
    warnings: BTreeMap<Reason, String>,
}

impl Publisher {
    /// A publisher into that channel.
    pub(crate) fn new(
        identity: Identity,
        names: Vec<String>,
        counts: Counts,
        crashes: Crashes,
        status: watch::Sender<Arc<Status>>,
        events: Events,
    ) -> Self {
        Self {
            identity,
            names,
            counts,
            status,
            events,
            store_health: Arc::default(),
            crashes,
            warnings: BTreeMap::new(),
        }
    }

    /// How the store takes rows, for whoever reads beside the loop.
    pub(crate) fn store_health(&self) -> Arc<Mutex<StoreHealth>> {
        Arc::clone(&self.store_health)
    }

    /// Rows became durable.
    pub(crate) fn committed(&mut self, counts: Counts) {
        self.counts = counts;
    }

    /// The store takes rows, or has little room left, or takes none.
    pub(crate) fn store_is(&self, health: StoreHealth) {
        *self
            .store_health
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = health;
    }

    /// A sentence for the notice, as long as the reason stands; `None` takes it away.
    pub(crate) fn warn(&mut self, reason: Reason, sentence: Option<String>) {
        match sentence {
            Some(sentence) => self.warnings.insert(reason, sentence),
            None => self.warnings.remove(&reason),
        };
    }

    /// Whether a sentence for that reason stands.
    pub(crate) fn warns(&self, reason: Reason) -> bool {
        self.warnings.contains_key(&reason)
    }

    /// One market more, with the next number.
    pub(crate) fn add_market(&mut self, name: &str) {
        self.names.push(name.to_owned());
    }

    /// Rows written so far.
    pub(crate) const fn counts(&self) -> Counts {
        self.counts
    }

    /// The present status and the candles that are being built.
    pub(crate) fn publish(
        &self,
        bot: &Bot,
        chart: &Chart,
        spend: Option<(u32, Usd, BreakerState)>,
    ) {
        let status = self.status_of(bot, spend);
        self.status.send_replace(Arc::new(status));
        for index in 0..self.names.len() {
            let Ok(market) = u16::try_from(index).map(MarketId) else {
                continue;
            };
            if let Some(candle) = chart.current(market) {
                self.candle(market, &candle);
            }
        }
    }

    /// A candle, closed or being built.
    pub(crate) fn candle(&self, market: MarketId, candle: &Candle) {
        if let Some(name) = self.names.get(market.index()) {
            self.events.publish(WsEvent::Candle {
                market: name.clone(),
                candle: wire_candle(candle),
            });
        }
    }

    /// A row.
    pub(crate) fn row(&self, record: &Record) {
        let name = |market: MarketId| self.names.get(market.index()).map_or("", String::as_str);
        let event = match record {
            Record::Decision(decision) => WsEvent::Decision(Box::new(wire::decision(
                decision,
                decision.market.map(name),
            ))),
            Record::Order(order) => {
                WsEvent::Order(Box::new(wire::order(order, name(order.request.market))))
            }
            Record::Fill(fill) => WsEvent::Fill(Box::new(wire::fill(fill, name(fill.fill.market)))),
            Record::Risk(risk) => {
                WsEvent::RiskEvent(Box::new(wire::risk_event(risk, risk.market.map(name))))
            }
            Record::Account(account) => {
                WsEvent::AccountSnapshot(Box::new(wire::account_snapshot(account)))
            }
            // What it looks like then stands in the table only.
            Record::Settled(_) => return,
            Record::Position(_) | Record::Control(_) => return,
        };
        self.events.publish(event);
    }

    /// A risk event as it stands in the table.
    pub(crate) fn risk_event(&self, event: RiskEvent) {
        self.events.publish(WsEvent::RiskEvent(Box::new(event)));
    }

    /// The answer to a control request.
    pub(crate) fn reply(&self, bot: &Bot, accepted: bool) -> ControlReply {
        let not_ready = not_ready(bot);
        ControlReply {
            accepted,
            control: control_of(bot),
            ready: not_ready.is_empty(),
            not_ready,
            crashes_recent: self.crashes.recent(wall_clock_ms()),
        }
    }

    fn status_of(&self, bot: &Bot, spend: Option<(u32, Usd, BreakerState)>) -> Status {
        let account = bot.account_record();
        let not_ready = not_ready(bot);
        let now = bot.now();
        let markets = self.names.iter().enumerate().filter_map(|(index, name)| {
            let (quote, at) = bot.quote(MarketId(u16::try_from(index).ok()?))?;
            Some(Market {
                market: name.clone(),
                bid: quote.bid,
                ask: quote.ask,
                mark: quote.mark,
                age_ms: (now - at).0,
            })
        });
        let ai = self.identity.ai_limits.zip(spend).map(
            |((usd_per_day, calls_per_hour), (calls, spent, breaker))| AiBudget {
                spent_today_usd: spent,
                usd_per_day,
                calls_last_hour: calls,
                calls_per_hour,
                breaker: breaker.as_str().to_owned(),
            },
        );
        Status {
            bot: self.identity.bot.clone(),
            mode: self.identity.mode.to_owned(),
            decider: self.identity.decider.clone(),
            notice: self.notice(bot),
            time_ms: now.0,
            speed: self.identity.shown_speed(),
            started_at_ms: self.identity.started_at_ms,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            interval_ms: bot.config().interval.0,
            control: control_of(bot),
            ready: not_ready.is_empty(),
            not_ready,
            account: Account {
                equity: account.equity,
                cash: account.cash,
                unrealized_pnl: account.unrealised,
                realized_pnl: account.realised,
                fees: account.fees,
                funding: account.funding,
                notional: account.notional,
                day_pnl: bot
                    .day_start_equity()
                    .map_or(Usd::ZERO, |start| account.equity - start),
                drawdown: bot.drawdown(),
            },
            positions: positions_of(bot),
            markets: markets.collect(),
            counts: self.counts,
            ai,
            crashes_recent: self.crashes.recent(wall_clock_ms()),
        }
    }

    /// Everything that must be seen, in one text.
    fn notice(&self, bot: &Bot) -> Option<String> {
        let halt = bot.halt().map(|halt| {
            format!(
                "Halted ({}): nothing is opened until a person settles risk event {event} with `aicoin-worker ctl resolve \
                 {event}`.",
                halt.reason,
                event = halt.risk_event
            )
        });
        let all: Vec<&str> = halt
            .iter()
            .chain(self.warnings.values())
            .chain(&self.identity.notices)
            .map(String::as_str)
            .collect();
        (!all.is_empty()).then(|| all.join(" "))
    }
}

/// A candle on the wire.
pub(crate) fn wire_candle(candle: &Candle) -> WireCandle {
    WireCandle {
        time_ms: candle.time.0,
        open: candle.open,
        high: candle.high,
        low: candle.low,
        close: candle.close,
        volume: candle.volume,
    }
}

fn control_of(bot: &Bot) -> ControlStatus {
    let control = bot.control();
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    ControlStatus {
        desired: control.desired.unwrap_or(Desired::Paused),
        generation: control.generation,
        local_hold: control.hold,
        in_force: control.in_force,
        accepted: control.accepted,
        accepted_generation: if control.accepted {
            control.generation
        } else {
            control.effective_generation
        },
        effective: control.effective,
        effective_generation: control.effective_generation,
        remaining: Remaining {
            positions: count(control.positions),
            orders: count(control.orders),
        },
    }
}

/// Why the bot is not ready, as reason codes.
fn not_ready(bot: &Bot) -> Vec<String> {
    bot.not_ready()
        .into_iter()
        .map(|reason| reason.as_str().to_owned())
        .collect()
}

/// The open positions of a bot.
pub(crate) fn positions_of(bot: &Bot) -> Vec<Position> {
    let name = |market: MarketId| {
        bot.config()
            .markets
            .get(market.index())
            .map_or_else(String::new, |market| market.name.clone())
    };
    bot.positions()
        .into_iter()
        .map(|position| {
            let value = position.mark.notional(position.size);
            Position {
                market: name(position.market),
                size: position.size,
                entry_price: position.cost.average_price(position.size),
                mark_price: position.mark,
                notional: value.abs(),
                unrealized_pnl: value - position.cost,
                stop_price: position.stop,
                take_price: position.take,
                liquidation_price: position.liquidation,
                protected: position.protected,
                opened_at_ms: position.opened_at.map(|time| time.0),
            }
        })
        .collect()
}

/// The wall clock, ms since 1970.
pub(crate) fn wall_clock_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or_default()
}
