//! In a pod: it trades nothing before it was told to, goes on with what it was told last, and listens to the operator's
//! tokens and to `ctl` alone.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;

use crate::rig::manifest::Rule;
use crate::rig::pod::{Pod, UID};
use crate::rig::token::Key;
use crate::rig::{self};

const SOON: Duration = Duration::from_secs(30);
const ORDERS: &str = "SELECT count(*) FROM orders";
const OPENED: &str = "SELECT count(*) FROM orders WHERE leg = 'open'";

/// A bot that trades all the time.
pub(crate) fn busy(dir: &Path) -> PathBuf {
    Rule {
        uid: Some(UID),
        markets: "BTC, ETH",
        fast: 1,
        slow: 2,
        stop_loss_pct: Some("2"),
        ..Rule::default()
    }
    .write(dir)
}

#[test]
fn without_a_control_it_trades_nothing_and_says_so() {
    let Some(binary) = rig::binary() else { return };
    let pod = Pod::new(&binary, busy);
    let worker = pod.start();
    rig::eventually("it has started", SOON, || {
        worker.not_ready() == ["NoControl"]
    });
    assert_eq!(worker.open("/livez").status, 200, "it lives");
    pod.pass_an_hour();
    assert_eq!(pod.db().number(ORDERS), 0);
    let reply = worker.put(1, "Running");
    assert_eq!(reply.status, 200, "{reply:?}");
    let reply = reply.json();
    assert_eq!(
        (&reply["accepted"], &reply["ready"], &reply["not_ready"]),
        (&json!(true), &json!(true), &json!([])),
        "{reply}"
    );
    rig::eventually("orders", SOON, || pod.db().number(ORDERS) > 0);
    assert_eq!(worker.not_ready(), [""; 0]);
}

#[test]
fn a_restarted_worker_goes_on_with_its_last_control() {
    let Some(binary) = rig::binary() else { return };
    let pod = Pod::new(&binary, busy);
    let worker = pod.start();
    assert_eq!(worker.put(5, "Running").status, 200);
    rig::eventually("orders", SOON, || pod.db().number(ORDERS) > 0);
    worker.kill();

    // Nobody tells it anything: operator and API server are away.
    let before = pod.db().number(OPENED);
    let worker = pod.start();
    rig::eventually("it goes on", SOON, || pod.db().number(OPENED) > before);
    assert_eq!(worker.control()["control"]["generation"], 5);
    assert_eq!(worker.put(6, "Paused").status, 200);
    worker.kill();

    let worker = pod.start();
    rig::eventually("it has started", SOON, || worker.not_ready().is_empty());
    let before = pod.db().number(OPENED);
    pod.pass_an_hour();
    assert_eq!(pod.db().number(OPENED), before, "it stays paused");
    let control = worker.control();
    assert_eq!(
        (
            &control["control"]["in_force"],
            &control["control"]["effective_generation"]
        ),
        (&json!("Paused"), &json!(6)),
        "{control}"
    );
}

#[test]
fn the_highest_generation_wins_and_repeats_change_nothing() {
    let Some(binary) = rig::binary() else { return };
    let pod = Pod::new(&binary, busy);
    let worker = pod.start();
    // What is sent, the answer, and the generation and level that stand afterwards.
    for (generation, desired, code, stands, in_force) in [
        (3, "Paused", 200, 3, "Paused"),
        (3, "Paused", 200, 3, "Paused"),
        (3, "Running", 409, 3, "Paused"),
        (2, "Running", 409, 3, "Paused"),
        (2, "Paused", 200, 3, "Paused"),
        (0, "CloseAll", 409, 3, "Paused"),
        (9, "Running", 200, 9, "Running"),
        (3, "Paused", 409, 9, "Running"),
        (10, "CloseAll", 200, 10, "CloseAll"),
        (11, "Stopped", 200, 11, "Stopped"),
        (12, "Paused", 200, 12, "Paused"),
    ] {
        let answer = worker.put(generation, desired);
        let reply = answer.json();
        assert_eq!(answer.status, code, "{generation} {desired}: {answer:?}");
        let control = &reply["control"];
        assert_eq!(
            (
                &reply["accepted"],
                &control["generation"],
                &control["in_force"]
            ),
            (&json!(code == 200), &json!(stands), &json!(in_force)),
            "{generation} {desired}: {reply}"
        );
        assert!(reply["not_ready"].is_array() && reply["crashes_recent"] == 0);
        assert_eq!(reply["error"].is_string(), code == 409, "{reply}");
    }
    assert_eq!(
        pod.db().number("SELECT count(*) FROM control_messages"),
        5,
        "each change once"
    );
}

#[test]
fn only_the_operators_tokens_open_it_and_a_new_key_needs_no_restart() {
    let Some(binary) = rig::binary() else { return };
    let pod = Pod::new(&binary, busy);
    let worker = pod.start_trading();
    let (next, stranger) = (Key::number(2), Key::number(3));
    let read = pod.key.token(UID, "read", 0);
    let codes = |token: &str| {
        let put = {
            let bearer = format!("Bearer {token}");
            rig::http::put(
                &worker.address,
                "/api/v1/control",
                &[("authorization", &bearer)],
                r#"{"generation":1,"desired":"Running"}"#,
            )
        };
        (worker.get("/api/v1/status", token).status, put.status)
    };
    assert_eq!(codes(&pod.key.token(UID, "control", 0)), (200, 200));
    assert_eq!(codes(&read), (200, 401), "to look is not to control");
    for (what, token) in [
        ("nobody's", String::new()),
        ("another bot's", pod.key.token("another", "control", 0)),
        ("an old one", pod.key.token(UID, "control", 120)),
        ("a stranger's", stranger.token(UID, "control", 0)),
        ("the next key's", next.token(UID, "control", 0)),
    ] {
        assert_eq!(codes(&token), (401, 401), "{what}");
    }
    pod.publish(&[&pod.key, &next]);
    assert_eq!(codes(&next.token(UID, "control", 0)), (200, 200));
    pod.publish(&[&next]);
    assert_eq!(codes(&pod.key.token(UID, "control", 0)), (401, 401));
    // Probes and scrapes are open, and hold nothing of it.
    for path in ["/livez", "/readyz", "/metrics", "/api/v1/health"] {
        let answer = worker.open(path);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        assert!(!answer.body.contains(UID), "{path}");
    }
}

#[test]
fn ctl_needs_no_flags_in_the_pod_and_its_hold_beats_the_operator() {
    let Some(binary) = rig::binary() else { return };
    let pod = Pod::new(&binary, busy);
    let worker = pod.start_trading();
    rig::eventually("orders", SOON, || pod.db().number(ORDERS) > 0);
    let closed = pod.ctl(&["close-all", "--wait"]);
    assert_eq!(closed.status.code(), Some(0), "{closed:?}");
    // The operator does not know of it and repeats what it wants.
    assert_eq!(worker.put(2, "Running").status, 200);
    let status = pod.status();
    assert_eq!(
        (&status["positions"], &status["control"]["in_force"]),
        (&json!([]), &json!("CloseAll")),
        "{status}"
    );
    let before = pod.db().number(ORDERS);
    pod.pass_an_hour();
    assert_eq!(pod.db().number(ORDERS), before, "it stays flat");
    assert_eq!(pod.ctl(&["resume"]).status.code(), Some(0));
    rig::eventually("it trades again", SOON, || pod.db().number(ORDERS) > before);
}

#[test]
fn close_all_of_the_operator_is_effective_when_the_exchange_is_flat() {
    let Some(binary) = rig::binary() else { return };
    let pod = Pod::new(&binary, busy);
    let worker = pod.start_trading();
    rig::eventually("a position", SOON, || {
        pod.status()["positions"] != json!([])
    });
    assert_eq!(worker.put(2, "CloseAll").status, 200);
    rig::eventually("effective", SOON, || {
        worker.control()["control"]["effective"] == true
    });
    let reply = worker.control();
    let control = &reply["control"];
    assert_eq!(
        (&control["effective_generation"], &control["remaining"]),
        (&json!(2), &json!({"positions": 0, "orders": 0})),
        "{reply}"
    );
    let open = "SELECT count(*) FROM orders WHERE status NOT IN ('Filled', 'Canceled', 'FAILED')";
    assert_eq!(pod.db().number(open), 0);
}
