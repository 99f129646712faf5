//! Telling people: the status at a glance, and each row as it happens.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use aicoin_api::http::{
    Account, AiBudget, Candle as WireCandle, ControlReply, ControlStatus, Counts, Market, Position,
    Remaining, Status, WsEvent,
};
use aicoin_core::{Bot, BotConfig, BreakerState, Candle, Record};
use aicoin_domain::{Desired, MarketId, Usd};
use aicoin_store::wire;
use aicoin_web::Events;
use tokio::sync::watch;

use super::chart::Chart;

/// What does not change while the process runs.
pub(super) struct Identity {
    pub bot: String,
    pub mode: &'static str,
    pub decider: String,
    pub notice: Option<String>,
    pub speed: f64,
    pub ai_limits: Option<(Usd, u32)>,
}

/// Publishes the bot's state.
pub(super) struct Publisher {
    identity: Identity,
    names: Vec<String>,
    started_at_ms: i64,
    counts: Counts,
    status: watch::Sender<Arc<Status>>,
    events: Events,
    /// Why the store failed last, for health; `None` while it works.
    store_fault: Arc<Mutex<Option<String>>>,
}

impl Publisher {
    /// A publisher, and the receiver of what it publishes.
    pub(super) fn new(
        identity: Identity,
        config: &BotConfig,
        counts: Counts,
        bot: &Bot,
        events: Events,
    ) -> (Self, watch::Receiver<Arc<Status>>) {
        let names: Vec<String> = config
            .markets
            .iter()
            .map(|market| market.name.clone())
            .collect();
        let started_at_ms = wall_clock_ms();
        let first = Arc::new(status_of(
            &identity,
            &names,
            started_at_ms,
            counts,
            bot,
            None,
        ));
        let (status, receiver) = watch::channel(first);
        (
            Self {
                identity,
                names,
                started_at_ms,
                counts,
                status,
                events,
                store_fault: Arc::default(),
            },
            receiver,
        )
    }

    /// Where a store failure is noted.
    pub(super) fn store_fault(&self) -> Arc<Mutex<Option<String>>> {
        Arc::clone(&self.store_fault)
    }

    /// Rows became durable.
    pub(super) fn committed(&mut self, counts: Counts) {
        self.counts = counts;
    }

    /// The store cannot be written.
    pub(super) fn store_failed(&self, sentence: String) {
        *self
            .store_fault
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(sentence);
    }

    /// The store can be written again.
    pub(super) fn store_back(&self) {
        *self
            .store_fault
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Rows written so far.
    pub(super) const fn counts(&self) -> Counts {
        self.counts
    }

    /// The present status and the candles that are being built.
    pub(super) fn publish(
        &self,
        bot: &Bot,
        chart: &Chart,
        spend: Option<(u32, Usd, BreakerState)>,
    ) {
        let status = status_of(
            &self.identity,
            &self.names,
            self.started_at_ms,
            self.counts,
            bot,
            spend,
        );
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
    pub(super) fn candle(&self, market: MarketId, candle: &Candle) {
        if let Some(name) = self.names.get(market.index()) {
            self.events.publish(WsEvent::Candle {
                market: name.clone(),
                candle: wire_candle(candle),
            });
        }
    }

    /// A row.
    pub(super) fn row(&self, record: &Record) {
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
            Record::Position(_) | Record::Control(_) => return,
        };
        self.events.publish(event);
    }

    /// The answer to a control request.
    pub(super) fn reply(&self, bot: &Bot, accepted: bool) -> ControlReply {
        let not_ready = not_ready(bot);
        ControlReply {
            accepted,
            control: control_of(bot),
            ready: not_ready.is_empty(),
            not_ready,
            crashes_recent: 0,
        }
    }
}

/// A candle on the wire.
pub(super) fn wire_candle(candle: &Candle) -> WireCandle {
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
pub(super) fn positions_of(bot: &Bot) -> Vec<Position> {
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

fn status_of(
    identity: &Identity,
    names: &[String],
    started_at_ms: i64,
    counts: Counts,
    bot: &Bot,
    spend: Option<(u32, Usd, BreakerState)>,
) -> Status {
    let account = bot.account_record();
    let not_ready = not_ready(bot);
    let now = bot.now();
    let markets = names.iter().enumerate().filter_map(|(index, name)| {
        let (quote, at) = bot.quote(MarketId(u16::try_from(index).ok()?))?;
        Some(Market {
            market: name.clone(),
            bid: quote.bid,
            ask: quote.ask,
            mark: quote.mark,
            age_ms: (now - at).0,
        })
    });
    let ai = identity.ai_limits.zip(spend).map(
        |((usd_per_day, calls_per_hour), (calls, spent, breaker))| AiBudget {
            spent_today_usd: spent,
            usd_per_day,
            calls_last_hour: calls,
            calls_per_hour,
            breaker: breaker.as_str().to_owned(),
        },
    );
    #[expect(clippy::float_cmp, reason = "1 means real time and is written as 1")]
    let is_real_time = identity.speed == 1.0;
    Status {
        bot: identity.bot.clone(),
        mode: identity.mode.to_owned(),
        decider: identity.decider.clone(),
        notice: identity.notice.clone(),
        time_ms: now.0,
        speed: (!is_real_time).then_some(identity.speed),
        started_at_ms,
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
        counts,
        ai,
    }
}

/// The wall clock, ms since 1970.
pub(super) fn wall_clock_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or_default()
}
