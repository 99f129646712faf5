//! What `/metrics` shows of trading. Labels come from closed sets, so that their number is bounded.

use std::time::Duration;

use aicoin_core::{Bot, Record};
use aicoin_domain::OrderStatus;
use prometheus::{
    Gauge, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, Opts, Registry,
};

/// The trading metrics of one bot.
#[derive(Clone)]
pub(crate) struct Metrics {
    decisions: IntCounterVec,
    orders: IntCounterVec,
    fills: IntCounter,
    risk_events: IntCounterVec,
    commit_s: Histogram,
    equity_usd: Gauge,
    positions: IntGauge,
    ready: IntGauge,
}

impl Metrics {
    /// Metrics in a registry.
    pub(crate) fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let counters =
            |name: &str, help: &str, label: &str| -> Result<IntCounterVec, prometheus::Error> {
                let counters = IntCounterVec::new(Opts::new(name, help), &[label])?;
                registry.register(Box::new(counters.clone()))?;
                Ok(counters)
            };
        let gauge = |name: &str, help: &str| -> Result<IntGauge, prometheus::Error> {
            let gauge = IntGauge::new(name, help)?;
            registry.register(Box::new(gauge.clone()))?;
            Ok(gauge)
        };
        let fills = IntCounter::new("aicoin_fills_total", "Fills booked by this process.")?;
        registry.register(Box::new(fills.clone()))?;
        let equity_usd = Gauge::new("aicoin_equity_usd", "Cash plus unrealised profit.")?;
        registry.register(Box::new(equity_usd.clone()))?;
        let buckets = vec![0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0, 5.0];
        let commit_s = Histogram::with_opts(
            HistogramOpts::new(
                "aicoin_store_commit_seconds",
                "How long the store takes to make a batch durable.",
            )
            .buckets(buckets),
        )?;
        registry.register(Box::new(commit_s.clone()))?;
        Ok(Self {
            decisions: counters(
                "aicoin_decisions_total",
                "Decisions by verdict or reason code.",
                "verdict",
            )?,
            orders: counters(
                "aicoin_orders_total",
                "Orders that reached a final state.",
                "status",
            )?,
            fills,
            risk_events: counters(
                "aicoin_risk_events_total",
                "Risk events by reason code.",
                "code",
            )?,
            commit_s,
            equity_usd,
            positions: gauge("aicoin_open_positions", "Open positions.")?,
            ready: gauge("aicoin_ready", "1 when the bot is ready to trade.")?,
        })
    }

    /// A row was put out.
    pub(crate) fn count(&self, record: &Record) {
        match record {
            Record::Decision(decision) => {
                let verdict = decision
                    .rejected
                    .map_or("accepted", aicoin_domain::Reason::as_str);
                self.decisions.with_label_values(&[verdict]).inc();
            }
            Record::Order(order)
                if order.status.is_final() || order.status == OrderStatus::Unknown =>
            {
                self.orders
                    .with_label_values(&[order.status.as_str()])
                    .inc();
            }
            Record::Fill(_) => self.fills.inc(),
            Record::Risk(risk) => self
                .risk_events
                .with_label_values(&[risk.reason.as_str()])
                .inc(),
            Record::Order(_)
            | Record::Position(_)
            | Record::Account(_)
            | Record::Control(_)
            | Record::Settled(_) => {}
        }
    }

    /// A batch became durable.
    pub(crate) fn committed(&self, took: Duration) {
        self.commit_s.observe(took.as_secs_f64());
    }

    /// The bot as it is now.
    pub(crate) fn observe(&self, bot: &Bot) {
        self.equity_usd.set(bot.equity().to_f64());
        self.positions
            .set(i64::try_from(bot.positions().len()).unwrap_or(i64::MAX));
        self.ready.set(i64::from(bot.not_ready().is_empty()));
    }
}
