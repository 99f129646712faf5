//! The account: what others do to it is seen, and close-all leaves nothing of it.

use std::time::Duration;

use serde_json::json;

use crate::rig::keys::OTHER_AGENT;
use crate::rig::model::Wish;
use crate::rig::stranger::{self, Order};
use crate::rig::world::{Plan, World};
use crate::rig::{programs, throughout};

/// The places of markets in the test network's list.
const SOL: u8 = 0;
const BTC: u8 = 3;

#[test]
fn a_liquidation_is_written_down_and_closes_the_market() {
    let Some(programs) = programs() else { return };
    let plan = Plan {
        funds: "1000",
        ..Plan::default()
    };
    let (world, model) = World::told_in(&programs, &plan, "BTC, ETH");
    // Twenty times the equity, and its stop is lost on the way.
    world
        .sim
        .faults(&json!([{"on": "order", "skip": 1, "times": 1, "effect": "drop_request"}]));
    model.say(&[Wish::open_long("BTC", 6_000)]);
    world.eventually("a position", |world| world.sim.position("BTC").is_some());
    world.sim.shock("BTC", "-15");
    world.eventually("it is written down", |world| {
        world.risk_events().contains(&"Liquidated".to_owned())
    });
    let account = world.sim.account();
    assert_eq!(account["positions"], json!([]), "{account}");
    assert!(
        account["liquidations"]
            .as_array()
            .is_some_and(|all| !all.is_empty()),
        "{account}"
    );
    assert!(
        world
            .db()
            .number("SELECT count(*) FROM fills WHERE liquidation IS NOT NULL")
            > 0,
        "its fills say what they are"
    );
    world.sim.clear_faults();
    // That market stays closed until a person has looked.
    let before = world.sim.orders().len();
    model.always(&[Wish::open_long("BTC", 10)]);
    world.eventually("an opening is refused", |world| {
        world
            .db()
            .number("SELECT count(*) FROM decisions WHERE code = 'Liquidated'")
            > 0
    });
    throughout("no order", Duration::from_secs(5), || {
        world.sim.orders().len() == before
    });
    model.always(&[]);
    world.close_all();
    world.assert_books_agree();
}

#[test]
fn an_order_and_a_position_of_somebody_else_are_seen_and_close_all_takes_them() {
    let Some(programs) = programs() else { return };
    let (world, model) = World::told(&programs, &Plan::default());
    // A position in a market that the manifest does not have, and an order without a client's number in one that it has.
    let filled = stranger::place(
        &world.sim,
        OTHER_AGENT,
        Order {
            asset: SOL,
            is_buy: true,
            price: "200",
            size: "5",
            tif: "Ioc",
        },
    );
    assert!(filled["filled"]["oid"].is_u64(), "{filled}");
    let resting = stranger::place(
        &world.sim,
        OTHER_AGENT,
        Order {
            asset: BTC,
            is_buy: true,
            price: "50000",
            size: "0.01",
            tif: "Gtc",
        },
    );
    assert!(resting["resting"]["oid"].is_u64(), "{resting}");
    world.eventually("both are seen", |world| {
        let rows = world.db().rows(
            "SELECT DISTINCT market FROM risk_events WHERE code = 'ForeignPosition' AND market IN ('SOL', 'BTC')",
        );
        rows.len() == 2
    });
    world.eventually("the position is in the status", |world| {
        world
            .position("SOL")
            .is_some_and(|position| position["size"] == "5")
    });
    // Where somebody else is at work the bot opens nothing.
    model.always(&[Wish::open_long("BTC", 60)]);
    world.eventually("an opening is refused", |world| {
        world
            .db()
            .number("SELECT count(*) FROM decisions WHERE code = 'ForeignPosition'")
            > 0
    });
    assert!(
        world
            .sim
            .orders()
            .iter()
            .all(|order| order["cloid"].is_null()),
        "{:?}",
        world.sim.orders()
    );
    model.always(&[]);
    world.close_all();
    let account = world.sim.account();
    assert_eq!(
        (&account["positions"], &account["openOrders"]),
        (&json!([]), &json!([])),
        "{account}"
    );
    world.assert_books_agree();
}

#[test]
fn close_all_gets_flat_while_a_fifth_of_everything_fails() {
    let Some(programs) = programs() else { return };
    let plan = Plan {
        funds: "100000",
        ..Plan::default()
    };
    let (world, model) = World::told_in(&programs, &plan, "BTC, ETH, SOL, XRP, DOGE");
    for market in ["BTC", "ETH", "SOL", "XRP", "DOGE"] {
        world.open(&model, &Wish::open_long(market, 10), market);
    }
    world.sim.faults(&json!([
        {"on": "exchange", "percent": 5, "effect": "drop_reply"},
        {"on": "exchange", "percent": 5, "effect": "drop_request"},
        {"on": "exchange", "percent": 5, "effect": "status", "status": 502, "executed": true},
        {"on": "exchange", "percent": 5, "effect": "status", "status": 429},
        {"on": "info", "percent": 5, "effect": "drop_request"},
        {"on": "info", "percent": 5, "effect": "status", "status": 500},
        {"on": "info", "percent": 5, "effect": "cut_body"},
        {"on": "info", "percent": 5, "effect": "status", "status": 429},
    ]));
    let begun = std::time::Instant::now();
    world.close_all();
    println!(
        "figure: 5 positions flat after {:?} with 20 % of all requests failing",
        begun.elapsed()
    );
    let account = world.sim.account();
    assert_eq!(
        (&account["positions"], &account["openOrders"]),
        (&json!([]), &json!([])),
        "{account}"
    );
    world.sim.clear_faults();
    world.assert_books_agree();
}
