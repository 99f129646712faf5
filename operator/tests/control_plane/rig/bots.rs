//! Bots as a person writes them, and what is read in their statuses.

use aicoin_api::crd::{State, TradingBotStatus};
use serde_json::{Value, json};

/// A bot with a rule on the simulated market.
pub(crate) fn paper_bot(name: &str) -> Value {
    json!({
        "apiVersion": "aicoin.dev/v1alpha1",
        "kind": "TradingBot",
        "metadata": {"name": name},
        "spec": {
            "markets": ["BTC"],
            "decision": {"interval": "1m", "rule": {"emaCross": {"fast": 3, "slow": 5, "notional": "1000"}}},
            "risk": {"stopLossPct": "2"},
        },
    })
}

/// A bot with more in its spec.
pub(crate) fn bot_with(name: &str, more: Value) -> Value {
    let mut bot = paper_bot(name);
    for (field, value) in more.as_object().unwrap() {
        bot["spec"][field] = value.clone();
    }
    bot
}

/// A condition's status and reason.
pub(crate) fn condition_of(status: &TradingBotStatus, kind: &str) -> (String, String) {
    status
        .conditions
        .iter()
        .find(|it| it.type_ == kind)
        .map(|it| (it.status.clone(), it.reason.clone()))
        .unwrap_or_default()
}

/// A condition's sentence.
pub(crate) fn message_of(status: &TradingBotStatus, kind: &str) -> String {
    status
        .conditions
        .iter()
        .find(|it| it.type_ == kind)
        .map(|it| it.message.clone())
        .unwrap_or_default()
}

pub(crate) fn is_true(status: &TradingBotStatus, kind: &str) -> bool {
    condition_of(status, kind).0 == "True"
}

/// The state, and the control counted / accepted / effective.
pub(crate) fn control_of(status: &TradingBotStatus) -> (Option<State>, u64, u64, u64) {
    let control = status.control.clone().unwrap_or_default();
    (
        status.state,
        control.generation,
        control.accepted_generation,
        control.effective_generation,
    )
}
