//! Control from a terminal: pause, resume, close-all and status over the socket, accepted and effective.

use std::time::Duration;

use rustix::process::Signal;

use crate::rig::db::Db;
use crate::rig::manifest::Rule;
use crate::rig::worker::{self, Worker};
use crate::rig::{self, http};

const SOON: Duration = Duration::from_secs(30);

/// A worker that trades all the time.
fn busy(binary: &std::path::Path, dir: &std::path::Path) -> Worker {
    let manifest = Rule {
        fast: 1,
        slow: 2,
        stop_loss_pct: Some("2"),
        ..Rule::default()
    }
    .write(dir);
    let worker = Worker::start(binary, &manifest, &dir.join("data"), &["--speed", "300"]);
    rig::eventually("a position", SOON, || {
        worker.status()["positions"]
            .as_array()
            .is_some_and(|all| !all.is_empty())
    });
    worker
}

#[test]
fn pause_is_accepted_and_effective_and_opens_nothing() {
    let Some(binary) = rig::binary() else { return };
    let dir = rig::scratch();
    let worker = busy(&binary, dir.path());
    let ended = worker.ctl(&["pause", "--wait"]);
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert!(ended.stdout.contains("accepted, effective"), "{ended:?}");
    let control = worker.status()["control"].clone();
    assert_eq!(
        (&control["in_force"], &control["local_hold"]),
        (&"Paused".into(), &"Paused".into()),
        "{control}"
    );
    assert_eq!(
        (&control["accepted"], &control["effective"]),
        (&true.into(), &true.into()),
        "{control}"
    );

    let db = Db::of(&dir.path().join("data"));
    let opened = "SELECT count(*) FROM orders WHERE leg = 'open'";
    let before = db.number(opened);
    let time = worker.status()["time_ms"].as_i64().unwrap();
    rig::eventually("an hour of the market", SOON, || {
        worker.status()["time_ms"].as_i64().unwrap() > time + 3_600_000
    });
    assert_eq!(db.number(opened), before, "nothing is opened while paused");

    let ended = worker.ctl(&["resume", "--wait"]);
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    rig::eventually("it opens again", SOON, || db.number(opened) > before);
}

#[test]
fn close_all_ends_flat_and_stays_flat_until_resume() {
    let Some(binary) = rig::binary() else { return };
    let dir = rig::scratch();
    let worker = busy(&binary, dir.path());
    let ended = worker.ctl(&["close-all", "--wait"]);
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    let status = worker.status();
    assert_eq!(status["positions"], serde_json::json!([]), "{status}");
    let control = &status["control"];
    assert_eq!(
        (&control["in_force"], &control["effective"]),
        (&"CloseAll".into(), &true.into()),
        "{status}"
    );
    assert_eq!(
        control["remaining"],
        serde_json::json!({"positions": 0, "orders": 0}),
        "{status}"
    );
    let orders = worker.count("orders");
    let time = status["time_ms"].as_i64().unwrap();
    rig::eventually("an hour of the market", SOON, || {
        worker.status()["time_ms"].as_i64().unwrap() > time + 3_600_000
    });
    assert_eq!(worker.count("orders"), orders, "it stays flat");
    assert_eq!(worker.ctl(&["resume"]).status.code(), Some(0));
    rig::eventually("it trades again", SOON, || worker.count("orders") > orders);
}

#[test]
fn a_hold_survives_kill_9() {
    let Some(binary) = rig::binary() else { return };
    let dir = rig::scratch();
    let worker = busy(&binary, dir.path());
    assert_eq!(
        worker.ctl(&["close-all"]).status.code(),
        Some(0),
        "accepted is durable"
    );
    worker.kill();
    let manifest = dir.path().join("test.yaml");
    let worker = Worker::start(
        &binary,
        &manifest,
        &dir.path().join("data"),
        &["--speed", "300"],
    );
    rig::eventually("effective", SOON, || {
        worker.status()["control"]["effective"] == true
    });
    let status = worker.status();
    assert_eq!(
        (&status["control"]["in_force"], &status["positions"]),
        (&"CloseAll".into(), &serde_json::json!([])),
        "{status}"
    );
}

#[test]
fn status_is_for_people_and_for_programs() {
    let Some(binary) = rig::binary() else { return };
    let dir = rig::scratch();
    let worker = busy(&binary, dir.path());
    let people = worker.ctl(&["status"]);
    assert_eq!(people.status.code(), Some(0), "{people:?}");
    for word in [
        "default/test",
        "Running",
        "equity",
        "position   BTC",
        "stop ",
    ] {
        assert!(people.stdout.contains(word), "{word}: {}", people.stdout);
    }
    let programs: serde_json::Value =
        serde_json::from_str(&worker.ctl(&["status", "--json"]).stdout).unwrap();
    assert_eq!(programs["bot"], "default/test");
    let decisions = programs["decisions"].as_array().unwrap();
    let told = |decision: &serde_json::Value, name: &str| decision[name].is_string();
    assert!(
        (1..=10).contains(&decisions.len())
            && decisions
                .iter()
                .all(|it| told(it, "action") && told(it, "verdict") && told(it, "reason")),
        "{programs}"
    );
    assert!(
        programs["account"]["equity"].is_string() && programs["counts"]["orders"].is_u64(),
        "{programs}"
    );
}

#[test]
fn the_page_and_ctl_set_the_same_hold() {
    let Some(binary) = rig::binary() else { return };
    let dir = rig::scratch();
    let worker = busy(&binary, dir.path());
    let bearer = format!("Bearer {}", worker.token);
    let answer = http::put(
        &worker.address,
        "/api/v1/control",
        &[("authorization", &bearer)],
        r#"{"hold":"Paused"}"#,
    );
    assert_eq!(
        (answer.status, &answer.json()["accepted"]),
        (200, &true.into()),
        "{answer:?}"
    );
    assert!(worker.ctl(&["status"]).stdout.contains("local hold Paused"));
    assert_eq!(worker.ctl(&["resume"]).status.code(), Some(0));
    assert_eq!(worker.status()["control"]["local_hold"], "None");
}

#[test]
fn ctl_without_a_bot_says_so() {
    let Some(binary) = rig::binary() else { return };
    let dir = rig::scratch();
    for verb in ["pause", "resume", "close-all", "status"] {
        worker::ctl(&binary, dir.path(), &[verb]).assert_refused_with(&["is the bot running"]);
    }
    // The socket of a worker that was killed is no worker.
    let manifest = Rule::default().write(dir.path());
    let data = dir.path().join("data");
    let worker = Worker::start(&binary, &manifest, &data, &[]);
    worker.signal(Signal::KILL);
    drop(worker);
    worker::ctl(&binary, &data, &["status"]).assert_refused_with(&["is the bot running"]);
}
