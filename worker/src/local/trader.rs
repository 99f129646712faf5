//! The trading loop of local mode: one task that owns the core and the venue. Everything else talks to it by channels.
//!
//! Simulated time stands still while something is written down, and, when it runs faster than the clock, while the model
//! thinks: what a bot does depends on its seed and its manifest, never on the speed of a disk.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aicoin_api::http::{ControlReply, ControlRequest};
use aicoin_core::{
    Action, AiAnswer, Bot, Input, LeaseState, LookupAnswer, MarketView, Output, Query, Record,
    Report, Seq, StoreHealth,
};
use aicoin_domain::{Desired, MarketId, TimeMs};
use aicoin_store::{Batch, JournalEntry, Store, StoreError};
use aicoin_web::{ControlCommand, Heartbeat};
use tokio::sync::{mpsc, oneshot, watch};

use super::ai_desk::AiDesk;
use super::chart::Chart;
use super::metrics::Metrics;
use super::publish::Publisher;
use super::venue::PaperVenue;
use crate::fault::Fault;

/// One step of simulated time.
const STEP_MS: i64 = 1000;
/// What happened is stored at least this often, rows or not.
const FLUSH_EVERY: Duration = Duration::from_secs(1);
/// A store that failed is tried again this often.
const RETRY_EVERY: Duration = Duration::from_secs(1);
/// The page is told at most this often.
const PUBLISH_EVERY: Duration = Duration::from_millis(250);
/// Steps that are caught up without looking at the outside: a bound for high speeds and for a machine that slept.
const STEPS_AT_ONCE_MAX: u32 = 64;
/// Inputs that wait for a store that is away; older ones are dropped from the journal, never from the tables.
const JOURNAL_WAITING_MAX: usize = 50_000;

/// What the loop is made of.
pub(super) struct Parts {
    pub bot: Bot,
    pub venue: PaperVenue,
    pub store: Store,
    pub journal_seq: u64,
    pub speed: f64,
    pub ai: Option<AiDesk>,
    pub publisher: Publisher,
    pub chart: Arc<Chart>,
    pub metrics: Metrics,
    pub heartbeat: Heartbeat,
    pub control: mpsc::Receiver<ControlCommand>,
    pub ai_answers: mpsc::Receiver<AiAnswer>,
}

/// The trading loop.
pub(super) struct Trader {
    parts: Parts,
    queue: VecDeque<Input>,
    batch: Batch,
    /// The newest piece of writing in the batch.
    persist: Option<Seq>,
    journal_seq: u64,
    wake_at: Option<TimeMs>,
    store_health: StoreHealth,
    retry_at: Option<Instant>,
    flushed_at: Instant,
    published_at: Instant,
    waiting: Vec<ControlWaiter>,
    asking: bool,
}

/// Somebody who waits for a control to be accepted.
struct ControlWaiter {
    reply: oneshot::Sender<ControlReply>,
}

impl Trader {
    pub(super) fn new(parts: Parts) -> Self {
        let journal_seq = parts.journal_seq;
        Self {
            parts,
            queue: VecDeque::new(),
            batch: Batch::default(),
            persist: None,
            journal_seq,
            wake_at: None,
            store_health: StoreHealth::Up,
            retry_at: None,
            flushed_at: Instant::now(),
            published_at: Instant::now(),
            waiting: Vec::new(),
            asking: false,
        }
    }

    /// Gives the core what it must know before anything else.
    pub(super) async fn begin(&mut self, first: Vec<Input>) {
        for input in first {
            self.tell(input).await;
        }
        self.commit().await;
        self.publish(true);
    }

    /// Runs until `stop` says so, then brings everything down in order. The bot and the venue come back for the summary.
    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) -> Result<Parts, Fault> {
        let mut pace = Pace::new(self.parts.speed);
        loop {
            self.parts.heartbeat.beat();
            let may_step = self.may_step();
            if !may_step {
                pace.restart();
            }
            tokio::select! {
                biased;
                () = stopped(&mut stop) => break,
                Some(command) = self.parts.control.recv() => self.on_control(command).await,
                Some(answer) = self.parts.ai_answers.recv() => {
                    self.asking = false;
                    self.tell(Input::Ai(Box::new(answer))).await;
                }
                () = tokio::time::sleep_until(pace.next().into()) => {
                    if may_step {
                        for _ in 0..pace.due_steps() {
                            if !self.may_step() {
                                break;
                            }
                            self.step().await;
                        }
                    }
                }
            }
            self.attend_store().await;
            self.publish(false);
        }
        self.end().await
    }

    /// Whether simulated time goes on. Faster than the clock it stands still while the model thinks, so that an answer is
    /// as old as it would be in real time; getting flat waits for no model.
    fn may_step(&self) -> bool {
        let control = self.parts.bot.control();
        let is_closing = control.in_force == Desired::CloseAll && !control.effective;
        !self.asking || self.parts.speed <= 1.0 || is_closing
    }

    async fn end(mut self) -> Result<Parts, Fault> {
        self.commit().await;
        self.publish(true);
        if !self.batch.records.is_empty() {
            return Err(Fault::usage(
                "The store could not take the last rows: free some space and start again; the exchange's state of the last \
                 successful write is what counts.",
            ));
        }
        self.parts.store.close().await.map_err(|error| {
            Fault::internal(format!("The store could not be closed cleanly: {error}"))
        })?;
        Ok(self.parts)
    }

    /// One step of simulated time: prices, what they set off at the exchange, and what the core makes of it.
    async fn step(&mut self) {
        let step = self.parts.venue.step(STEP_MS);
        for event in step.events {
            self.tell(event).await;
        }
        for (market, quote) in step.quotes {
            self.tell(Input::Quote { market, quote }).await;
        }
        if self.wake_at.is_some_and(|at| self.parts.venue.now() >= at) {
            self.wake_at = None;
            self.tell(Input::Wake).await;
        }
    }

    /// Gives the core one input and everything that follows from it, until nothing more does.
    async fn tell(&mut self, input: Input) {
        self.queue.push_back(input);
        loop {
            while let Some(input) = self.queue.pop_front() {
                self.journal(&input);
                self.parts.bot.handle(self.parts.venue.now(), input);
                // The drain law: all outputs of one input, then the next input.
                while let Some(output) = self.parts.bot.poll() {
                    self.carry_out(output);
                }
            }
            let Some(seq) = self.persist else { break };
            if !self.commit().await {
                break;
            }
            self.queue.push_back(Input::Durable { seq });
        }
        self.answer_waiters();
    }

    fn carry_out(&mut self, output: Output) {
        match output {
            Output::Persist { seq, records } => {
                for record in &records {
                    self.parts.metrics.count(record);
                    self.parts.publisher.row(record);
                    log_record(record, self.parts.bot.config());
                }
                self.batch.records.extend(records);
                self.persist = Some(seq);
            }
            Output::Send { action, .. } => self.send(action),
            Output::Ask { view, .. } => self.ask(*view),
            Output::Query(query) => self.answer(query),
            Output::Report(report) => self.on_report(&report),
            Output::WakeAt(time) => self.wake_at = Some(time),
        }
    }

    fn send(&mut self, action: Action) {
        if let Some(sent) = self.parts.venue.carry_out(&action) {
            self.queue.push_back(sent);
        }
        self.queue.extend(self.parts.venue.take_events());
    }

    fn ask(&mut self, view: MarketView) {
        match &self.parts.ai {
            Some(desk) => {
                self.asking = true;
                desk.ask(view);
            }
            None => self.queue.push_back(AiDesk::absent(view.id)),
        }
    }

    fn answer(&mut self, query: Query) {
        let venue = &self.parts.venue;
        self.queue.push_back(match query {
            Query::Account => Input::Account(Box::new(venue.truth(self.parts.bot.last_trade()))),
            Query::Order(cloid) => Input::Looked {
                cloid,
                asked_at: venue.now(),
                answer: venue.look_up(cloid).unwrap_or(LookupAnswer::UnknownOrder),
            },
        });
    }

    fn on_report(&mut self, report: &Report) {
        match report {
            Report::Accepted {
                generation,
                in_force,
            } => {
                tracing::info!(generation, %in_force, "control accepted");
            }
            Report::Effective {
                generation,
                in_force,
            } => {
                tracing::info!(generation, %in_force, "control effective");
            }
            Report::Decided { .. } | Report::Order { .. } | Report::Risk { .. } => {}
        }
    }

    /// A person or the operator wants something. The answer comes once it is durable.
    async fn on_control(&mut self, command: ControlCommand) {
        let before = self.parts.bot.control();
        let input = match command.request {
            ControlRequest::Local { hold } => Input::LocalHold(hold),
            ControlRequest::Operator {
                generation,
                desired,
            } => {
                let stands = before.desired.is_some() && generation <= before.generation;
                let same = generation == before.generation && before.desired == Some(desired);
                if stands && !same {
                    let reply = self.parts.publisher.reply(&self.parts.bot, false);
                    // Who asked may be gone by now.
                    let _ = command.reply.send(reply);
                    return;
                }
                Input::Control {
                    generation,
                    desired,
                }
            }
        };
        self.waiting.push(ControlWaiter {
            reply: command.reply,
        });
        self.tell(input).await;
        self.publish(true);
    }

    fn answer_waiters(&mut self) {
        if self.waiting.is_empty() || !self.parts.bot.control().accepted {
            return;
        }
        let reply = self.parts.publisher.reply(&self.parts.bot, true);
        for waiter in self.waiting.drain(..) {
            // Who asked may be gone by now.
            let _ = waiter.reply.send(reply.clone());
        }
    }

    fn journal(&mut self, input: &Input) {
        if let Input::Quote { market, quote } = input
            && let Some(closed) =
                self.parts
                    .chart
                    .quote(*market, self.parts.venue.now(), quote.mid())
        {
            self.parts.publisher.candle(*market, &closed);
        }
        if self.batch.journal.len() >= JOURNAL_WAITING_MAX {
            return;
        }
        match serde_json::to_string(input) {
            Ok(text) => {
                self.journal_seq += 1;
                self.batch.journal.push(JournalEntry {
                    seq: self.journal_seq,
                    now_ms: self.parts.venue.now().0,
                    input: text,
                });
            }
            Err(error) => tracing::error!(%error, "an input could not be written to the journal"),
        }
    }

    /// Stores everything that happened. False when the store could not take it; then it is kept and tried again.
    async fn commit(&mut self) -> bool {
        if self.batch.records.is_empty() && self.batch.journal.is_empty() && self.persist.is_none()
        {
            return true;
        }
        if self.retry_at.is_some_and(|at| Instant::now() < at) {
            return false;
        }
        let (saved, venue) = (
            serde_json::to_string(&self.parts.bot.save()),
            self.parts.venue.to_json(),
        );
        match (saved, venue) {
            (Ok(saved), Ok(venue)) => {
                self.batch.saved = Some(saved);
                self.batch.venue = Some(venue);
            }
            (Err(error), _) | (_, Err(error)) => {
                tracing::error!(%error, "the state could not be written as JSON: a bug");
                return false;
            }
        }
        let batch = std::mem::take(&mut self.batch);
        let begun = Instant::now();
        match self.parts.store.commit(&batch).await {
            Ok(committed) => {
                self.parts.metrics.committed(begun.elapsed());
                self.parts.publisher.committed(committed.counts);
                self.persist = None;
                self.retry_at = None;
                self.flushed_at = Instant::now();
                true
            }
            Err(error) => {
                self.batch = batch;
                self.on_store_error(&error);
                false
            }
        }
    }

    /// The core hears of it with the next thing that it is told, by the same road as everything else.
    fn on_store_error(&mut self, error: &StoreError) {
        self.retry_at = Some(Instant::now() + RETRY_EVERY);
        if matches!(error, StoreError::LeaseLost { .. }) {
            self.queue.push_back(Input::Lease(LeaseState::NotHeld));
        }
        let health = error.health();
        if self.store_health != health {
            tracing::error!("{error}");
            self.store_health = health;
            self.parts.publisher.store_failed(error.to_string());
            self.queue.push_back(Input::Store(health));
        }
    }

    /// Writes what waits, now and then, and notices when the store is back.
    async fn attend_store(&mut self) {
        // The store may have taken a batch meanwhile: then it is back, and the core must hear of it.
        let is_back = self.store_health != StoreHealth::Up && self.retry_at.is_none();
        let due = is_back
            || self.flushed_at.elapsed() >= FLUSH_EVERY
            || self.retry_at.is_some_and(|at| Instant::now() >= at);
        if !due {
            return;
        }
        let seq = self.persist;
        if !self.commit().await {
            return;
        }
        self.flushed_at = Instant::now();
        if self.store_health != StoreHealth::Up {
            self.store_health = StoreHealth::Up;
            self.parts.publisher.store_back();
            tracing::info!("the store is back");
            self.tell(Input::Store(StoreHealth::Up)).await;
        }
        if let Some(seq) = seq {
            self.tell(Input::Durable { seq }).await;
        }
    }

    fn publish(&mut self, at_once: bool) {
        if at_once || self.published_at.elapsed() >= PUBLISH_EVERY {
            self.published_at = Instant::now();
            let spend = self.parts.ai.is_some().then(|| self.parts.bot.ai_spend());
            self.parts
                .publisher
                .publish(&self.parts.bot, &self.parts.chart, spend);
            self.parts.metrics.observe(&self.parts.bot);
        }
    }
}

/// Done when the program stops, or whoever would say so is gone. A function of its own, so that the guard of the
/// channel is not held over an await.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// When the next step of simulated time is due.
struct Pace {
    every: Duration,
    next: Instant,
}

impl Pace {
    fn new(speed: f64) -> Self {
        let every = Duration::from_secs_f64(1.0 / speed);
        Self {
            every,
            next: Instant::now() + every,
        }
    }

    const fn next(&self) -> Instant {
        self.next
    }

    /// Time stood still until now.
    fn restart(&mut self) {
        self.next = Instant::now() + self.every.max(Duration::from_millis(1));
    }

    /// The steps that are due now. What cannot be caught up at once is let go: simulated time then runs late.
    fn due_steps(&mut self) -> u32 {
        let mut due = 0;
        let now = Instant::now();
        while self.next <= now && due < STEPS_AT_ONCE_MAX {
            self.next += self.every;
            due += 1;
        }
        if self.next <= now {
            self.next = now;
        }
        due
    }
}

/// The log line of a row, for those rows that somebody greps for.
fn log_record(record: &Record, config: &aicoin_core::BotConfig) {
    let name = |market: Option<MarketId>| {
        market
            .and_then(|market| config.markets.get(market.index()))
            .map_or("all", |market| market.name.as_str())
    };
    match record {
        Record::Decision(decision) if decision.market.is_none() && decision.rejected.is_some() => {
            let code = decision.rejected.map_or("", aicoin_domain::Reason::as_str);
            let detail = decision.detail.as_deref().unwrap_or_default();
            let latency_ms = decision.call.as_ref().map_or(0, |call| call.latency_ms);
            tracing::warn!(code, detail, latency_ms, "AI decision failed");
        }
        Record::Decision(decision) => {
            let verdict = decision
                .rejected
                .map_or("accepted", aicoin_domain::Reason::as_str);
            tracing::info!(
                market = name(decision.market),
                wanted = decision.wanted.as_str(),
                verdict,
                "decision"
            );
        }
        Record::Order(order) => {
            let (market, leg) = (name(Some(order.request.market)), order.leg.as_str());
            let error = order
                .error
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default();
            tracing::info!(market, leg, status = %order.status, size = %order.request.size, filled = %order.filled, error, "order");
        }
        Record::Risk(risk) => {
            tracing::warn!(
                market = name(risk.market),
                code = risk.reason.as_str(),
                "{}",
                risk.detail
            );
        }
        Record::Control(control) => {
            tracing::info!(in_force = %control.in_force, desired = %control.desired, hold = %control.hold, "control asked");
        }
        Record::Fill(_) | Record::Position(_) | Record::Account(_) => {}
    }
}

/// The level that a manifest asks for, as the next generation after what was stored; `None` when it stands already.
pub(super) fn first_control(bot: &Bot, desired: Desired) -> Option<Input> {
    let control = bot.control();
    (control.desired != Some(desired)).then_some(Input::Control {
        generation: control.generation + 1,
        desired,
    })
}
