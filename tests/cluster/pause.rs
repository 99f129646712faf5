//! Pause, close-all and hold: asked with kubectl, accepted, and true when the status says so.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::rig::books::{self, FLAT};
use crate::rig::bot::{Bot, SOON, a_while};
use crate::rig::figures::percentile;
use crate::rig::manifest::{busy, calm};
use crate::rig::space::Space;
use crate::rig::{always, eventually, seconds};

/// Patches of the measurement.
const PATCHES: usize = 200;
/// What is promised for 99 of 100 of them.
const ACCEPTED_LIMIT: Duration = seconds(1);

#[test]
fn after_a_pause_was_accepted_nothing_is_opened_until_it_is_lifted() {
    let Some(space) = Space::new("pause") else {
        return;
    };
    let bot = space.trading(&busy("x"));
    // Word for word as it is documented.
    space.kubectl(&[
        "patch",
        "tb/x",
        "--type",
        "merge",
        "-p",
        r#"{"spec":{"desiredState":"Paused"}}"#,
    ]);
    space.kubectl(&[
        "wait",
        "--for=condition=TradingPaused",
        "tb/x",
        "--timeout=30s",
    ]);
    assert_eq!(bot.status("/state"), "Paused");
    let Some(db) = bot.db() else { return };
    let opened = books::openings(&db);
    always("it opens nothing", a_while(), || {
        books::openings(&db) == opened
    });
    assert!(bot.is("Ready"), "a paused bot is ready");

    bot.desire("Running");
    eventually("it trades again", SOON, || books::openings(&db) > opened);
    assert_eq!(bot.condition("TradingPaused"), "False NotAsked");
    assert_eq!(books::opened_while_held(&db), [""; 0]);
}

#[test]
fn close_all_says_that_positions_are_closed_when_the_exchange_has_none() {
    let Some(space) = Space::new("close-all") else {
        return;
    };
    let bot = space.trading(&busy("x"));
    let db = bot.db();
    if let Some(db) = &db {
        eventually("a position", SOON, || books::ledger(db).positions > 0);
    }
    bot.desire("CloseAll");
    bot.wait_for("PositionsClosed", SOON);
    if let Some(db) = &db {
        assert_eq!(books::ledger(db), FLAT);
    }
    assert_eq!(bot.told()["positions"], json!([]));
    assert_eq!(bot.status("/state"), "Closed");
    assert_eq!(bot.condition("TradingPaused"), "True Paused");
    assert_eq!(bot.status("/remaining"), Value::Null);
    bot.tells("PositionsClosed");
    always("it stays closed", a_while(), || {
        bot.is("PositionsClosed") && db.as_ref().is_none_or(|db| books::ledger(db) == FLAT)
    });

    bot.desire("Running");
    bot.wait_for("Ready", SOON);
    assert_eq!(bot.condition("PositionsClosed"), "False NotAsked");
    bot.trades();
    if let Some(db) = &db {
        assert_eq!(books::opened_while_held(db), [""; 0]);
        books::nothing_is_doubled(db);
    }
}

#[test]
fn the_hold_annotation_beats_a_spec_that_is_set_back() {
    let Some(space) = Space::new("hold") else {
        return;
    };
    let bot = space.trading(&busy("x"));
    bot.annotate("aicoin.dev/hold=Paused");
    bot.wait_for("TradingPaused", SOON);
    let process = bot.pod().process();

    // As GitOps would: the spec is made what it was, again and again.
    for state in ["Running", "Paused", "Running"] {
        bot.desire(state);
        always("the hold holds", seconds(2), || bot.is("TradingPaused"));
    }

    // A stronger spec wins, and the hold stays below it.
    bot.desire("CloseAll");
    bot.wait_for("PositionsClosed", SOON);
    bot.desire("Running");
    eventually("the hold alone is in force", SOON, || {
        bot.status("/state") == "Paused" && bot.is("TradingPaused")
    });
    bot.annotate("aicoin.dev/hold-");
    bot.trades();
    assert_eq!(bot.pod().process(), process, "no control restarts a worker");
    if let Some(db) = bot.db() {
        assert_eq!(books::opened_while_held(&db), [""; 0]);
    }
}

#[test]
fn stopping_is_refused_while_positions_are_open_and_done_once_they_are_closed() {
    let Some(space) = Space::new("stop") else {
        return;
    };
    let bot = space.applied(&calm("x"));
    bot.is_ready();
    eventually("a position", SOON, || bot.told()["positions"] != json!([]));
    bot.desire("Stopped");
    eventually("it is refused", SOON, || {
        bot.condition("Degraded") == "True StopRefused"
    });
    let process = bot.pod().process();
    always("its worker goes on", seconds(2), || {
        bot.pod().process() == process
    });

    bot.desire("CloseAll");
    bot.wait_for("PositionsClosed", SOON);
    bot.desire("Stopped");
    eventually("no worker", SOON, || {
        bot.pods().is_empty() && bot.status("/state") == "Stopped"
    });
    assert!(bot.is("TradingPaused") && bot.is("PositionsClosed"));

    bot.desire("Running");
    bot.wait_for("Ready", SOON);
    eventually("a position again", SOON, || {
        bot.told()["positions"] != json!([])
    });
}

#[test]
fn from_patch_to_accepted_takes_less_than_a_second() {
    let Some(space) = Space::alone("latency") else {
        return;
    };
    let bot = space.trading(&busy("x"));
    let seen = space.rig.api.watch(&format!(
        "/apis/aicoin.dev/v1alpha1/namespaces/{}/tradingbots",
        space.name
    ));
    let mut measured = Vec::new();
    for count in 0..PATCHES {
        let state = if count % 2 == 0 { "Paused" } else { "Running" };
        let begun = Instant::now();
        let patched = space
            .rig
            .api
            .patch(&bot.path(), &json!({"spec": {"desiredState": state}}));
        let generation = patched["metadata"]["generation"].as_i64().unwrap();
        loop {
            let event = seen.recv_timeout(SOON).unwrap();
            if is_accepted(&event.object, state, generation) {
                measured.push(event.at - begun);
                break;
            }
        }
    }
    let (half, most) = (percentile(&measured, 50), percentile(&measured, 99));
    println!(
        "figure: {PATCHES} patches, Running and Paused in turn: patch to accepted by the worker p50 {} ms, p99 {} ms, most {} ms",
        half.as_millis(),
        most.as_millis(),
        percentile(&measured, 100).as_millis()
    );
    assert!(most < ACCEPTED_LIMIT, "p99 {most:?}");
    let Some(db) = bot.db() else { return };
    assert_eq!(books::opened_while_held(&db), [""; 0]);
    books::nothing_is_doubled(&db);
}

/// The worker has written down what this generation of the spec asks.
fn is_accepted(bot: &Value, state: &str, generation: i64) -> bool {
    let status = &bot["status"];
    let control = &status["control"];
    status["observedGeneration"].as_i64() >= Some(generation)
        && control["desired"] == state
        && control["generation"].as_u64() > Some(0)
        && control["generation"] == control["acceptedGeneration"]
}

#[test]
fn what_was_patched_while_the_operator_was_dead_is_carried_out_and_ctl_works_meanwhile() {
    let Some(space) = Space::alone("operator-away") else {
        return;
    };
    let patched = space.trading(&busy("patched"));
    let held = space.trading(&busy("held"));
    let processes = |bots: [&Bot<'_>; 2]| bots.map(|bot| bot.pod().process());
    let before = processes([&patched, &held]);
    let away = space.rig.without_operator();

    // The worker goes on with what it accepted last.
    patched.desire("Paused");
    patched.trades();
    // The second road needs no operator.
    held.ctl(&["pause", "--wait"]);
    assert_eq!(held.told()["control"]["in_force"], "Paused");
    let db = held.db();
    if let Some(db) = &db {
        let opened = books::openings(db);
        always("it opens nothing", a_while(), || {
            books::openings(db) == opened
        });
    }

    drop(away);
    patched.wait_for("TradingPaused", SOON);
    eventually("the hold at the worker is told", seconds(90), || {
        held.status("/control/localHold") == "Paused"
    });
    assert_eq!(held.condition("Ready"), "False LocalHold");
    held.ctl(&["resume", "--wait"]);
    held.trades();
    // The operator looks at a quiet bot once a minute, and at once when there is something to ask.
    held.annotate("aicoin.dev/hold=Paused");
    held.wait_for("Ready", SOON);
    assert_eq!(held.status("/control/localHold"), "None");
    assert_eq!(processes([&patched, &held]), before, "nobody was restarted");
    for bot in [&patched, &held] {
        if let Some(db) = bot.db() {
            assert_eq!(books::opened_while_held(&db), [""; 0]);
        }
    }
}
