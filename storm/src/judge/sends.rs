//! What a core sends: only what is written, once, and what raises exposure only when nothing speaks against it.

use aicoin_core::{Action, MarketView, Policy, Seq, StoreHealth};
use aicoin_domain::{Cloid, Desired, OrderRequest, TimeMs};

use super::control::level;
use super::intents::placed_by;
use super::{Invariant, Judge, Question};
use crate::process::Process;

/// Prices older than this open nothing, ms.
const STALE_MS: i64 = 10_000;
/// An hour, less the time that may pass between writing something and sending it, ms.
const HOUR_MS: i64 = 3_550_000;
/// How many actions and how many questions a process sends within a minute at most.
const SENDS_MAX: u32 = 400;
const QUERIES_MAX: u32 = 600;

impl Judge {
    pub(crate) fn sends(
        &mut self,
        process: &mut Process,
        after: Seq,
        action: &Action,
        now: TimeMs,
    ) {
        let minute = now.0 / 60_000;
        if process.counters.minute != minute {
            process.counters = crate::process::Counters {
                minute,
                ..Default::default()
            };
        }
        process.counters.sends += 1;
        if process.counters.sends > SENDS_MAX {
            self.object(Invariant::I13, || {
                format!("more than {SENDS_MAX} actions within a minute")
            });
        }
        if !process.knows_durable(after) {
            self.object(Invariant::I2, || {
                format!("{action:?} left before {after:?} was durable")
            });
        }
        for cloid in placed_by(action) {
            self.is_sent(process, cloid);
        }
        if let Action::Place { request, .. } = action
            && !request.reduce_only
        {
            self.may_open(process, request, now);
        }
    }

    fn is_sent(&mut self, process: &Process, cloid: Cloid) {
        let Some(intent) = self.intents.get_mut(&cloid) else {
            self.object(Invariant::I2, || {
                format!("{cloid} was sent and never written")
            });
            return;
        };
        intent.sends += 1;
        intent.on_wire = true;
        let (sends, pid, is_durable) = (intent.sends, intent.pid, intent.is_durable);
        if sends > 1 {
            self.object(Invariant::I1, || format!("{cloid} was sent {sends} times"));
        }
        if pid != process.pid {
            self.object(Invariant::I1, || {
                format!(
                    "{cloid} is an intent of an earlier process, and was sent by p{}",
                    process.pid
                )
            });
        }
        if !is_durable {
            self.object(Invariant::I2, || {
                format!("{cloid} was sent and is not on the disk")
            });
        }
    }

    /// Nothing that the process was told speaks against raising exposure.
    fn may_open(&mut self, process: &Process, request: &OrderRequest, now: TimeMs) {
        let (told, cloid) = (&process.told, request.cloid);
        let told_level = level(process);
        if told_level != Desired::Running || told.accepted != Desired::Running {
            let accepted = told.accepted;
            self.object(Invariant::I4, || {
                format!("{cloid} was sent at {told_level}, accepted was {accepted}")
            });
        }
        if process.epoch < self.active_epoch {
            let active = self.active_epoch;
            self.object(Invariant::I7, || {
                format!(
                    "{cloid} was sent in epoch {}, and epoch {active} trades",
                    process.epoch
                )
            });
        }
        let bot_now = process.bot.now();
        let quoted_at = told.quotes.get(request.market.index()).copied().flatten();
        let is_stale = quoted_at.is_none_or(|(at, _)| bot_now.0 - at.0 > STALE_MS);
        let epoch = self.intents.get(&cloid).map(|intent| intent.epoch);
        let doubt = if told.store != StoreHealth::Up {
            Some("the store fails")
        } else if told.lease.is_none() || told.lease != epoch {
            Some("the lease is not held")
        } else if !told.obstacles.is_empty() {
            Some("there is an obstacle")
        } else if told.is_skewed {
            Some("the clock is wrong")
        } else if !told.has_read {
            Some("the account was not read")
        } else if is_stale {
            Some("the price is old")
        } else {
            None
        };
        if let Some(doubt) = doubt {
            self.object(Invariant::I12, || {
                format!("{cloid} was sent although {doubt}")
            });
        }
        self.opened.push_back(now.0);
        while self.opened.front().is_some_and(|at| now.0 - at > HOUR_MS) {
            self.opened.pop_front();
        }
        let count = self.opened.len();
        if let Some(most) = self.config.risk.max_orders_per_hour
            && self.clocks_are_sane
            && count > most as usize
        {
            self.object(Invariant::I6, || {
                format!("{count} opening orders within an hour, {most} are allowed")
            });
        }
    }

    pub(crate) fn asks_venue(&mut self, process: &mut Process, now: i64) {
        let minute = now / 60_000;
        if process.counters.minute != minute {
            process.counters = crate::process::Counters {
                minute,
                ..Default::default()
            };
        }
        process.counters.queries += 1;
        if process.counters.queries > QUERIES_MAX {
            self.object(Invariant::I13, || {
                format!("more than {QUERIES_MAX} questions within a minute")
            });
        }
    }

    pub(crate) fn asks_model(&mut self, process: &Process, view: &MarketView, now: i64) {
        self.question = Some(Question {
            pid: process.pid,
            view: view.id,
            time: view.time,
        });
        self.asked.push_back(now);
        while self.asked.front().is_some_and(|at| now - at > HOUR_MS) {
            self.asked.pop_front();
        }
        let count = self.asked.len();
        if let Policy::Ai(config) = &self.config.policy
            && self.clocks_are_sane
            && count > config.calls_per_hour as usize
        {
            let most = config.calls_per_hour;
            self.object(Invariant::I13, || {
                format!("{count} calls within an hour, {most} are allowed")
            });
        }
        if level(process) != Desired::Running {
            self.object(Invariant::I12, || {
                "a model is asked although nothing may be opened".to_owned()
            });
        }
    }
}
