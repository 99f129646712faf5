//! What other limits would have made of the recorded decisions, each judged in the state that the bot was really in.

use std::collections::BTreeMap;

use aicoin_core::{Bot, Input, Leg, Output, Record, RiskConfig, Trial};
use aicoin_domain::{Cloid, OrderStatus, Reason, Size, TimeMs};
use serde::Serialize;
use serde_json::Value;

use super::limits::Limits;
use super::time::iso;

/// Other limits beside a replay.
#[derive(Debug)]
pub(super) struct Tried {
    limits: Limits,
    trial: Trial,
    /// The recorded limits and these, at the beginning.
    changed: Vec<LimitChange>,
    /// Decisions before this are not counted.
    from: TimeMs,
    decisions: BTreeMap<u64, Judged>,
    reached: Vec<Reached>,
}

/// A limit that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct LimitChange {
    /// The limit's name.
    pub(super) limit: String,
    /// As it was; null is no limit.
    pub(super) then: Value,
    /// As it is tried.
    pub(super) now: Value,
}

/// A decision and what became of it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Judged {
    /// Its number.
    pub(super) decision: u64,
    /// When it was taken, ISO 8601.
    pub(super) time: String,
    /// In which market.
    pub(super) market: Option<String>,
    /// What was wanted.
    pub(super) action: &'static str,
    /// What was made of it.
    pub(super) then: Fate,
    /// What would have been made of it.
    pub(super) now: Fate,
}

/// What was made of a decision.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Fate {
    /// Why it was rejected; null is accepted.
    pub(super) rejected: Option<Reason>,
    /// A sentence beside the code, where there is one.
    pub(super) detail: Option<String>,
    /// The size of the opening order that was sent to the gate.
    pub(super) opens: Option<Size>,
    /// Why its opening order was held back.
    pub(super) held_back: Option<String>,
}

/// A limit that stops the bot would have been reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Reached {
    /// When, ISO 8601.
    pub(super) time: String,
    /// Which.
    pub(super) code: Reason,
    /// A sentence.
    pub(super) detail: String,
}

/// All of it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct TrialReport {
    /// The limits that are not as they were.
    pub(super) limits: Vec<LimitChange>,
    /// How many decisions were recorded.
    pub(super) decisions: u64,
    /// How many were accepted.
    pub(super) accepted_then: u64,
    /// How many would have been.
    pub(super) accepted_now: u64,
    /// Opening orders that were written.
    pub(super) openings_then: u64,
    /// Opening orders that would have been.
    pub(super) openings_now: u64,
    /// Decisions that were accepted and would have been rejected, by reason.
    pub(super) newly_rejected: BTreeMap<&'static str, u64>,
    /// Decisions that were rejected and would have been accepted, by the reason that they were rejected for.
    pub(super) newly_accepted: BTreeMap<&'static str, u64>,
    /// Losses that would have stopped the bot.
    pub(super) reached: Vec<Reached>,
    /// Each decision whose fate differs.
    pub(super) changes: Vec<Judged>,
}

impl Tried {
    /// Tries those limits on that bot from here on.
    pub(super) fn new(limits: Limits, bot: &Bot, from: Option<TimeMs>) -> Self {
        let tried = limits.over(bot.config());
        Self {
            changed: changes(&bot.config().risk, &tried),
            trial: Trial::new(bot, tried),
            limits,
            from: from.unwrap_or(TimeMs(i64::MIN)),
            decisions: BTreeMap::new(),
            reached: Vec::new(),
        }
    }

    /// Another process went on, perhaps with another manifest.
    pub(super) fn restart(&mut self, bot: &Bot) {
        self.trial.set_limits(self.limits.over(bot.config()));
    }

    /// The bot, as it stands before that input, under the other limits.
    pub(super) fn handle(&mut self, bot: &Bot, now: TimeMs, input: &Input) -> Vec<Output> {
        self.trial.handle(bot, now, input)
    }

    /// What the bot made of that input, and what it would have made of it.
    pub(super) fn compare(&mut self, bot: &Bot, now: TimeMs, then: &[Output], tried: &[Output]) {
        if now < self.from {
            return;
        }
        self.note(bot, then, |judged| &mut judged.then);
        self.note(bot, tried, |judged| &mut judged.now);
        for record in records(tried) {
            if let Record::Risk(event) = record
                && matches!(event.reason, Reason::DailyLoss | Reason::Drawdown)
            {
                self.reached.push(Reached {
                    time: iso(event.time.0),
                    code: event.reason,
                    detail: event.detail.clone(),
                });
            }
        }
    }

    fn note(&mut self, bot: &Bot, outputs: &[Output], side: fn(&mut Judged) -> &mut Fate) {
        for record in records(outputs) {
            if let Record::Decision(decision) = record {
                let judged = self
                    .decisions
                    .entry(decision.id.0)
                    .or_insert_with(|| Judged {
                        decision: decision.id.0,
                        time: iso(decision.time.0),
                        market: decision.market.and_then(|market| {
                            let market = bot.config().markets.get(market.index())?;
                            Some(market.name.clone())
                        }),
                        action: decision.wanted.as_str(),
                        then: Fate::default(),
                        now: Fate::default(),
                    });
                let fate = side(judged);
                fate.rejected = decision.rejected;
                fate.detail.clone_from(&decision.detail);
            }
        }
        for (decision, size, held_back) in openings(outputs) {
            // One that was decided before the first input counts nowhere.
            if let Some(judged) = self.decisions.get_mut(&decision) {
                let fate = side(judged);
                match held_back {
                    Some(_) => fate.held_back = held_back,
                    None => fate.opens = Some(size),
                }
            }
        }
    }

    /// All of it.
    pub(super) fn report(self) -> TrialReport {
        let all = self.decisions.values();
        let mut report = TrialReport {
            limits: self.changed,
            decisions: 0,
            accepted_then: 0,
            accepted_now: 0,
            openings_then: 0,
            openings_now: 0,
            newly_rejected: BTreeMap::new(),
            newly_accepted: BTreeMap::new(),
            reached: self.reached,
            changes: all
                .clone()
                .filter(|judged| judged.then != judged.now)
                .cloned()
                .collect(),
        };
        for judged in all {
            report.decisions += 1;
            report.openings_then += u64::from(judged.then.opens.is_some());
            report.openings_now += u64::from(judged.now.opens.is_some());
            report.accepted_then += u64::from(judged.then.rejected.is_none());
            report.accepted_now += u64::from(judged.now.rejected.is_none());
            match (judged.then.rejected, judged.now.rejected) {
                (None, Some(reason)) => {
                    *report.newly_rejected.entry(reason.as_str()).or_default() += 1;
                }
                (Some(reason), None) => {
                    *report.newly_accepted.entry(reason.as_str()).or_default() += 1;
                }
                (None, None) | (Some(_), Some(_)) => {}
            }
        }
        report
    }
}

fn records(outputs: &[Output]) -> impl Iterator<Item = &Record> {
    outputs
        .iter()
        .filter_map(|output| match output {
            Output::Persist { records, .. } => Some(records),
            Output::Send { .. }
            | Output::Ask { .. }
            | Output::Query(_)
            | Output::Report(_)
            | Output::WakeAt(_) => None,
        })
        .flatten()
}

/// The opening orders that were written for an input: the decision, the size, and why it was held back at once.
fn openings(outputs: &[Output]) -> Vec<(u64, Size, Option<String>)> {
    let mut written: BTreeMap<Cloid, (u64, Size, Option<String>)> = BTreeMap::new();
    for record in records(outputs) {
        let Record::Order(order) = record else {
            continue;
        };
        let cloid = order.request.cloid;
        if order.leg == Leg::Open && order.status == OrderStatus::Prepared {
            written.insert(cloid, (order.decision.0, order.request.size, None));
        } else if let Some(known) = written.get_mut(&cloid) {
            known.2 = order.error.as_ref().map(ToString::to_string);
        }
    }
    written.into_values().collect()
}

/// The limits that differ, by name.
fn changes(then: &RiskConfig, now: &RiskConfig) -> Vec<LimitChange> {
    let fields = |limits: &RiskConfig| match serde_json::to_value(limits) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) | Err(_) => serde_json::Map::new(),
    };
    let (then, now) = (fields(then), fields(now));
    now.into_iter()
        .filter_map(|(limit, now)| {
            let then = then.get(&limit).cloned().unwrap_or(Value::Null);
            (then != now).then_some(LimitChange { limit, then, now })
        })
        .collect()
}
