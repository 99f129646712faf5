//! The clock while the model thinks.

use std::time::Duration;

use serde_json::json;

use crate::support::manifest::Manifest;
use crate::support::model::{Gate, Model, says};
use crate::support::worker::Home;

/// The time that a view was taken, to the second, as the tables write it.
fn taken_at(user: &str) -> String {
    let text = user.split_once("\ntime: ").unwrap().1;
    text.lines()
        .next()
        .unwrap()
        .trim_end_matches('Z')
        .to_owned()
}

#[test]
fn simulated_time_stands_still_while_the_model_thinks() {
    let (home, gate) = (Home::new(), Gate::default());
    let door = gate.clone();
    let model = Model::start(move |asked| {
        door.pass();
        says(asked.reply(&json!([asked.long("BTC")])))
    });
    // So fast that several steps are due at once.
    let worker = home.start(&Manifest::default(), model.base_url(), 5000);
    model.wait_until_asked(1);
    std::thread::sleep(Duration::from_millis(300));
    gate.open();
    model.wait_until_asked(3);
    let left = worker.stop();
    let asked = model.asked();
    let decided = &left.decisions()[0];
    let timestamp = decided["timestamp"].as_str().unwrap();
    assert!(
        timestamp.starts_with(&taken_at(&asked[0].user)),
        "{timestamp}: {}",
        asked[0].user
    );
    let fill = &left.fills()[0];
    assert_eq!(
        fill["price"].as_str().unwrap().parse::<f64>().unwrap(),
        asked[0].prices("BTC")[1]
    );
}

#[test]
fn in_real_time_the_market_goes_on_while_the_model_thinks() {
    let home = Home::new();
    let model = Model::start(|_| crate::support::model::Answer::hang());
    let worker = home.start(&Manifest::default(), model.base_url(), 1);
    model.wait_until_asked(1);
    let before = worker.status()["time_ms"].as_i64().unwrap();
    worker.wait_for_status("two seconds", |status| {
        status["time_ms"].as_i64().unwrap() >= before + 2000
    });
    let left = worker.stop();
    left.check_no_order();
}
