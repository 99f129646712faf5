//! Orders: none is sent twice, none is lost, none is sent after a pause, and what comes of them is protected.

use std::time::Duration;

use serde_json::{Value, json};

use crate::rig::books::{self, Outage};
use crate::rig::keys::{MASTER, OTHER_AGENT};
use crate::rig::model::Wish;
use crate::rig::number::{amount, units};
use crate::rig::world::{Plan, World, has_stop};
use crate::rig::{programs, stranger, throughout};

/// No position may be without its stop for longer, ms; at speed 1 a busy machine costs a little of it.
const PROTECTED_WITHIN: i64 = 10_000 + 1_000;

/// The place of the market in the test network's list.
const BTC: u8 = 3;

/// The orders that open, as the venue has them.
fn openings(orders: &[Value]) -> Vec<&Value> {
    let opens = |order: &&Value| order["reduceOnly"] == false;
    orders.iter().filter(opens).collect()
}

#[test]
fn an_entry_is_followed_by_its_stop_and_both_books_are_the_same() {
    let Some(programs) = programs() else { return };
    let (world, model) = World::told(&programs, &Plan::default());
    world.open(&model, &Wish::open_long("BTC", 60), "BTC");
    let account = world.sim.account();
    let position = &account["positions"][0];
    // A new account of the venue has twenty times.
    assert_eq!(
        (&position["leverage"], &position["isCross"]),
        (&json!(40), &json!(true)),
        "{account}"
    );
    let stop = account["openOrders"].as_array().unwrap();
    assert_eq!(stop.len(), 1, "{account}");
    assert_eq!(
        amount(&stop[0], "origSz"),
        amount(position, "szi"),
        "{account}"
    );
    assert!(
        amount(&stop[0], "triggerPx") < amount(position, "entryPx"),
        "{account}"
    );
    world.close_all();
    world.assert_books_agree();
    assert_eq!(world.risk_events(), Vec::<String>::new());
    let account = world.sim.account();
    assert_eq!(
        (&account["positions"], &account["openOrders"]),
        (&json!([]), &json!([]))
    );
    let late = books::unprotected(&account, PROTECTED_WITHIN, &[], world.sim.time());
    assert_eq!(late, Vec::<String>::new());
}

#[test]
fn books_that_differ_in_the_last_decimal_are_told_apart() {
    let Some(programs) = programs() else { return };
    let (world, model) = World::told(&programs, &Plan::default());
    world.open(&model, &Wish::open_long("BTC", 60), "BTC");
    world.close_all();
    world.assert_books_agree();
    let ledger = world.sim.ledger();
    let (db, status) = (world.db(), world.bot().status());
    let found = |change: &dyn Fn(&mut Value)| {
        let mut doctored = ledger.clone();
        let accounts = doctored["accounts"].as_array_mut().unwrap();
        let account = accounts
            .iter_mut()
            .find(|account| account["user"] == MASTER.address)
            .unwrap();
        change(account);
        books::differences(&doctored, &db, &status).len()
    };
    assert_eq!(found(&|_| {}), 0);
    let last_digit = |amount: &mut Value| {
        let units = units(amount.as_str().unwrap()) + 1;
        let digits = format!("{:019}", units.abs());
        let (whole, part) = digits.split_at(digits.len() - 18);
        let sign = if units < 0 { "-" } else { "" };
        *amount = json!(format!("{sign}{whole}.{part}"));
    };
    for key in ["px", "sz", "fee", "closedPnl"] {
        assert!(
            found(&|account| last_digit(&mut account["fills"][0][key])) > 0,
            "{key}"
        );
    }
    for key in ["cash", "equity", "realised", "fees", "funding"] {
        assert!(found(&|account| last_digit(&mut account[key])) > 0, "{key}");
    }
    for key in ["tid", "oid", "time"] {
        let other = |account: &mut Value| account["fills"][0][key] = json!(7);
        assert!(found(&other) > 0, "{key}");
    }
    for (list, key, other) in [
        ("orders", "status", json!("canceled")),
        ("orders", "filledSz", json!("0.00001")),
        (
            "orders",
            "cloid",
            json!("0x00000000000000000000000000000001"),
        ),
        ("fills", "cloid", Value::Null),
        ("fills", "side", json!("A")),
    ] {
        let first = |account: &mut Value| account[list][0][key] = other.clone();
        assert!(found(&first) > 0, "{list} {key}");
    }
    for list in ["orders", "fills"] {
        let one_less = |account: &mut Value| {
            account[list].as_array_mut().unwrap().remove(0);
        };
        assert!(found(&one_less) > 0, "{list}");
    }
    // And a span without a stop is one.
    let mut account = world.sim.account();
    account["unprotected"] =
        json!([{"coin": "BTC", "from": 1_000, "to": 12_500, "ms": 11_500, "kind": "none"}]);
    let outages = [Outage {
        from: 2_000,
        to: 3_000,
    }];
    assert_eq!(books::unprotected(&account, 11_000, &[], 0).len(), 1);
    assert_eq!(books::unprotected(&account, 11_000, &outages, 0).len(), 0);
}

#[test]
fn a_pause_during_a_decision_sends_nothing() {
    let Some(programs) = programs() else { return };
    let (world, model) = World::told(&programs, &Plan::default());
    let asked = model.asked();
    model.say_after(Duration::from_millis(1500), &[Wish::open_long("BTC", 60)]);
    world.eventually("the model is asked", |_| {
        model.asked() > asked && model.said() == 1
    });
    let answered = model.answered();
    world.ctl(&["pause", "--wait"]);
    world.eventually("the model has answered", |_| model.answered() > answered);
    // The reply is looked at, written down, and refused.
    world.eventually("the decision is refused", |world| {
        let rows = world
            .db()
            .rows("SELECT code FROM decisions WHERE action LIKE 'open%' AND verdict = 'rejected'");
        rows.len() == 1
    });
    throughout("no order", Duration::from_secs(4), || {
        world.sim.orders().is_empty()
    });
    assert_eq!(world.bot().count("orders"), 0);
    // And afterwards it trades again.
    world.ctl(&["resume"]);
    world.becomes_ready();
    world.open(&model, &Wish::open_long("BTC", 60), "BTC");
}

#[test]
fn an_entry_whose_reply_is_lost_is_found_by_its_number_and_never_sent_again() {
    let Some(programs) = programs() else { return };
    for effect in [
        json!({"effect": "drop_reply"}),
        json!({"effect": "cut_body"}),
        json!({"effect": "status", "status": 502, "executed": true}),
        json!({"effect": "late_reply", "reply_ms": 7_000}),
    ] {
        println!("{effect}");
        let (world, model) = World::told(&programs, &Plan::default());
        let mut rule = json!({"on": "order", "times": 1});
        for (key, value) in effect.as_object().unwrap() {
            rule[key] = value.clone();
        }
        world.sim.faults(&json!([rule]));
        world.open(&model, &Wish::open_long("BTC", 60), "BTC");
        let orders = world.sim.orders();
        assert_eq!(openings(&orders).len(), 1, "{effect}: {orders:?}");
        assert_eq!(openings(&orders)[0]["status"], "filled", "{effect}");
        let injected = &world.sim.planned()["rules"][0]["injected"];
        assert_eq!(*injected, json!(1), "{effect}");
        world.close_all();
        world.assert_books_agree();
        let late = books::unprotected(
            &world.sim.account(),
            PROTECTED_WITHIN,
            &[],
            world.sim.time(),
        );
        assert_eq!(late, Vec::<String>::new(), "{effect}");
    }
}

#[test]
fn an_entry_that_never_arrived_is_given_up_only_after_its_expiry() {
    let Some(programs) = programs() else { return };
    for effect in [
        json!({"on": "order", "times": 1, "effect": "drop_request"}),
        json!({"on": "order", "times": 1, "effect": "status", "status": 503, "executed": false}),
    ] {
        println!("{effect}");
        let (world, model) = World::told(&programs, &Plan::default());
        world.sim.faults(&json!([effect]));
        model.say(&[Wish::open_long("BTC", 60)]);
        world.eventually("the order is given up", |world| {
            let rows = world.db().rows(
                "SELECT 1 FROM orders WHERE leg = 'open' AND status = 'FAILED' AND error_code = 'NeverLanded'",
            );
            rows.len() == 1
        });
        let early = world.db().number(
            "SELECT count(*) FROM orders WHERE status = 'FAILED' AND updated_at_ms < expires_at_ms",
        );
        assert_eq!(early, 0, "{effect}: given up before its expiry");
        assert!(world.sim.orders().is_empty(), "{effect}");
        world.becomes_ready();
        world.open(&model, &Wish::open_long("BTC", 60), "BTC");
        world.close_all();
        world.assert_books_agree();
    }
}

#[test]
fn an_order_that_is_held_up_beyond_its_expiry_is_refused_by_the_venue() {
    let Some(programs) = programs() else { return };
    let (world, model) = World::told(&programs, &Plan::default());
    world
        .sim
        .faults(&json!([{"on": "order", "times": 1, "delay_ms": 11_000, "effect": "none"}]));
    model.say(&[Wish::open_long("BTC", 60)]);
    world.eventually("the order has failed", |world| {
        world
            .db()
            .number("SELECT count(*) FROM orders WHERE leg = 'open' AND status = 'FAILED'")
            == 1
    });
    // Well after it has been let go.
    throughout("no order", Duration::from_secs(6), || {
        world.sim.orders().is_empty() && world.sim.position("BTC").is_none()
    });
    world.assert_books_agree();
}

/// Somebody else cancels the stop that rests.
#[track_caller]
fn cancel_the_stop(world: &World) {
    let account = world.sim.account();
    let oid = u32::try_from(account["openOrders"][0]["oid"].as_u64().unwrap()).unwrap();
    let word = stranger::cancel(&world.sim, OTHER_AGENT, BTC, oid);
    assert_eq!(word, "success", "{account}");
}

#[test]
fn a_stop_that_somebody_cancels_is_placed_again() {
    let Some(programs) = programs() else { return };
    let (world, model) = World::told(&programs, &Plan::default());
    world.open(&model, &Wish::open_long("BTC", 60), "BTC");
    cancel_the_stop(&world);
    world.eventually("another one rests", |world| {
        has_stop(&world.sim.account(), "BTC")
    });
    let account = world.sim.account();
    assert!(
        !account["unprotected"].as_array().unwrap().is_empty(),
        "the venue saw it: {account}"
    );
    let late = books::unprotected(&account, PROTECTED_WITHIN, &[], world.sim.time());
    assert_eq!(late, Vec::<String>::new());
    world.close_all();
    world.assert_books_agree();
}

#[test]
fn a_position_whose_stop_cannot_be_placed_is_flattened_within_the_limit() {
    let Some(programs) = programs() else { return };
    let (world, model) = World::told(&programs, &Plan::default());
    world.open(&model, &Wish::open_long("BTC", 60), "BTC");
    // The next one never arrives. What flattens goes through again.
    world
        .sim
        .faults(&json!([{"on": "order", "times": 1, "effect": "drop_request"}]));
    cancel_the_stop(&world);
    world.eventually("it is flattened", |world| {
        world.risk_events().contains(&"Unprotected".to_owned())
            && world.sim.position("BTC").is_none()
    });
    let account = world.sim.account();
    let spans = books::naked_ms(&account, &[], world.sim.time());
    assert!(
        spans.iter().any(|(ms, _)| *ms >= 9_000),
        "the limit was used: {account}"
    );
    let late = books::unprotected(&account, PROTECTED_WITHIN, &[], world.sim.time());
    assert_eq!(late, Vec::<String>::new());
    world.close_all();
    world.assert_books_agree();
}

#[test]
fn an_entry_that_fills_in_part_gets_its_stop() {
    let Some(programs) = programs() else { return };
    let plan = Plan {
        funds: "100000000",
        ..Plan::default()
    };
    let (world, model) = World::told_in(&programs, &plan, "SOL");
    // A stop 3 % away and a fiftieth of it at risk: more than is offered within the slippage that is taken.
    world.open(&model, &Wish::open_long("SOL", 200), "SOL");
    let account = world.sim.account();
    let entry = account["orders"]
        .as_array()
        .unwrap()
        .iter()
        .find(|order| order["reduceOnly"] == false)
        .unwrap_or_else(|| panic!("no entry: {account}"));
    assert!(
        units("0") < amount(entry, "filledSz")
            && amount(entry, "filledSz") < amount(entry, "origSz"),
        "{entry}"
    );
    let stop = &account["openOrders"][0];
    assert_eq!(
        amount(stop, "origSz"),
        amount(entry, "filledSz"),
        "{account}"
    );
    let late = books::unprotected(&account, PROTECTED_WITHIN, &[], world.sim.time());
    assert_eq!(late, Vec::<String>::new());
    world.close_all();
    world.assert_books_agree();
}

#[test]
fn fills_that_come_twice_or_late_or_in_another_order_count_once() {
    let Some(programs) = programs() else { return };
    for effect in [
        json!({"effect": "duplicate"}),
        json!({"effect": "late", "delay_ms": 3_000}),
        json!({"effect": "reorder"}),
        json!({"effect": "lose"}),
    ] {
        println!("{effect}");
        let (world, model) = World::told(&programs, &Plan::default());
        let mut rule =
            json!({"on": ["ws:userFills", "ws:user", "ws:orderUpdates"], "percent": 100});
        for (key, value) in effect.as_object().unwrap() {
            rule[key] = value.clone();
        }
        world.sim.faults(&json!([rule]));
        for _ in 0..2 {
            world.open(&model, &Wish::open_long("BTC", 60), "BTC");
            model.say(&[Wish::close("BTC")]);
            world.eventually("it is closed", |world| {
                world.position("BTC").is_none() && world.sim.position("BTC").is_none()
            });
        }
        world.assert_books_agree();
        assert_eq!(
            world
                .db()
                .number("SELECT count(DISTINCT decision) FROM orders WHERE leg = 'open'"),
            2,
            "{effect}"
        );
    }
}

#[test]
fn a_bot_that_is_killed_right_after_its_entry_protects_it_when_it_comes_back() {
    let Some(programs) = programs() else { return };
    let (mut world, model) = World::told(&programs, &Plan::default());
    // Its first words about the entry never reach it.
    world
        .sim
        .faults(&json!([{"on": "order", "times": 1, "effect": "late_reply", "reply_ms": 3_000}]));
    model.say(&[Wish::open_long("BTC", 60)]);
    world.eventually("the entry is filled", |world| {
        world.sim.position("BTC").is_some()
    });
    world.kill_and_restart();
    world.eventually("its stop rests", |world| {
        has_stop(&world.sim.account(), "BTC") || world.sim.position("BTC").is_none()
    });
    let late = books::unprotected(
        &world.sim.account(),
        PROTECTED_WITHIN,
        world.outages(),
        world.sim.time(),
    );
    assert_eq!(late, Vec::<String>::new());
    world.close_all();
    world.assert_books_agree();
    let orders = world.sim.orders();
    assert_eq!(openings(&orders).len(), 1, "{orders:?}");
}
