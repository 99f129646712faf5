//! Pause and close-all while the model thinks: what it says then opens nothing.

use serde_json::{Value, json};

use crate::support::cases::SPEED;
use crate::support::manifest::Manifest;
use crate::support::model::{Gate, Model, says};
use crate::support::rows::of_view;
use crate::support::wait_for;
use crate::support::worker::Home;

#[test]
fn a_pause_while_the_model_thinks_keeps_its_opening_from_being_carried_out() {
    let (home, gate) = (Home::new(), Gate::default());
    let door = gate.clone();
    let model = Model::start(move |asked| {
        door.pass();
        says(asked.reply(&json!([asked.long("BTC")])))
    });
    let worker = home.start(&Manifest::default(), model.base_url(), SPEED);
    model.wait_until_asked(1);
    let said = worker.ctl_ok(&["pause", "--wait", "--timeout", "10s"]);
    assert!(said.starts_with("Paused: accepted, effective"), "{said}");
    gate.open();
    worker.wait_for_status("the reply", |status| status["counts"]["decisions"] == 1);
    // Several intervals later nobody was asked again, and nothing was opened.
    let before = worker.status()["time_ms"].as_i64().unwrap();
    worker.wait_for_status("a minute", |status| {
        status["time_ms"].as_i64().unwrap() > before + 60_000
    });
    assert_eq!(model.asked().len(), 1);
    // Let go of, it asks and opens.
    worker.ctl_ok(&["resume"]);
    wait_for("a position", || {
        (worker.status()["positions"].as_array()?.len() == 1).then_some(())
    });
    let left = worker.stop();
    let decisions = left.decisions();
    let row = of_view(&decisions, 1)[0];
    assert_eq!(row["action"], "open_long");
    let code = row["code"].as_str();
    assert!(matches!(code, Some("Paused" | "PausedBeforeSend")), "{row}");
    assert!(row["raw_reply"].is_string());
    assert!(
        left.orders()
            .iter()
            .all(|order| order["decision"] != row["id"])
    );
}

#[test]
fn a_close_all_while_the_model_thinks_is_flat_before_it_answers_and_stays_flat() {
    let (home, gate) = (Home::new(), Gate::default());
    let door = gate.clone();
    let model = Model::start(move |asked| {
        if asked.view > 1 {
            door.pass();
        }
        says(asked.reply(&json!([asked.long("BTC"), asked.long("ETH")])))
    });
    let manifest = Manifest {
        markets: "BTC, ETH",
        ..Manifest::default()
    };
    let worker = home.start(&manifest, model.base_url(), SPEED);
    model.wait_until_asked_about(2);
    assert_eq!(worker.status()["positions"].as_array().unwrap().len(), 2);
    let said = worker.ctl_ok(&["close-all", "--wait", "--timeout", "8s"]);
    assert!(said.starts_with("CloseAll: accepted, effective"), "{said}");
    let status = worker.status();
    assert_eq!(status["positions"], json!([]));
    assert_eq!(
        status["control"]["remaining"],
        json!({"positions": 0, "orders": 0})
    );
    let rows = status["counts"]["decisions"].as_u64().unwrap();
    gate.open();
    worker.wait_for_status("the reply", |status| {
        status["counts"]["decisions"].as_u64().unwrap() >= rows + 2
    });
    let left = worker.stop();
    let decisions = left.decisions();
    let codes: Vec<_> = of_view(&decisions, 2)
        .iter()
        .map(|row| row["code"].clone())
        .collect();
    assert_eq!(codes, [json!("CloseAllActive"), json!("CloseAllActive")]);
    assert_eq!(left.json()["positions"], json!([]));
    let orders = left.orders();
    assert_eq!(
        orders.iter().filter(|order| order["leg"] == "open").count(),
        2
    );
    let is_over = |order: &Value| matches!(order["status"].as_str(), Some("Filled" | "Canceled"));
    assert!(orders.iter().all(is_over), "{orders:#?}");
}

#[test]
fn a_stop_of_the_program_while_the_model_thinks_ends_at_once() {
    let home = Home::new();
    let model = Model::start(|_| crate::support::model::Answer::hang());
    let worker = home.start(&Manifest::default(), model.base_url(), SPEED);
    model.wait_until_asked(1);
    let begun = std::time::Instant::now();
    let left = worker.stop();
    assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
    left.check_no_order();
}
