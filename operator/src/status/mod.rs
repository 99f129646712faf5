//! The status that is true now, from what is known. Pure.
//!
//! Never: something that changes by itself (no equity, no time of a last look), or a `True` that could be stale:
//! `TradingPaused` and `PositionsClosed` follow the present counter alone, so they are False from the moment at which
//! a weaker control is written down, which is before the worker hears of it.

mod conditions;
mod facts;
pub mod reason;
mod transitions;

use aicoin_api::bot::{API_VERSION, KIND};
use aicoin_api::crd::{State, TradingBotStatus, WorkerStatus};
use aicoin_domain::{Desired, Hold};
use k8s_openapi::jiff::Timestamp;
use serde_json::{Value, json};

use crate::world::Bot;

pub use conditions::is_true;
pub use facts::{Closing, Facts, Trouble, WorkerFact};
pub use transitions::{Note, notes};

/// The status for these facts. Conditions that stay as they are keep their time.
#[must_use]
pub fn status(facts: &Facts, before: &TradingBotStatus, now: Timestamp) -> TradingBotStatus {
    TradingBotStatus {
        observed_generation: Some(facts.generation),
        state: Some(state(facts)),
        conditions: conditions::conditions(facts, &before.conditions, now),
        control: Some(facts.control.clone()),
        remaining: facts
            .remaining
            .filter(|_| facts.control.desired == Desired::CloseAll && !facts.is_effective()),
        restarts: facts.restarts,
        last_restart_at: facts.last_restart_at.clone(),
        worker: Some(WorkerStatus {
            pod_name: facts.pod_name.clone(),
            image: facts.image.clone(),
        }),
    }
}

/// Whether two statuses say the same: times of transitions aside, which follow from the rest.
#[must_use]
pub fn is_same(one: &TradingBotStatus, other: &TradingBotStatus) -> bool {
    one == other
}

/// The object that puts this status in place of the one of this copy of the bot, and of no other.
///
/// # Errors
/// When the status cannot be written as JSON: a bug.
pub fn body(status: &TradingBotStatus, bot: &Bot) -> Result<Value, serde_json::Error> {
    Ok(json!({
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {
            "name": &*bot.key.name,
            "namespace": &*bot.key.namespace,
            "uid": &*bot.uid,
            "resourceVersion": bot.resource_version,
        },
        "status": serde_json::to_value(status)?,
    }))
}

fn state(facts: &Facts) -> State {
    if facts.deleting.is_some() {
        return State::Deleting;
    }
    if facts.spec_problem.is_some() {
        return State::Invalid;
    }
    match facts.worker {
        WorkerFact::Stopped => return State::Stopped,
        WorkerFact::NoDeployment => return State::Pending,
        WorkerFact::NoPod | WorkerFact::Pod { .. } | WorkerFact::Direct { .. } => {}
    }
    if facts.control.accepted_generation == 0 {
        return State::Starting;
    }
    if facts.is_halted() {
        return State::Halted;
    }
    let level = facts.control.desired.with_hold(facts.control.local_hold);
    match level {
        Desired::CloseAll if facts.is_effective() => State::Closed,
        Desired::CloseAll => State::Closing,
        Desired::Paused | Desired::Stopped if facts.is_effective() => State::Paused,
        // Not yet true: it may still have orders out that open.
        Desired::Paused | Desired::Stopped if facts.control.local_hold != Hold::None => {
            State::Paused
        }
        Desired::Paused | Desired::Stopped | Desired::Running => State::Running,
    }
}

#[cfg(test)]
mod tests;
