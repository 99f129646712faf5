//! Bots that tests make.

use serde_json::{Value, json};

/// A bot that decides every second and nearly always wants something else: there is an order in flight at any time.
pub(crate) fn busy(name: &str) -> Value {
    json!({
        "apiVersion": "aicoin.dev/v1alpha1",
        "kind": "TradingBot",
        "metadata": {"name": name},
        "spec": {
            "markets": ["BTC", "ETH"],
            "decision": {
                "interval": "1s",
                "rule": {"emaCross": {"fast": 1, "slow": 2, "notional": "500"}},
            },
            // Every position has a stop, and the stops are seldom reached.
            "risk": {"stopLossPct": "5"},
        },
    })
}

/// A bot that takes a position in both markets after a few seconds and keeps it for minutes.
pub(crate) fn calm(name: &str) -> Value {
    let decision = json!({
        "interval": "5s",
        "rule": {"emaCross": {"fast": 20, "slow": 40, "notional": "500"}},
    });
    changed(busy(name), &json!({"spec": {"decision": decision}}))
}

/// One of them, with something changed: a merge patch.
pub(crate) fn changed(mut manifest: Value, patch: &Value) -> Value {
    merge(&mut manifest, patch);
    manifest
}

fn merge(target: &mut Value, patch: &Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (name, value) in patch {
                merge(target.entry(name).or_insert(Value::Null), value);
            }
        }
        (target, patch) => *target = patch.clone(),
    }
}
