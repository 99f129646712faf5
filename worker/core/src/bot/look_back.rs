//! Looking back: what a recorded bot would have made of an input under other limits.
//!
//! For: judging each recorded decision anew, in the state that the bot was really in. Never: a second history. What an
//! order that was never sent would have filled, and what would have followed from that, nobody knows.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use aicoin_domain::{DecisionId, TimeMs};

use super::Bot;
use crate::config::RiskConfig;
use crate::input::Input;
use crate::output::Output;
use crate::record::Record;
use crate::risk::Risk;

/// The number of the drawdown that other limits would have reported: no risk event has it, so that nobody settles it by
/// accident.
const TRIED_EVENT: u64 = u64::MAX;
/// Decisions that are remembered as rejected: a plan that waits is seconds old.
const REJECTED_MAX: usize = 256;

/// Other limits, and what they would remember by now: the highest equity, the day's loss, the openings of the last hour,
/// the pauses after stops.
#[derive(Clone, Debug)]
pub struct Trial {
    limits: RiskConfig,
    memory: Risk,
    /// Decisions that were accepted, and are not under these limits: what they planned is not opened.
    rejected: BTreeSet<DecisionId>,
}

impl Trial {
    /// Tries those limits from here on. A loss that stopped the bot before counts only if these limits see it too.
    #[must_use]
    pub fn new(bot: &Bot, limits: RiskConfig) -> Self {
        let mut memory = bot.state.risk.clone();
        memory.forget_breaches();
        Self {
            limits,
            memory,
            rejected: BTreeSet::new(),
        }
    }

    /// From here on these limits: a manifest changed. What was remembered stays.
    pub fn set_limits(&mut self, limits: RiskConfig) {
        self.limits = limits;
    }

    /// What the bot, as it stands before that input, would put out for it under these limits. The bot stays as it is.
    #[must_use]
    pub fn handle(&mut self, bot: &Bot, now: TimeMs, input: &Input) -> Vec<Output> {
        let mut tried = bot.clone();
        tried.config.risk = self.limits.clone();
        tried.state.risk = self.memory.clone();
        tried.state.risk.fit(tried.config.markets.len());
        if let Input::Resolve { risk_event } = input
            && bot.state.risk.drawdown_event == Some(*risk_event)
            && tried.state.risk.drawdown_event.is_some()
        {
            // The person who settled the real drawdown would have settled this one.
            let equity = tried.equity();
            tried.state.risk.resolve_drawdown(equity);
        }
        for desk in &mut tried.state.desks {
            desk.plan
                .take_if(|plan| self.rejected.contains(&plan.decision));
        }
        tried.handle(now, input.clone());
        let mut outputs = Vec::new();
        while let Some(output) = tried.poll() {
            outputs.push(output);
        }
        self.memory = tried.state.risk;
        if let Some(event) = &mut self.memory.drawdown_event {
            *event = TRIED_EVENT;
        }
        self.remember_rejected(&outputs);
        outputs
    }

    fn remember_rejected(&mut self, outputs: &[Output]) {
        let records = outputs.iter().filter_map(|output| match output {
            Output::Persist { records, .. } => Some(records),
            Output::Send { .. }
            | Output::Ask { .. }
            | Output::Query(_)
            | Output::Report(_)
            | Output::WakeAt(_) => None,
        });
        for record in records.flatten() {
            if let Record::Decision(decision) = record
                && decision.rejected.is_some()
            {
                self.rejected.insert(decision.id);
                if self.rejected.len() > REJECTED_MAX {
                    self.rejected.pop_first();
                }
            }
        }
    }
}
