//! A worker that dies in the middle of a call: what was reserved counts, and nothing happens twice.

use serde_json::json;

use crate::support::cases::SPEED;
use crate::support::manifest::Manifest;
use crate::support::model::{Answer, Model, says};
use crate::support::rows::{of_view, with_code};
use crate::support::wait_for;
use crate::support::worker::Home;

/// What one decision may cost at its worst, and less than twice of it.
fn is_one_reservation(spent: &serde_json::Value) -> bool {
    let spent: f64 = spent.as_str().unwrap().parse().unwrap();
    (0.08..0.16).contains(&spent)
}

#[test]
fn a_call_that_a_crash_cut_off_counts_as_spent_and_nothing_is_doubled() {
    let home = Home::new();
    let model = Model::start(|asked| match asked.nth {
        1 => says(asked.reply(&json!([asked.long("BTC")]))),
        2 => Answer::hang(),
        3 => says(asked.reply(&json!([asked.long("BTC")]))),
        _ => asked.hold(),
    });
    let manifest = Manifest {
        budget: r#"{usdPerDay: "5", callsPerHour: 5}"#,
        ..Manifest::default()
    };
    let worker = home.start(&manifest, model.base_url(), SPEED);
    model.wait_until_asked(2);
    worker.wait_for_status("a protected position", |status| {
        status["positions"][0]["protected"] == true
    });
    worker.kill();

    let worker = home.start(&manifest, model.base_url(), SPEED);
    model.wait_until_asked(5);
    wait_for("a spent budget", || {
        worker.log().contains("AiBudgetSpent").then_some(())
    });
    let status = worker.status();
    assert_eq!(status["ai"]["calls_last_hour"], 5);
    assert!(
        is_one_reservation(&status["ai"]["spent_today_usd"]),
        "{status}"
    );
    let left = worker.stop();
    let asked = model.asked();
    assert_eq!(asked.len(), 5);
    // A view's number is never used again.
    assert_eq!(
        asked.iter().map(|asked| asked.view).collect::<Vec<_>>(),
        [1, 2, 3, 4, 5]
    );
    let decisions = left.decisions();
    assert_eq!(of_view(&decisions, 3)[0]["code"], "AlreadyInPosition");
    let orders = left.orders();
    let count = |leg: &str| orders.iter().filter(|order| order["leg"] == leg).count();
    assert_eq!((count("open"), count("stop")), (1, 1), "{orders:#?}");
    assert_eq!(left.json()["positions"].as_array().unwrap().len(), 1);
}

#[test]
fn a_crash_loop_cannot_spend_the_budget_twice() {
    let home = Home::new();
    let model = Model::start(|_| Answer::hang());
    let manifest = Manifest {
        budget: r#"{usdPerDay: "5", callsPerHour: 2}"#,
        ..Manifest::default()
    };
    for calls in 1..=2 {
        let worker = home.start(&manifest, model.base_url(), SPEED);
        model.wait_until_asked(calls);
        worker.kill();
    }
    let worker = home.start(&manifest, model.base_url(), SPEED);
    wait_for("a spent budget", || {
        (worker.log().matches("AiBudgetSpent").count() >= 3).then_some(())
    });
    let left = worker.stop();
    assert_eq!(model.asked().len(), 2);
    assert!(with_code(&left.decisions(), "AiBudgetSpent").len() >= 3);
    left.check_no_order();
}
