//! The trading loop: one task that owns the core and the venue. Everything else talks to it by channels.
//!
//! Simulated time stands still while something is written down, and, when it runs faster than the clock, while the model
//! thinks: what a bot does depends on its seed and its manifest, never on the speed of a disk.

mod asked;
mod ending;
mod model;
mod recorder;
mod turns;
mod writing;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aicoin_core::{Action, AiAnswer, Bot, Input, MarketView, Output, Policy, Query, Report, Seq};
use aicoin_domain::{Desired, TimeMs};
use aicoin_store::{Batch, Store};
use aicoin_web::{ControlCommand, Heartbeat};
use tokio::sync::{mpsc, watch};

use super::ai_desk::AiDesk;
use super::ai_watch::AiWatch;
use super::chart::Chart;
use super::metrics::Metrics;
use super::publish::Publisher;
use super::row_log::log_record;
use super::store_watch::StoreWatch;
use super::venue::Venue;
use super::waiters::Waiters;
use crate::fault::Fault;
use recorder::Recorder;

/// A quiet loop looks around this often: its heartbeat must not stop because nothing happens.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// The page is told at most this often.
const PUBLISH_EVERY: Duration = Duration::from_millis(250);
/// At the end the last rows are tried again and again, this long: the grace period of a pod is 30 s.
const LAST_COMMIT_WITHIN: Duration = Duration::from_secs(10);

/// What the loop is made of.
pub(crate) struct Parts {
    pub bot: Bot,
    pub venue: Venue,
    pub store: Store,
    pub journal_seq: u64,
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
    recorder: Recorder,
    wake_at: Option<TimeMs>,
    store: StoreWatch,
    published_at: Instant,
    waiters: Waiters,
    asking: bool,
    ai_watch: AiWatch,
}

impl Trader {
    pub(crate) fn new(parts: Parts) -> Self {
        let recorder = Recorder::after(parts.journal_seq);
        let ai_watch = AiWatch::of(parts.ai.as_ref().map(AiDesk::client));
        Self {
            parts,
            queue: VecDeque::new(),
            batch: Batch::default(),
            persist: None,
            recorder,
            wake_at: None,
            store: StoreWatch::new(),
            published_at: Instant::now(),
            waiters: Waiters::default(),
            asking: false,
            ai_watch,
        }
    }

    /// The bot, before it begins.
    pub(crate) const fn bot(&self) -> &Bot {
        &self.parts.bot
    }

    /// Gives the core what it must know before anything else.
    pub(crate) async fn begin(&mut self, first: Vec<Input>) {
        let now = self.parts.venue.now();
        self.recorder.begin(&mut self.batch, &self.parts.bot, now);
        for input in first {
            self.tell(input).await;
        }
        self.commit().await;
        self.publish(true);
    }

    /// Runs until `stop` says so, then brings everything down in order. The bot, the venue and the open store come back.
    pub(crate) async fn run(mut self, mut stop: watch::Receiver<bool>) -> Result<Parts, Fault> {
        loop {
            self.parts.heartbeat.beat();
            let may_step = self.may_step();
            tokio::select! {
                biased;
                () = stopped(&mut stop) => break,
                Some(command) = self.parts.control.recv() => self.on_control(command).await,
                Some(change) = self.parts.ai_changes.recv() => self.on_ai_change(change).await,
                Some(answer) = self.parts.ai_answers.recv() => self.on_ai_answer(answer).await,
                said = self.ai_watch.heard() => self.on_ai_said(said).await,
                turn = self.parts.venue.turn(may_step, self.wake_at) => self.on_turn(turn).await,
                // A venue that says nothing for long: the store is looked after all the same.
                () = tokio::time::sleep(LOOK_EVERY) => {}
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
        !self.asking || self.parts.venue.speed() <= 1.0 || is_closing
    }

    /// Nothing new is opened from here on. What was sent is resolved, as far as the venue answers in time, and everything
    /// is written down.
    async fn end(mut self) -> Result<Parts, Fault> {
        self.resolve_what_is_under_way().await;
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

    /// Gives the core one input and everything that follows from it, until nothing more does.
    async fn tell(&mut self, input: Input) {
        self.queue.push_back(input);
        loop {
            while let Some(input) = self.queue.pop_front() {
                // One look at the clock: a replay handles the input at the time that was written down.
                let now = self.parts.venue.now();
                self.journal(now, &input);
                self.parts.bot.handle(now, input);
                // The drain law: all outputs of one input, then the next input.
                while let Some(output) = self.parts.bot.poll() {
                    self.recorder.output(&output);
                    self.carry_out(output);
                }
                self.recorder.handled(&mut self.batch);
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
        self.queue.extend(self.parts.venue.carry_out(&action));
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
        let answer = self.parts.venue.query(query, self.parts.bot.last_trade());
        self.queue.extend(answer);
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
