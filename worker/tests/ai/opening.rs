//! A good reply, from the prompt to the stop that rests.

use serde_json::{Value, json};

use crate::support::cases::SPEED;
use crate::support::manifest::Manifest;
use crate::support::model::{Asked, Model, says};
use crate::support::rows::of_view;
use crate::support::worker::{Home, Left};

/// A decimal of a table.
fn number(value: &Value) -> f64 {
    value.as_str().unwrap().parse().unwrap()
}

/// BTC's step of size.
const LOT: f64 = 0.000_01;
const TAKER_FEE: f64 = 0.000_45;

/// The size that loses so many basis points of 10,000 at the stop, both fees included, rounded down.
fn size_for(risk_bps: f64, entry: f64, stop: f64) -> f64 {
    let loss = (entry - stop).abs() + (entry + stop) * TAKER_FEE;
    (10_000.0 * risk_bps / 10_000.0 / loss / LOT).floor() * LOT
}

fn check_opened(left: &Left, asked: &Asked) {
    let orders = left.orders();
    let opening: Vec<_> = orders
        .iter()
        .filter(|order| order["leg"] == "open")
        .collect();
    assert_eq!(opening.len(), 1, "{orders:?}");
    assert_eq!(opening[0]["status"], "Filled");
    let decisions = left.decisions();
    let rows = of_view(&decisions, 1);
    assert_eq!(rows.len(), 1);
    let row = rows[0];
    assert_eq!(
        (&row["verdict"], &row["code"]),
        (&json!("accepted"), &Value::Null)
    );
    assert_eq!(
        (&row["market"], &row["source"]),
        (&json!("BTC"), &json!("ai"))
    );
    assert_eq!(opening[0]["decision"], row["id"]);
    assert_eq!(row["confidence"], 80);
    assert_eq!(row["reason"], "Higher lows.");
    assert_eq!(row["model_asked"], "deepseek-flash");
    assert_eq!(row["model"], "deepseek-flash-1017");
    assert_eq!(row["request_id"], "cmpl-7");
    assert!(
        row["prompt_version"]
            .as_str()
            .unwrap()
            .starts_with("aicoin-1+")
    );
    assert_eq!(row["prompt_hash"].as_str().unwrap().len(), 64);
    assert_eq!(
        (
            &row["input_tokens"],
            &row["cached_tokens"],
            &row["output_tokens"]
        ),
        (&json!(2000), &json!(4000), &json!(800))
    );
    // At peak prices: 2000 at 0.30, 4000 at 0.006, 800 at 1.20 USD per million.
    assert_eq!(row["cost_usd"], "0.001584");
    assert!(row["latency_ms"].as_u64().unwrap() < 5_000);
    assert_eq!(row["tries"], 1);
    assert_eq!(row["reasoning"], "Thinking aloud.");
    let raw: Value = serde_json::from_str(row["raw_reply"].as_str().unwrap()).unwrap();
    assert_eq!(raw["view_id"], asked.view);
}

/// The stop that rests, and the order that opened.
fn legs(home: &Home, action: &'static str) -> (Asked, Vec<Value>, Value, Vec<Value>) {
    let model = Model::start(move |asked| match asked.view {
        1 => {
            let (stop, take) = if action == "open_long" {
                (0.98, 1.06)
            } else {
                (1.02, 0.94)
            };
            let changes = json!({
                "action": action, "stop_px": asked.near("BTC", stop), "take_px": asked.near("BTC", take),
            });
            says(asked.reply(&json!([asked.long_but("BTC", changes)])))
        }
        _ => asked.hold(),
    });
    let worker = home.start(&Manifest::default(), model.base_url(), SPEED);
    model.wait_until_asked_about(4);
    let left = worker.stop();
    let asked = model.asked()[0].clone();
    check_opened(&left, &asked);
    (asked, left.orders(), left.json(), left.fills())
}

#[test]
fn a_good_reply_opens_a_position_with_a_resting_stop() {
    for (action, entry_price, stop_factor) in [("open_long", 1, 0.98), ("open_short", 0, 1.02)] {
        let home = Home::new();
        let (asked, orders, json, fills) = legs(&home, action);
        let entry = number(&fills[0]["price"]);
        assert!(
            (entry / asked.prices("BTC")[entry_price] - 1.0).abs() < 0.001,
            "{fills:?}"
        );
        let stop: f64 = asked.near("BTC", stop_factor).parse().unwrap();
        let leg = |leg: &str| {
            orders
                .iter()
                .find(|order| order["leg"] == leg)
                .unwrap()
                .clone()
        };
        let (open, resting) = (leg("open"), leg("stop"));
        let size = size_for(40.0, entry, stop);
        assert!(
            (number(&open["size"]) - size).abs() < LOT / 2.0,
            "{open} wants {size}"
        );
        assert_eq!(open["filled"], open["size"]);
        assert_eq!(resting["status"], "Open", "{orders:?}");
        assert_eq!(resting["reduce_only"], 1);
        assert_eq!(resting["size"], open["size"]);
        assert!(
            (number(&resting["price"]) - stop).abs() < 0.5
                || resting["kind"].to_string().contains(&format!("{stop}")),
            "{resting}"
        );
        assert_ne!(resting["side"], open["side"]);
        assert!(!fills.is_empty() && fills.iter().all(|fill| fill["leg"] == "open"));
        let position = &json["positions"][0];
        assert_eq!(number(&position["stop_price"]), stop);
        assert_eq!(position["protected"], true);
    }
}

#[test]
fn markdown_around_a_reply_and_blank_lines_before_it_change_nothing() {
    for fence in [true, false] {
        let home = Home::new();
        let model = Model::start(move |asked| {
            let reply = asked.reply(&json!([asked.long("BTC")]));
            match (asked.view, fence) {
                (1, true) => says(format!("```json\n{reply}\n```")),
                (1, false) => says(reply).after_blank_lines(200),
                _ => asked.hold(),
            }
        });
        let worker = home.start(&Manifest::default(), model.base_url(), SPEED);
        model.wait_until_asked_about(4);
        let left = worker.stop();
        let orders = left.orders();
        assert!(
            orders
                .iter()
                .any(|order| order["leg"] == "open" && order["status"] == "Filled"),
            "{orders:?}"
        );
        assert!(
            orders
                .iter()
                .any(|order| order["leg"] == "stop" && order["status"] == "Open"),
            "{orders:?}"
        );
    }
}
