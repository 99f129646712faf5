//! The trading loop: one task that owns the core and the venue. Everything else talks to it by channels.
//!
//! Simulated time stands still while something is written down, and, when it runs faster than the clock, while the model
//! thinks: what a bot does depends on its seed and its manifest, never on the speed of a disk.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aicoin_api::http::ControlRequest;
use aicoin_core::{
    Action, AiAnswer, Bot, Input, LeaseState, LookupAnswer, MarketView, Output, Policy, Query,
    Record, Report, Seq, StoreHealth,
};
use aicoin_domain::{Desired, Reason, TimeMs};
use aicoin_store::{Batch, JournalEntry, Store, StoreError};
use aicoin_web::{Command, ControlCommand, Heartbeat};
use tokio::sync::{mpsc, watch};

use super::ai_desk::AiDesk;
use super::chart::Chart;
use super::metrics::Metrics;
use super::pace::Pace;
use super::publish::Publisher;
use super::row_log::log_record;
use super::store_watch::StoreWatch;
use super::venue::PaperVenue;
use super::waiters::{Reply, Until, Waiters};
use crate::fault::Fault;

/// One step of simulated time.
const STEP_MS: i64 = 1000;
/// The page is told at most this often.
const PUBLISH_EVERY: Duration = Duration::from_millis(250);
/// Inputs that wait for a store that is away; older ones are dropped from the journal, never from the tables.
const JOURNAL_WAITING_MAX: usize = 50_000;
/// At the end the last rows are tried again and again, this long: the grace period of a pod is 30 s.
const LAST_COMMIT_WITHIN: Duration = Duration::from_secs(10);

/// What the loop is made of.
pub(crate) struct Parts {
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
    pub ai_changes: mpsc::Receiver<AiChange>,
}

/// The model can be asked from now on, or cannot.
pub(crate) struct AiChange {
    pub(crate) desk: Option<AiDesk>,
    /// Why it cannot, as a sentence.
    pub(crate) missing: Option<String>,
}

/// The trading loop.
pub(crate) struct Trader {
    parts: Parts,
    queue: VecDeque<Input>,
    batch: Batch,
    /// The newest piece of writing in the batch.
    persist: Option<Seq>,
    journal_seq: u64,
    wake_at: Option<TimeMs>,
    store: StoreWatch,
    published_at: Instant,
    waiters: Waiters,
    asking: bool,
}

impl Trader {
    pub(crate) fn new(parts: Parts) -> Self {
        let journal_seq = parts.journal_seq;
        Self {
            parts,
            queue: VecDeque::new(),
            batch: Batch::default(),
            persist: None,
            journal_seq,
            wake_at: None,
            store: StoreWatch::new(),
            published_at: Instant::now(),
            waiters: Waiters::default(),
            asking: false,
        }
    }

    /// The bot, before it begins.
    pub(crate) const fn bot(&self) -> &Bot {
        &self.parts.bot
    }

    /// Gives the core what it must know before anything else.
    pub(crate) async fn begin(&mut self, first: Vec<Input>) {
        for input in first {
            self.tell(input).await;
        }
        self.commit().await;
        self.publish(true);
    }

    /// Runs until `stop` says so, then brings everything down in order. The bot, the venue and the open store come back.
    pub(crate) async fn run(mut self, mut stop: watch::Receiver<bool>) -> Result<Parts, Fault> {
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
                Some(change) = self.parts.ai_changes.recv() => self.on_ai_change(change).await,
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

    /// Time stands still from here on, so nothing new is opened, and the venue has answered everything that was sent.
    /// What is left is to write it down.
    async fn end(mut self) -> Result<Parts, Fault> {
        let begun = Instant::now();
        self.store.try_again();
        while !self.commit().await && begun.elapsed() < LAST_COMMIT_WITHIN {
            self.parts.heartbeat.beat();
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        self.publish(true);
        if !self.batch.records.is_empty() {
            return Err(Fault::usage(
                "The store could not take the last rows: free some space and start again; the exchange's state of the last \
                 successful write is what counts.",
            ));
        }
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
            Output::Report(report) => on_report(&report),
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

    /// A person or the operator wants something. The answer comes once it is durable.
    async fn on_control(&mut self, command: ControlCommand) {
        let ControlCommand { command, reply } = command;
        match command {
            Command::Level(ControlRequest::Local { hold }) => {
                self.change(Input::LocalHold(hold), Until::Accepted, reply)
                    .await;
            }
            Command::Level(ControlRequest::Operator {
                generation,
                desired,
            }) => self.on_desired(generation, desired, reply).await,
            Command::Resolve { risk_event } => self.on_resolve(risk_event, reply).await,
        }
    }

    async fn on_desired(&mut self, generation: u64, desired: Desired, reply: Reply) {
        let before = self.parts.bot.control();
        let is_old = generation <= before.generation;
        if is_old && before.desired.is_some_and(|stands| stands != desired) {
            let answer = self.parts.publisher.reply(&self.parts.bot, false);
            // Who asked may be gone by now.
            let _ = reply.send(Ok(answer));
            return;
        }
        let input = Input::Control {
            generation,
            desired,
        };
        self.change(input, Until::Accepted, reply).await;
    }

    async fn on_resolve(&mut self, risk_event: u64, reply: Reply) {
        let refusal = match self.parts.store.risk_event(risk_event).await {
            Err(error) => Some(format!(
                "The risk event {risk_event} cannot be read: {error}"
            )),
            Ok(None) => Some(format!(
                "There is no risk event {risk_event}: look at `SELECT * FROM risk_events WHERE resolved = false;`."
            )),
            Ok(Some(event)) if event.resolved => {
                Some(format!("The risk event {risk_event} is settled already."))
            }
            Ok(Some(_)) => None,
        };
        if let Some(sentence) = refusal {
            // Who asked may be gone by now.
            let _ = reply.send(Err(sentence));
            return;
        }
        self.change(Input::Resolve { risk_event }, Until::Durable, reply)
            .await;
    }

    async fn change(&mut self, input: Input, until: Until, reply: Reply) {
        self.waiters.add(until, reply);
        self.tell(input).await;
        self.publish(true);
    }

    fn answer_waiters(&mut self) {
        let (bot, persist) = (&self.parts.bot, self.persist);
        let publisher = &self.parts.publisher;
        self.waiters.answer(
            |until| match until {
                Until::Accepted => bot.control().accepted,
                Until::Durable => persist.is_none(),
            },
            || publisher.reply(bot, true),
        );
    }

    /// The model's key came, or went.
    async fn on_ai_change(&mut self, change: AiChange) {
        let AiChange { desk, missing } = change;
        match &missing {
            Some(sentence) => tracing::error!("{sentence}"),
            None => tracing::info!("the model can be asked"),
        }
        self.parts.ai = desk;
        let present = missing.is_some();
        self.parts.publisher.warn(Reason::KeyMissing, missing);
        self.tell(Input::Obstacle {
            reason: Reason::KeyMissing,
            present,
        })
        .await;
        self.publish(true);
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
        let nothing = self.batch.records.is_empty() && self.batch.journal.is_empty();
        if nothing && self.persist.is_none() && !self.store.is_failing() {
            return true;
        }
        if self.store.is_resting() {
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
        let result = self.parts.store.commit(&batch).await;
        // The loop waited for a disk and is alive: a slow disk is no reason to restart it.
        self.parts.heartbeat.beat();
        match result {
            Ok(committed) => {
                self.parts.metrics.committed(begun.elapsed());
                self.parts.publisher.committed(committed.counts);
                self.persist = None;
                self.store.committed(committed);
                self.show_settled(&batch).await;
                true
            }
            Err(error) => {
                self.batch = batch;
                self.on_store_error(&error);
                false
            }
        }
    }

    /// The page hears of risk events that were settled as they stand in the table now.
    async fn show_settled(&self, batch: &Batch) {
        for record in &batch.records {
            if let Record::Settled(id) = record
                && let Ok(Some(event)) = self.parts.store.risk_event(*id).await
            {
                self.parts.publisher.risk_event(event);
            }
        }
    }

    /// The core hears of it with the next thing that it is told, by the same road as everything else.
    fn on_store_error(&mut self, error: &StoreError) {
        if matches!(error, StoreError::LeaseLost { .. }) {
            self.queue.push_back(Input::Lease(LeaseState::NotHeld));
        }
        if let Some(health) = self.store.failed(error) {
            tracing::error!("{error}");
            self.parts.publisher.store_is(health);
            self.queue.push_back(Input::Store(health));
        }
        if error.health() == StoreHealth::Full
            && let Some(first) = self.batch.journal.first()
        {
            // The journal is for looking back: it makes way for rows.
            self.journal_seq = first.seq - 1;
            self.batch.journal.clear();
        }
    }

    /// Writes what waits, now and then, and notices when the store is back, or has little room left.
    async fn attend_store(&mut self) {
        if !self.store.is_due() {
            return;
        }
        let seq = self.persist;
        if !self.commit().await {
            return;
        }
        if let Some(health) = self.store.settled() {
            match health {
                StoreHealth::Up => tracing::info!("the store is back"),
                StoreHealth::Full => {
                    tracing::error!("the store has little room left: nothing more is opened");
                }
                StoreHealth::Down => {}
            }
            self.parts.publisher.store_is(health);
            self.tell(Input::Store(health)).await;
        }
        if let Some(seq) = seq {
            self.tell(Input::Durable { seq }).await;
        }
    }

    fn publish(&mut self, at_once: bool) {
        if at_once || self.published_at.elapsed() >= PUBLISH_EVERY {
            self.published_at = Instant::now();
            let bot = &self.parts.bot;
            let asks = matches!(bot.config().policy, Policy::Ai(_));
            let spend = asks.then(|| bot.ai_spend());
            self.parts.publisher.publish(bot, &self.parts.chart, spend);
            self.parts.metrics.observe(bot);
        }
    }
}

fn on_report(report: &Report) {
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

/// Done when the program stops, or whoever would say so is gone. A function of its own, so that the guard of the
/// channel is not held over an await.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}
