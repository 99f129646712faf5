//! Killed, frozen, crashed again and again: nothing is lost or doubled, and a bot that keeps dying stops opening.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;
use sqlx::Row;

use crate::pod::busy;
use crate::restart::assert_rows_agree;
use crate::rig::pod::{Pod, Process};
use crate::rig::{self};

const SOON: Duration = Duration::from_secs(30);
const OPENED: &str = "SELECT count(*) FROM orders WHERE leg = 'open'";

#[test]
fn frozen_and_killed_it_reconciles_before_it_trades_and_doubles_nothing() {
    let Some(binary) = rig::binary() else { return };
    let pod = Pod::new(&binary, busy);
    for freeze in 0..3 {
        let worker = pod.start_trading();
        let fills = pod.db().number("SELECT count(*) FROM fills");
        rig::eventually("it trades", SOON, || {
            pod.db().number("SELECT count(*) FROM fills") > fills
        });
        // As a node does it that hangs: the kubelet's probes fail, and it kills.
        worker.signal(Signal::STOP);
        std::thread::sleep(Duration::from_millis(300 + 211 * freeze));
        worker.kill();
        assert_rows_agree(&pod.db(), &format!("frozen {freeze}"));
        // The breaker counts these, too: time passes.
        std::fs::remove_file(pod.data().join("starts.json")).unwrap();
    }
    let worker = pod.start();
    let before = pod.db().number(OPENED);
    rig::eventually("it goes on", SOON, || pod.db().number(OPENED) > before);
    worker.stop();
    let db = pod.db();
    assert_rows_agree(&db, "at the end");
    // In every tenure the account was read before the first order was written.
    for row in db.rows(
        "SELECT lease_epoch, min(created_at_ms) AS first,
             (SELECT min(time_ms) FROM journal
              WHERE journal.lease_epoch = orders.lease_epoch AND input LIKE '{\"Account\"%') AS read
         FROM orders WHERE leg = 'open' GROUP BY lease_epoch",
    ) {
        let (epoch, first, read): (i64, i64, Option<i64>) = (row.get(0), row.get(1), row.get(2));
        assert!(
            read.is_some_and(|read| read <= first),
            "epoch {epoch}: first order at {first}, account read at {read:?}"
        );
    }
}

/// After so many crashes it dies and is started again, until the process that the third crash makes.
fn crash_until_halted(pod: &Pod, crashed: u64) -> Process {
    for crashes in crashed..3 {
        let worker = pod.start_trading();
        rig::eventually("it has started", SOON, || worker.not_ready().is_empty());
        assert_eq!(worker.control()["crashes_recent"], crashes);
        worker.kill();
    }
    pod.start()
}

#[test]
fn three_crashes_halt_it_until_a_person_settles_it() {
    let Some(binary) = rig::binary() else { return };
    let pod = Pod::new(&binary, busy);
    let worker = crash_until_halted(&pod, 0);
    rig::eventually("halted", SOON, || worker.not_ready() == ["CrashLoop"]);
    let reply = worker.control();
    assert_eq!(
        (
            &reply["ready"],
            &reply["not_ready"],
            &reply["crashes_recent"]
        ),
        (&json!(false), &json!(["CrashLoop"]), &json!(3)),
        "{reply}"
    );
    assert_eq!(worker.open("/livez").status, 200, "no reason to restart it");
    let unresolved = pod
        .db()
        .rows("SELECT id, code, detail FROM risk_events WHERE resolved = false");
    assert_eq!(unresolved.len(), 1);
    let (id, code): (i64, &str) = (unresolved[0].get(0), unresolved[0].get(1));
    assert_eq!(code, "CrashLoop");
    let told = pod.ctl(&["status"]).stdout;
    for words in [
        "ready      no: CrashLoop",
        &format!("aicoin-worker ctl resolve {id}"),
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }

    // No control, no hold and no restart lifts it.
    let before = pod.db().number(OPENED);
    assert_eq!(worker.put(2, "Paused").status, 200);
    assert_eq!(worker.put(3, "Running").status, 200);
    assert_eq!(pod.ctl(&["resume"]).status.code(), Some(0));
    worker.stop();
    let worker = pod.start();
    rig::eventually("still halted", SOON, || worker.not_ready() == ["CrashLoop"]);
    pod.pass_an_hour();
    assert_eq!(pod.db().number(OPENED), before);
    pod.ctl(&["resolve", "999"])
        .assert_refused_with(&["There is no risk event 999"]);
    let without = pod.ctl(&["resolve"]);
    assert_eq!(without.status.code(), Some(2), "{without:?}");
    assert!(without.stderr.contains("<EVENT>"), "{without:?}");

    let settled = pod.ctl(&["resolve", &id.to_string()]);
    assert_eq!(settled.status.code(), Some(0), "{settled:?}");
    assert_eq!(
        pod.db()
            .number("SELECT count(*) FROM risk_events WHERE resolved = false"),
        0
    );
    rig::eventually("it trades again", SOON, || pod.db().number(OPENED) > before);
    assert_eq!(worker.not_ready(), [""; 0]);
    pod.ctl(&["resolve", &id.to_string()])
        .assert_refused_with(&["settled already"]);
    // What is settled stays settled, and clean stops are no crashes.
    worker.stop();
    let worker = pod.start();
    rig::eventually("ready", SOON, || worker.not_ready().is_empty());
}

#[test]
fn a_halted_bot_keeps_its_stops_and_gets_flat_on_demand() {
    let Some(binary) = rig::binary() else { return };
    let pod = Pod::new(&binary, busy);
    let worker = pod.start_trading();
    rig::eventually("a position", SOON, || {
        pod.status()["positions"] != json!([])
    });
    worker.kill();
    let worker = crash_until_halted(&pod, 1);
    rig::eventually("halted", SOON, || worker.not_ready() == ["CrashLoop"]);
    let status = pod.status();
    for position in status["positions"].as_array().unwrap() {
        assert_eq!(position["protected"], true, "{status}");
    }
    let closed = pod.ctl(&["close-all", "--wait"]);
    assert_eq!(closed.status.code(), Some(0), "{closed:?}");
    assert_eq!(pod.status()["positions"], json!([]));
    assert_eq!(worker.not_ready(), ["CrashLoop"], "it is still halted");
}
