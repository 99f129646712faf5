//! The streams: what is missing is noticed, said and made up for.

use std::time::Duration;

use serde_json::{Value, json};

use crate::rig::model::Wish;
use crate::rig::world::{Plan, World};
use crate::rig::{programs, throughout};

fn part<'a>(health: &'a Value, name: &str) -> &'a Value {
    &health["parts"][name]
}

#[test]
fn health_names_every_part_and_what_it_is_like() {
    let Some(programs) = programs() else { return };
    let (world, model) = World::told(&programs, &Plan::default());
    world.open(&model, &Wish::open_long("BTC", 60), "BTC");
    world.eventually("all parts are well", |world| {
        world.health()["status"] == "ok"
    });
    let health = world.health();
    let names: Vec<&String> = health["parts"].as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        ["ai", "database", "exchange", "loop", "market_data", "redis"]
    );
    for name in ["ai", "database", "exchange", "loop", "market_data"] {
        assert_eq!(part(&health, name)["status"], "ok", "{name}: {health}");
    }
    for name in ["ai", "exchange"] {
        let latency = part(&health, name)["latency_ms"].as_f64();
        // A model on this machine answers within its millisecond.
        assert!(
            latency.is_some_and(|latency| latency > 0.0 || name == "ai"),
            "{name}: {health}"
        );
    }
}

#[test]
fn a_venue_that_fails_is_in_health_and_again_well_when_it_answers() {
    let Some(programs) = programs() else { return };
    let (world, _model) = World::told(&programs, &Plan::default());
    world
        .sim
        .faults(&json!([{"on": ["info", "exchange"], "effect": "status", "status": 503}]));
    world.eventually("health says it", |world| {
        let health = world.health();
        part(&health, "exchange")["status"] != "ok"
            && part(&health, "exchange")["reason"]
                .as_str()
                .is_some_and(|reason| reason.contains("503"))
    });
    assert_ne!(world.health()["status"], "ok");
    world.sim.clear_faults();
    world.eventually("it is well again", |world| {
        part(&world.health(), "exchange")["status"] == "ok"
    });
}

#[test]
fn silent_market_data_opens_nothing_and_health_says_so() {
    let Some(programs) = programs() else { return };
    let (world, model) = World::told(&programs, &Plan::default());
    // Sockets stay open and say nothing; new ones neither.
    world
        .sim
        .faults(&json!([{"on": "ws", "effect": "lose", "percent": 100}]));
    world.eventually("it is noticed", |world| {
        let health = world.health();
        part(&health, "market_data")["status"] != "ok"
            && world.not_ready().contains(&"DataStale".to_owned())
    });
    let health = world.health();
    assert_ne!(health["status"], "ok", "{health}");
    let reason = part(&health, "market_data")["reason"].as_str().unwrap();
    assert!(
        reason.len() > 20 && reason.ends_with('.'),
        "a sentence: {reason}"
    );
    model.always(&[Wish::open_long("BTC", 60)]);
    throughout("no order", Duration::from_secs(8), || {
        world.sim.orders().is_empty()
    });
    world.sim.clear_faults();
    world.becomes_ready();
    world.eventually("it opens again", |world| {
        world
            .position("BTC")
            .is_some_and(|position| position["protected"] == true)
    });
    world.close_all();
    world.assert_books_agree();
}

#[test]
fn what_happened_while_the_socket_was_down_is_read_when_it_is_back() {
    let Some(programs) = programs() else { return };
    let (world, model) = World::told(&programs, &Plan::default());
    world.open(&model, &Wish::open_long("BTC", 60), "BTC");
    // Nothing of the account comes by socket; then the stop is hit, and the socket breaks.
    world.sim.faults(&json!([
        {"on": ["ws:userFills", "ws:user", "ws:orderUpdates", "ws:userFundings"], "effect": "lose", "percent": 100, "times": 50},
    ]));
    world.sim.shock("BTC", "-4");
    world.eventually("the stop closed it", |world| {
        world.sim.position("BTC").is_none()
    });
    world.sim.sockets("disconnect", 0);
    world.sim.clear_faults();
    world.eventually("the bot knows", |world| {
        world.position("BTC").is_none() && world.risk_events().contains(&"StopHit".to_owned())
    });
    world.becomes_ready();
    world.assert_books_agree();
    assert!(
        world.log().contains("WebSocket"),
        "the words people look for: {}",
        world.log()
    );
}

#[test]
fn a_socket_that_falls_silent_is_left_for_another() {
    let Some(programs) = programs() else { return };
    let (world, model) = World::told(&programs, &Plan::default());
    world.sim.sockets("silence", 0);
    world.eventually("it is noticed", |world| {
        world.not_ready().contains(&"DataStale".to_owned())
    });
    world.becomes_ready();
    world.open(&model, &Wish::open_short("BTC", 60), "BTC");
    world.close_all();
    world.assert_books_agree();
}
