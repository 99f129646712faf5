//! What the API server lets the operator say about a bot, and what a person sees of it.

use serde_json::{Value, json};

use crate::rig::{apply, get, kubectl};

fn bot(name: &str) {
    let manifest = json!({
        "apiVersion": "aicoin.dev/v1alpha1",
        "kind": "TradingBot",
        "metadata": {"name": name},
        "spec": {
            "markets": ["BTC"],
            "decision": {"rule": {"emaCross": {"fast": 10, "slow": 20, "notional": "1000"}}},
        },
    });
    apply(&manifest.to_string(), &[]).good();
}

fn condition(kind: &str, status: &str) -> Value {
    json!({
        "type": kind,
        "status": status,
        "reason": "Tested",
        "message": "",
        "observedGeneration": 1,
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    })
}

#[test]
fn kubectl_get_shows_what_matters() {
    bot("shown");
    let status = json!({"status": {
        "observedGeneration": 1,
        "state": "Running",
        "conditions": [condition("Ready", "True")],
        "control": {"desired": "Running", "generation": 3, "acceptedGeneration": 3, "effectiveGeneration": 2},
        "restarts": 4,
        "worker": {"image": "ghcr.io/aicoin-dev/aicoin-worker:0.1.0"},
    }});
    kubectl(&[
        "patch",
        "tb",
        "shown",
        "--subresource=status",
        "--type=merge",
        "-p",
        &status.to_string(),
    ])
    .good();
    kubectl(&["annotate", "tb", "shown", "aicoin.dev/hold=Paused"]).good();
    let table = |args: &[&str]| -> Vec<Vec<String>> {
        let words = kubectl(args).good();
        let rows = words.lines().map(|line| {
            line.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        });
        rows.collect()
    };
    let short = table(&["get", "tb", "shown"]);
    assert_eq!(
        short.first().unwrap(),
        &[
            "NAME", "DESIRED", "STATE", "READY", "REASON", "RESTARTS", "AGE"
        ]
    );
    assert_eq!(
        short.get(1).unwrap().get(..6).unwrap(),
        ["shown", "Running", "Running", "True", "Tested", "4"]
    );
    let wide = table(&["get", "tb", "shown", "-o", "wide"]);
    assert_eq!(
        wide.first().unwrap().get(7..).unwrap(),
        ["MODE", "HOLD", "ACCEPTED", "EFFECTIVE", "WORKER"]
    );
    assert_eq!(
        wide.get(1).unwrap().get(7..).unwrap(),
        [
            "Paper",
            "Paused",
            "3",
            "2",
            "ghcr.io/aicoin-dev/aicoin-worker:0.1.0"
        ]
    );
}

#[test]
fn a_part_of_a_status_can_be_written_and_conditions_are_merged_by_type() {
    bot("partly");
    let write = |manager: &str, status: Value| {
        let object = json!({
            "apiVersion": "aicoin.dev/v1alpha1",
            "kind": "TradingBot",
            "metadata": {"name": "partly"},
            "status": status,
        });
        let manager = format!("--field-manager={manager}");
        apply(
            &object.to_string(),
            &["--server-side", "--subresource=status", &manager],
        )
    };
    write("one", json!({"conditions": [condition("Ready", "True")]})).good();
    write(
        "two",
        json!({"conditions": [condition("Degraded", "False")]}),
    )
    .good();
    write("three", json!({"state": "Paused"})).good();
    let status = &get(&["tb/partly"])["status"];
    let kinds: Vec<&str> = status["conditions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|condition| condition["type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["Ready", "Degraded"]);
    assert_eq!(status["state"], "Paused");
    let answer = write("three", json!({"state": "Confused"}));
    assert!(
        answer.words.contains("Unsupported value: \"Confused\""),
        "{}",
        answer.words
    );
}

#[test]
fn a_new_bot_can_be_waited_for() {
    bot("waited");
    let status = json!({"status": {"observedGeneration": 1, "conditions": [condition("TradingPaused", "True")]}});
    kubectl(&[
        "patch",
        "tb",
        "waited",
        "--subresource=status",
        "--type=merge",
        "-p",
        &status.to_string(),
    ])
    .good();
    kubectl(&[
        "wait",
        "--for=condition=TradingPaused",
        "tb/waited",
        "--timeout=10s",
    ])
    .good();
}
