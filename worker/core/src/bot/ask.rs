//! Asking the model: when, and when not.

use alloc::boxed::Box;
use alloc::string::String;

use aicoin_domain::{DurationMs, Price, Reason, TimeMs, Usd};

use super::state::Asking;
use super::{Bot, Held, Waiting};
use crate::ai::{AiCall, AiFailure};
use crate::config::{AiConfig, Policy};
use crate::decide::BreakerState;
use crate::record::{DecisionRecord, Wanted, Why};

/// How long after the end of a candle the model is asked even if not every market has closed it.
const ASK_PATIENCE: DurationMs = DurationMs::from_secs(2);

impl Bot {
    /// Asks the model when a candle closed, and gives up on a reply that does not come.
    pub(super) fn attend_ai(&mut self) {
        let Policy::Ai(config) = &self.config.policy else {
            return;
        };
        let config = config.clone();
        if let Some(asking) = &self.state.asking {
            let deadline = asking.deadline + self.config.timing.answer_timeout;
            if self.now < deadline {
                self.wake_by(deadline);
                return;
            }
            // The shell keeps its own deadline; this is the net below it.
            let cost = config.worst_case_cost;
            self.state.asking = None;
            let detail = String::from("No reply and no failure came before the deadline.");
            self.on_ai_failure(
                AiFailure {
                    reason: Reason::AiTimeout,
                    detail,
                },
                AiCall {
                    cost,
                    ..AiCall::default()
                },
                &config,
            );
        }
        let slot = self.now.floor(self.config.interval);
        if self.state.asked_slot == Some(slot) {
            return;
        }
        let Some(readiness) = self.slot_readiness(slot) else {
            return;
        };
        if !readiness {
            self.wake_by(slot + ASK_PATIENCE);
            return;
        }
        self.state.asked_slot = Some(slot);
        if self.gate_for_all().is_err() {
            // Paused, closing or not ready: the model is not even asked. Status says why.
            return;
        }
        if self.state.breaker.state(self.now) == BreakerState::Open {
            self.skip_asking(Reason::BreakerOpen);
        } else if !self.state.budget.reserve(self.now, &config) {
            self.skip_asking(Reason::AiBudgetSpent);
        } else {
            self.ask(&config);
        }
    }

    /// `None`: no market has closed the candle before this slot. Otherwise whether all have, or were waited for.
    fn slot_readiness(&self, slot: TimeMs) -> Option<bool> {
        let before = slot - self.config.interval;
        let closed =
            |market: &crate::market::Market| market.last_closed.is_some_and(|last| last >= before);
        let mut all = true;
        let mut fresh = false;
        for (index, market) in self.state.markets.iter().enumerate() {
            fresh |= closed(market);
            all &= closed(market) || !self.is_in_use(index);
        }
        fresh.then(|| all || self.now >= slot + ASK_PATIENCE)
    }

    /// A market that is traded, or was and still has a position.
    pub(super) fn is_in_use(&self, index: usize) -> bool {
        let is_flat = self
            .state
            .account
            .positions
            .get(index)
            .is_none_or(|position| position.size.is_zero());
        self.config
            .markets
            .get(index)
            .is_some_and(|market| !market.retired || !is_flat)
    }

    fn skip_asking(&mut self, reason: Reason) {
        let id = self.next_decision();
        self.decided(DecisionRecord {
            id,
            time: self.now,
            market: None,
            wanted: Wanted::Nothing,
            why: Why::Failure,
            rejected: Some(reason),
            detail: None,
            mark: Price::ZERO,
            call: None,
            view: 0,
        });
    }

    fn ask(&mut self, config: &AiConfig) {
        self.state.ids.view += 1;
        let view = self.view(self.now + config.timeout);
        self.state.asking = Some(Asking {
            view: view.id,
            time: view.time,
            deadline: view.deadline,
            marks: self
                .state
                .markets
                .iter()
                .map(crate::market::Market::mark)
                .collect(),
        });
        self.wake_by(view.deadline + self.config.timing.answer_timeout);
        let after = self.out.next_seq();
        self.out.force();
        self.waiting.push_back(Waiting {
            after,
            what: Held::Ask(Box::new(view)),
        });
    }

    /// A question that was written down and is not asked after all: nothing was spent.
    pub(super) fn withdraw_question(&mut self, view: u64, reason: Reason) {
        let Policy::Ai(config) = &self.config.policy else {
            return;
        };
        let config = config.clone();
        if self
            .state
            .asking
            .take_if(|asking| asking.view == view)
            .is_some()
        {
            self.state.budget.settle(self.now, Usd::ZERO, &config);
            self.skip_asking(reason);
        }
    }
}
