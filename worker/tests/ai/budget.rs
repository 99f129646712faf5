//! The budget: what is spent is spent, and the model is not called beyond it.

use serde_json::json;

use crate::support::cases::SPEED;
use crate::support::manifest::Manifest;
use crate::support::model::{Model, refuses, says};
use crate::support::rows::with_code;
use crate::support::worker::{Home, Left, Worker};

/// Runs until that many questions were not asked for want of budget.
fn until_spent(worker: &Worker, rows: usize) {
    crate::support::wait_for("a spent budget", || {
        (worker.log().matches("AiBudgetSpent").count() >= rows).then_some(())
    });
}

fn check_skipped(left: &Left) {
    let decisions = left.decisions();
    let skipped = with_code(&decisions, "AiBudgetSpent");
    assert!(skipped.len() >= 5);
    for row in skipped {
        assert_eq!(row["verdict"], "rejected");
        // No call, no evidence of one.
        assert!(
            row["tries"].is_null() && row["cost_usd"].is_null() && row["raw_reply"].is_null(),
            "{row}"
        );
    }
}

#[test]
fn calls_per_hour_are_counted_and_then_nobody_is_asked() {
    let home = Home::new();
    let model = Model::start(|asked| match asked.view {
        1 => says(asked.reply(&json!([asked.long("BTC")]))),
        _ => asked.hold(),
    });
    let manifest = Manifest {
        budget: r#"{usdPerDay: "5", callsPerHour: 3}"#,
        ..Manifest::default()
    };
    let worker = home.start(&manifest, model.base_url(), SPEED * 2);
    until_spent(&worker, 5);
    let status = worker.status();
    assert_eq!(
        (
            &status["ai"]["calls_last_hour"],
            &status["ai"]["calls_per_hour"]
        ),
        (&json!(3), &json!(3))
    );
    // Settled at what the replies cost, not at the reservation: 3 times 0.001584.
    assert_eq!(status["ai"]["spent_today_usd"], "0.004752");
    let metrics = worker.get("/metrics");
    assert!(
        metrics.contains("aicoin_decisions_total{verdict=\"AiBudgetSpent\"}"),
        "{metrics}"
    );
    // Without a model the position stays, with its stop.
    assert_eq!(status["positions"][0]["protected"], true);
    let left = worker.stop();
    assert_eq!(model.asked().len(), 3);
    check_skipped(&left);
}

#[test]
fn an_hour_later_the_model_is_asked_again() {
    let home = Home::new();
    let model = Model::start(crate::support::model::Asked::hold);
    let manifest = Manifest {
        interval: "10m",
        budget: r#"{usdPerDay: "5", callsPerHour: 2}"#,
        ..Manifest::default()
    };
    let worker = home.start(&manifest, model.base_url(), 3000);
    model.wait_until_asked(4);
    let left = worker.stop();
    let decisions = left.decisions();
    // Two of six questions an hour.
    let skipped = with_code(&decisions, "AiBudgetSpent").len();
    assert!((4..=8).contains(&skipped), "{decisions:#?}");
}

#[test]
fn dollars_per_day_are_reserved_at_the_worst_before_a_call() {
    let home = Home::new();
    let model = Model::start(crate::support::model::Asked::hold);
    // One decision costs at most some eight cents: not even one fits.
    let manifest = Manifest {
        budget: r#"{usdPerDay: "0.05", callsPerHour: 100}"#,
        ..Manifest::default()
    };
    let worker = home.start(&manifest, model.base_url(), SPEED * 2);
    until_spent(&worker, 5);
    let left = worker.stop();
    assert_eq!(model.asked().len(), 0);
    check_skipped(&left);
    left.check_no_order();
}

#[test]
fn failures_count_too_and_a_refusal_is_free() {
    let home = Home::new();
    let model = Model::start(|_| refuses(400));
    let manifest = Manifest {
        budget: r#"{usdPerDay: "5", callsPerHour: 2}"#,
        ..Manifest::default()
    };
    let worker = home.start(&manifest, model.base_url(), SPEED * 2);
    until_spent(&worker, 5);
    assert_eq!(worker.status()["ai"]["spent_today_usd"], "0");
    let left = worker.stop();
    assert_eq!(model.asked().len(), 2);
    check_skipped(&left);
    left.check_no_order();
}

#[test]
fn a_spent_budget_is_seen_in_health() {
    let home = Home::new();
    let model = Model::start(crate::support::model::Asked::hold);
    let manifest = Manifest {
        budget: r#"{usdPerDay: "5", callsPerHour: 1}"#,
        ..Manifest::default()
    };
    let worker = home.start(&manifest, model.base_url(), SPEED);
    until_spent(&worker, 1);
    let health = worker.health();
    assert_eq!(health["parts"]["ai"]["status"], "degraded", "{health}");
    assert!(
        health["parts"]["ai"]["reason"]
            .as_str()
            .unwrap()
            .contains("budget"),
        "{health}"
    );
    worker.stop();
}
