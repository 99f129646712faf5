//! Other limits on recorded decisions.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::rig::{FAST, NOWHERE, number, replay, replay_of, rule, trader, wait_for_more_fills};
use crate::support::cases::SPEED;
use crate::support::manifest::Manifest;
use crate::support::worker::Home;

fn tried(data_dir: &Path, text: &str) -> Value {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("risk.yaml");
    std::fs::write(&file, text).unwrap();
    let report = replay(data_dir, &["--risk", file.to_str().unwrap()]).is_reproduced();
    report["tried"].clone()
}

fn count(data_dir: &Path, of: &str) -> u64 {
    number(data_dir, &format!("SELECT count(*) FROM {of}"))
}

#[test]
fn other_limits_are_tried_on_what_a_rule_decided() {
    let home = Home::without_key();
    let worker = home.start(&rule(), NOWHERE, FAST);
    wait_for_more_fills(&worker, 12);
    worker.stop();
    let dir = home.data_dir();
    let accepted = count(&dir, "decisions WHERE verdict = 'accepted'");
    let openings = count(&dir, "orders WHERE leg = 'open' AND error IS NULL");

    // The limits that the bot had: nothing differs.
    let same = tried(&dir, "risk: {maxPositionNotional: \"2000\"}");
    assert_eq!(
        (&same["limits"], &same["changes"]),
        (&json!([]), &json!([]))
    );
    assert_eq!(same["decisions"], count(&dir, "decisions"));
    assert_eq!(
        (&same["accepted_then"], &same["accepted_now"]),
        (&json!(accepted), &json!(accepted))
    );
    assert_eq!(
        (&same["openings_then"], &same["openings_now"]),
        (&json!(openings), &json!(openings))
    );

    // Under half of what each position was worth none would have been opened.
    let tight = tried(&dir, "risk:\n  maxPositionNotional: \"500\"\n");
    assert_eq!(
        tight["limits"],
        json!([{"limit": "max_position_notional", "then": "2000", "now": "500"}])
    );
    assert_eq!(tight["accepted_now"], 0);
    assert_eq!(
        tight["newly_rejected"],
        json!({"PositionNotional": accepted})
    );
    assert_eq!(
        (&tight["openings_then"], &tight["openings_now"]),
        (&json!(openings), &json!(0))
    );
    let changes = tight["changes"].as_array().unwrap();
    assert_eq!(changes.len() as u64, accepted);
    assert_eq!(changes[0]["then"]["rejected"], Value::Null);
    assert_eq!(changes[0]["now"]["rejected"], "PositionNotional");

    // Two openings an hour: what came before within the hour is counted under the other limit, too.
    let few = tried(&dir, "risk: {maxOrdersPerHour: 2}");
    assert_eq!(few["openings_now"], 2, "{few:#}");
    let later = few["newly_rejected"]["OrdersPerHour"].as_u64().unwrap();
    assert_eq!(later, accepted - 2, "{few:#}");

    // A manifest brings all of its limits: without a word on them a paper rule has none.
    let manifest = Manifest {
        risk: "{}",
        ..rule()
    };
    let whole = tried(&dir, &manifest.yaml(NOWHERE));
    assert_eq!(
        whole["limits"],
        json!([
            {"limit": "max_position_notional", "then": "2000", "now": null},
            {"limit": "stop_loss", "then": "0.01", "now": null},
        ])
    );

    // A person is told what cannot be known.
    let file = TempDir::new().unwrap();
    let path = file.path().join("risk.yaml");
    std::fs::write(&path, "risk: {maxPositionNotional: \"500\"}").unwrap();
    let said = replay_of(dir.to_str().unwrap(), &["--risk", path.to_str().unwrap()]);
    assert_eq!(said.code, Some(0));
    for words in [
        "Under the other limits:",
        &format!("{accepted} accepted ones would have been rejected: PositionNotional."),
        "is not known.",
    ] {
        assert!(said.stdout.contains(words), "{words}: {}", said.stdout);
    }
}

#[test]
fn decisions_that_were_rejected_may_be_accepted_under_looser_limits() {
    let home = Home::without_key();
    let narrow = Manifest {
        risk: r#"{maxPositionNotional: "500"}"#,
        ..rule()
    };
    let worker = home.start(&narrow, NOWHERE, FAST);
    worker.wait_for_status("decisions", |status| {
        status["counts"]["decisions"].as_u64() >= Some(4)
    });
    worker.stop();
    let dir = home.data_dir();
    assert_eq!(count(&dir, "orders"), 0);
    let decisions = count(&dir, "decisions");
    let wide = tried(&dir, "risk: {maxPositionNotional: \"5000\"}");
    assert_eq!(
        wide["newly_accepted"],
        json!({"PositionNotional": decisions})
    );
    assert_eq!(
        (&wide["openings_then"], &wide["openings_now"]),
        (&json!(0), &json!(decisions))
    );
}

#[test]
fn other_limits_are_tried_on_what_a_model_decided() {
    let (home, model) = (Home::new(), trader());
    let worker = home.start(&Manifest::default(), model.base_url(), SPEED);
    wait_for_more_fills(&worker, 4);
    worker.stop();
    let dir = home.data_dir();
    let opened = count(
        &dir,
        "decisions WHERE verdict = 'accepted' AND action = 'open_long'",
    );

    // The model was sure to 80 of 100.
    let sure = tried(&dir, "risk: {minConfidence: 90}");
    assert_eq!(sure["newly_rejected"], json!({"ConfidenceTooLow": opened}));
    assert_eq!(sure["openings_now"], 0);

    // Less room: the same decisions, smaller orders.
    let careful = tried(&dir, "risk: {maxPositionNotional: \"500\"}");
    assert_eq!(
        (&careful["newly_rejected"], &careful["newly_accepted"]),
        (&json!({}), &json!({}))
    );
    assert_eq!(careful["openings_now"], careful["openings_then"]);
    let changes = careful["changes"].as_array().unwrap();
    assert_eq!(changes.len() as u64, opened, "{careful:#}");
    let size = |fate: &Value| -> f64 { fate["opens"].as_str().unwrap().parse().unwrap() };
    for change in changes {
        assert_eq!(
            change["now"]["detail"],
            "The size was cut to a notional value of 500 by the limits."
        );
        assert!(
            size(&change["now"]) < size(&change["then"]) / 3.0,
            "{change:#}"
        );
    }
}
