//! What is counted. No label holds a bot's name: the number of series does not grow with the number of bots.

use std::time::Duration;

use prometheus::{
    Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
};

/// The operator's metrics.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    reconciles: IntCounter,
    errors: IntCounterVec,
    duration: Histogram,
    writes: IntCounterVec,
    contacts: IntCounterVec,
    contact_duration: Histogram,
    queue: IntGaugeVec,
    bots: IntGauge,
    bots_reconciled: IntGauge,
    leader: IntGauge,
    watch_errors: IntCounterVec,
}

impl Metrics {
    /// New metrics, all at zero.
    ///
    /// # Errors
    /// When a name is bad: a bug.
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let counter = |name: &str, help: &str, labels: &[&str]| {
            let counter = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(counter.clone()))?;
            Ok::<_, prometheus::Error>(counter)
        };
        let gauge = |name: &str, help: &str| {
            let gauge = IntGauge::new(name, help)?;
            registry.register(Box::new(gauge.clone()))?;
            Ok::<_, prometheus::Error>(gauge)
        };
        let histogram = |name: &str, help: &str| {
            let buckets = prometheus::exponential_buckets(0.0005, 2.0, 16)?;
            let histogram = Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets))?;
            registry.register(Box::new(histogram.clone()))?;
            Ok::<_, prometheus::Error>(histogram)
        };
        let reconciles = IntCounter::new("aicoin_operator_reconciles_total", "Passes over a bot.")?;
        registry.register(Box::new(reconciles.clone()))?;
        let queue = IntGaugeVec::new(
            Opts::new(
                "aicoin_operator_queue",
                "What waits, and what is being done.",
            ),
            &["state"],
        )?;
        registry.register(Box::new(queue.clone()))?;
        Ok(Self {
            reconciles,
            errors: counter(
                "aicoin_operator_reconcile_errors_total",
                "Passes that failed, by kind.",
                &["kind"],
            )?,
            duration: histogram("aicoin_operator_reconcile_seconds", "How long a pass took.")?,
            writes: counter(
                "aicoin_operator_api_writes_total",
                "Writes to the API server, by verb and kind of object.",
                &["verb", "object"],
            )?,
            contacts: counter(
                "aicoin_operator_worker_calls_total",
                "Calls to workers, by what came of them.",
                &["result"],
            )?,
            contact_duration: histogram(
                "aicoin_operator_worker_call_seconds",
                "How long a call to a worker took.",
            )?,
            queue,
            bots: gauge("aicoin_operator_bots", "TradingBots that are known.")?,
            bots_reconciled: gauge(
                "aicoin_operator_bots_reconciled",
                "TradingBots that were reconciled at least once since the start.",
            )?,
            leader: gauge("aicoin_operator_leader", "1 while this replica leads.")?,
            watch_errors: counter(
                "aicoin_operator_watch_errors_total",
                "Watches that broke, by kind of object.",
                &["object"],
            )?,
            registry,
        })
    }

    /// A pass is done.
    pub fn reconciled(&self, took: Duration, error: Option<&str>) {
        self.reconciles.inc();
        self.duration.observe(took.as_secs_f64());
        if let Some(kind) = error {
            self.errors.with_label_values(&[kind]).inc();
        }
    }

    /// A write is sent.
    pub fn write(&self, verb: &str, object: &str) {
        self.writes.with_label_values(&[verb, object]).inc();
    }

    /// A call to a worker is done.
    pub fn contact(&self, took: Duration, result: &str) {
        self.contact_duration.observe(took.as_secs_f64());
        self.contacts.with_label_values(&[result]).inc();
    }

    /// What waits, what is being done, and how many bots there are.
    pub fn sizes(&self, waiting: usize, busy: usize, bots: usize, reconciled: usize) {
        let number = |size: usize| i64::try_from(size).unwrap_or(i64::MAX);
        self.queue
            .with_label_values(&["waiting"])
            .set(number(waiting));
        self.queue.with_label_values(&["busy"]).set(number(busy));
        self.bots.set(number(bots));
        self.bots_reconciled.set(number(reconciled));
    }

    /// Whether this replica leads.
    pub fn leads(&self, leads: bool) {
        self.leader.set(i64::from(leads));
    }

    /// A watch broke.
    pub fn watch_error(&self, object: &str) {
        self.watch_errors.with_label_values(&[object]).inc();
    }

    /// All writes so far.
    #[must_use]
    pub fn writes_total(&self) -> u64 {
        use prometheus::core::Collector;
        self.writes
            .collect()
            .iter()
            .flat_map(|family| family.get_metric().to_vec())
            .map(|metric| metric.get_counter().get_value() as u64)
            .sum()
    }

    /// All passes so far.
    #[must_use]
    pub fn reconciles_total(&self) -> u64 {
        self.reconciles.get()
    }

    /// In Prometheus' text format.
    ///
    /// # Errors
    /// When it cannot be written: a bug.
    pub fn text(&self) -> Result<String, prometheus::Error> {
        prometheus::TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}
