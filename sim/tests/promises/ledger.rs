//! The exchange's own truth.

use aicoin_domain::Usd;
use serde_json::{Value, json};

use crate::rig::{Sim, without_unknown};

fn usd(value: &Value) -> Usd {
    value.as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn it_has_every_order_and_fill_and_adds_up_to_the_last_decimal() {
    let sim = Sim::start();
    let mut order = sim.limit(true, &sim.eth_price(5).await, "0.1", "Ioc");
    order["c"] = json!("0x00000000000000000000000000000001");
    sim.order(order.clone()).await;
    // Used again: refused, and counted.
    let again = sim.order(order).await;
    assert!(again["error"].is_string(), "{again}");
    let price = sim.eth_price(-10).await;
    sim.order(sim.limit(true, &price, "0.1", "Gtc")).await;
    sim.order(sim.limit(true, &price, "0.001", "Gtc")).await;
    sim.order(sim.limit(false, &price, "0.1", "Ioc")).await;
    let ledger = sim.ledger().await;
    assert_eq!(ledger["duplicateCloids"], 1);
    assert_eq!(ledger["requests"]["order"], json!({"ok": 5, "err": 0}));
    let account = &ledger["accounts"][0];
    let orders = account["orders"].as_array().unwrap();
    let states: Vec<&str> = orders
        .iter()
        .map(|order| order["status"].as_str().unwrap())
        .collect();
    assert!(states.contains(&"minTradeNtlRejected"), "{states:?}");
    assert_eq!(states.iter().filter(|state| **state == "filled").count(), 2);
    assert_eq!(account["openOrders"].as_array().unwrap().len(), 1);
    let fills = account["fills"].as_array().unwrap();
    let fees: Usd = fills.iter().map(|fill| usd(&fill["fee"])).sum();
    let profit: Usd = fills.iter().map(|fill| usd(&fill["closedPnl"])).sum();
    assert_eq!(usd(&account["fees"]), fees);
    assert_eq!(usd(&account["realised"]), profit);
    assert_eq!(
        usd(&account["equity"]),
        usd(&account["deposits"]) + profit - fees + usd(&account["funding"])
    );
    // What a client is told of a fill is the same.
    let told = without_unknown(sim.about_master("userFills").await);
    let told = told.as_array().unwrap();
    assert_eq!(told.len(), fills.len());
    for (told, fill) in told.iter().rev().zip(fills) {
        for name in ["tid", "oid", "coin", "side", "time", "dir"] {
            assert_eq!(told[name], fill[name], "{name}");
        }
        for name in ["fee", "closedPnl", "px", "sz"] {
            assert_eq!(usd(&told[name]), usd(&fill[name]), "{name}");
        }
    }
}

#[tokio::test]
async fn it_knows_how_long_a_position_had_no_stop() {
    let sim = Sim::start();
    sim.order(sim.limit(true, &sim.eth_price(5).await, "0.5", "Ioc"))
        .await;
    sim.sim("advance", json!({"ms": 30_000})).await;
    let (stop, worst) = (sim.eth_price(-10).await, sim.eth_price(-30).await);
    let stop = |size: &str| {
        json!({
            "a": sim.eth, "b": false, "p": worst, "s": size, "r": true,
            "t": {"trigger": {"isMarket": true, "triggerPx": stop, "tpsl": "sl"}},
        })
    };
    sim.order(stop("0.2")).await;
    sim.sim("advance", json!({"ms": 10_000})).await;
    sim.order(stop("0.3")).await;
    let ledger = sim.ledger().await;
    let spans = ledger["accounts"][0]["unprotected"].as_array().unwrap();
    let seen: Vec<(&str, bool)> = spans
        .iter()
        .map(|span| (span["kind"].as_str().unwrap(), span["to"].is_null()))
        .collect();
    assert_eq!(seen, [("none", false), ("partial", false)]);
    assert!(spans[0]["ms"].as_i64().unwrap() >= 30_000);
    assert!(
        (10_000..30_000).contains(&spans[1]["ms"].as_i64().unwrap()),
        "{spans:?}"
    );
}
