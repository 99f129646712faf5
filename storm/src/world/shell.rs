//! What a shell does with a core: one input, then everything that comes out of it is carried out.

use aicoin_core::{Action, Bot, Input, Output, Query, Record};
use aicoin_domain::{OrderStatus, TimeMs, TradeId};

use super::World;
use crate::bug::Bug;
use crate::fault::Fault;
use crate::queue::{Event, Pid};

/// Outputs of one input: more is a core that runs away.
const OUTPUTS_MAX: usize = 500;
/// At every so many-eth input an image of the core takes it too.
const IMAGE_EVERY: u64 = 2_003;
/// An action that arrives late does so within this, ms: any later the venue refuses it.
const LATE_MAX_MS: i64 = 7_800;

impl World {
    /// A process hears something, now or when it wakes up.
    pub(super) fn tell(&mut self, pid: Pid, input: Input) {
        let Some(process) = self.process(pid) else {
            return;
        };
        if process.is_frozen {
            process.keep(input);
        } else {
            self.hear(pid, input);
        }
    }

    pub(super) fn hear(&mut self, pid: Pid, input: Input) {
        let Some(place) = self.place_of(pid) else {
            return;
        };
        let mut outputs = std::mem::take(&mut self.outputs);
        let Some(process) = self.processes.get_mut(place) else {
            return;
        };
        let clock = process.clock(self.now);
        self.steps += 1;
        if self.history.is_kept() && !matches!(input, Input::Quote { .. } | Input::Wake) {
            self.history
                .say(self.now, || format!("p{pid} <- {input:?}"));
        }
        self.judge.before(process, &input, clock);
        let is_looked_at = self.steps.is_multiple_of(IMAGE_EVERY) && self.bug == Bug::None;
        let image = is_looked_at.then(|| image_of(&process.bot));
        let again = image.as_ref().map(|_| input.clone());
        process.bot.handle(clock, input);
        while let Some(output) = process.bot.poll() {
            outputs.push(output);
        }
        if let (Some(mut image), Some(input)) = (image, again) {
            image.handle(clock, input);
            let same = std::iter::from_fn(|| image.poll()).eq(outputs.iter().cloned());
            self.judge
                .image_goes_on(same && image.state_hash() == process.bot.state_hash());
        }
        if self.steps.is_multiple_of(64) {
            self.digest = (self.digest ^ process.bot.state_hash()).wrapping_mul(0x0100_0000_01b3);
        }
        if outputs.len() > OUTPUTS_MAX {
            self.judge.too_many(outputs.len());
        }
        for output in outputs.drain(..) {
            if self.doomed == Some(pid) {
                break;
            }
            self.carry_out(pid, output);
        }
        self.outputs = outputs;
        if self.doomed.take_if(|doomed| *doomed == pid).is_some() {
            self.kill(pid, "crashes");
            return;
        }
        self.begin_write(pid);
        if self.freezing.take_if(|freezing| *freezing == pid).is_some() {
            self.freeze(pid);
        }
    }

    fn carry_out(&mut self, pid: Pid, output: Output) {
        if self.history.is_kept() {
            self.history
                .say(self.now, || format!("p{pid} -> {output:?}"));
        }
        match output {
            Output::Persist { seq, records } => self.persist(pid, seq, records),
            Output::Send { after, action } => {
                let now = self.true_time();
                let Some(process) = self.processes.iter_mut().find(|process| process.pid == pid)
                else {
                    return;
                };
                self.judge.sends(process, after, &action, now);
                self.send(pid, action);
            }
            Output::Ask { view, .. } => self.ask_model(pid, *view),
            Output::Query(query) => self.ask_venue(pid, query),
            Output::Report(report) => {
                let now = self.true_time();
                if let Some(process) = self.processes.iter_mut().find(|process| process.pid == pid)
                {
                    self.judge
                        .hears_report(process, &report, &self.exchange, now);
                }
            }
            Output::WakeAt(at) => {
                let Some(process) = self.process(pid) else {
                    return;
                };
                process.wake_at = at;
                let offset = process.offset;
                let due = at.0.saturating_sub(offset).max(self.now);
                self.queue.at(due, Event::Wake { pid, at });
            }
        }
    }

    fn persist(&mut self, pid: Pid, seq: aicoin_core::Seq, records: Vec<Record>) {
        let now = self.true_time();
        let Some(process) = self.processes.iter_mut().find(|process| process.pid == pid) else {
            return;
        };
        self.judge.persists(process, &records, &self.exchange, now);
        let is_intent = records.iter().any(|record| {
            matches!(record, Record::Order(order)
                if order.status == OrderStatus::Prepared && order.leg.raises_exposure())
        });
        process.pending_from = process.pending_from.or(Some(seq));
        process.unwritten = Some(seq);
        process.rows.extend(records);
        if self.strikes(Fault::CrashBeforePersist) {
            self.doomed = Some(pid);
        } else if is_intent && self.strikes(Fault::FrozenAtIntent) {
            self.freezing = Some(pid);
        }
        if is_intent && self.strikes(Fault::TakenOver) {
            let delay = self.dice.between(0, self.plan.commit_ms * 2);
            self.queue.at(self.now + delay, Event::Claims);
        }
    }

    /// Sends an action on its way.
    fn send(&mut self, pid: Pid, action: Action) {
        let is_away = self.episodes.venue_away > self.now;
        if is_away || self.strikes(Fault::RequestLost) {
            self.judge.is_lost(&action);
            self.answer_nothing(pid, &action);
        } else {
            let delay = if self.strikes(Fault::LandsTooLate) {
                self.dice.between(8_500, 20_000)
            } else if self.strikes(Fault::LandsLate) {
                self.dice.between(1_000, LATE_MAX_MS)
            } else {
                self.network()
            };
            let action = Box::new(action);
            self.queue
                .at(self.now + delay, Event::Lands { pid, action });
        }
        if self.strikes(Fault::CrashAfterSend) {
            self.doomed = Some(pid);
        }
    }

    fn ask_venue(&mut self, pid: Pid, query: Query) {
        let now = self.now;
        let Some(process) = self.processes.iter_mut().find(|process| process.pid == pid) else {
            return;
        };
        self.judge.asks_venue(process, now);
        let asked_at = process.bot.now();
        if query == Query::Account {
            process.told.account_asked_at = Some(asked_at);
        }
        let since = process
            .bot
            .last_trade()
            .map_or(TradeId(0), |(_, trade)| trade);
        let delay = self.network();
        let event = Event::Asked {
            pid,
            query,
            asked_at,
            since,
        };
        self.queue.at(now + delay, event);
    }

    pub(super) fn wake(&mut self, pid: Pid, at: TimeMs) {
        if self
            .process(pid)
            .is_some_and(|process| process.wake_at == at)
        {
            self.tell(pid, Input::Wake);
        }
    }
}

/// The core, written and read again: it goes on as the core itself does.
fn image_of(bot: &Bot) -> Bot {
    let text = serde_json::to_string(bot);
    let read = text.and_then(|text| serde_json::from_str(&text));
    assert!(
        read.is_ok(),
        "Invariant: an image can be read: {:?}",
        read.err().map(|error| error.to_string())
    );
    read.unwrap_or_else(|_| bot.clone())
}
