//! Workers that freeze, die and are moved: the kubelet and the node do what they do, and no order is lost or doubled.

use std::io::Read as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::Row as _;

use crate::rig::books;
use crate::rig::bot::{SOON, a_while};
use crate::rig::cluster::Rig;
use crate::rig::db::Db;
use crate::rig::manifest::busy;
use crate::rig::space::Space;
use crate::rig::volume::Volume;
use crate::rig::{always, eventually, eventually_some, ran, seconds, words};

/// A frozen worker is a new one by then.
const RESTART_LIMIT: Duration = seconds(60);
/// What the worker's pod is given to stop.
const GRACE: Duration = seconds(30);
/// So many crashes within five minutes halt a bot.
const CRASHES: u64 = 3;

#[test]
fn a_frozen_worker_is_restarted_and_reconciles_before_it_trades() {
    let Some(space) = Space::new("frozen") else {
        return;
    };
    if space.rig.node().is_none() {
        return;
    }
    let bot = space.trading(&busy("x"));
    let db = bot.db().unwrap();
    eventually("a position", SOON, || books::ledger(&db).positions > 0);
    let before = bot.pod();
    let epoch = epoch(&db);

    let frozen = Instant::now();
    bot.signal("-STOP");
    bot.tells("WorkerStuck");
    eventually("the kubelet restarts it", RESTART_LIMIT, || {
        bot.pod().restarts == before.restarts + 1
    });
    let restarted_in = frozen.elapsed();
    eventually(
        "it is ready",
        RESTART_LIMIT.saturating_sub(restarted_in),
        || bot.is("Ready") && bot.pod().process().1 == before.restarts + 1,
    );
    let ready_in = frozen.elapsed();
    println!(
        "figure: a frozen worker is restarted in {:.1} s and ready in {:.1} s",
        restarted_in.as_secs_f64(),
        ready_in.as_secs_f64()
    );
    assert_eq!(bot.pod().uid, before.uid, "the pod stays");
    bot.tells("WorkerRestarted");
    assert_eq!(bot.status("/restarts"), json!(before.restarts + 1));

    bot.trades();
    reconciled_before_it_traded(&db, epoch + 1);
    books::nothing_is_doubled(&db);
    assert_eq!(bot.told()["crashes_recent"], json!(1));
}

/// The lease's epoch: every process has its own.
fn epoch(db: &Db) -> i64 {
    db.number("SELECT max(epoch) FROM leases")
}

/// The process of that epoch heard of the account before it wrote its first opening order.
#[track_caller]
fn reconciled_before_it_traded(db: &Db, epoch: i64) {
    let rows = db
        .rows("SELECT lease_epoch, seq, time_ms, substr(input, 1, 200) FROM journal ORDER BY seq");
    let account_read = rows
        .iter()
        .find(|row| row.get::<i64, _>(0) == epoch && row.get::<&str, _>(3).contains("Account"))
        .map(|row| row.get::<i64, _>(2));
    let first_opening = db
        .rows(
            "SELECT created_at_ms, lease_epoch FROM orders WHERE NOT reduce_only ORDER BY created_at_ms",
        )
        .iter()
        .find(|row| row.get::<i64, _>(1) == epoch)
        .map(|row| row.get::<i64, _>(0));
    let (Some(account_read), Some(first_opening)) = (account_read, first_opening) else {
        panic!(
            "epoch {epoch}: the account was read at {account_read:?}, the first opening order is of {first_opening:?}"
        );
    };
    assert!(
        account_read <= first_opening,
        "it opened at {first_opening} and read the account at {account_read}"
    );
}

#[test]
fn a_worker_that_is_killed_again_and_again_halts_until_a_person_settles_it() {
    let Some(space) = Space::new("crash-loop") else {
        return;
    };
    if space.rig.node().is_none() {
        return;
    }
    let bot = space.trading(&busy("x"));
    let db = bot.db().unwrap();
    let already = bot.pod().restarts;
    for count in 1..=CRASHES {
        eventually("a position with its stop", SOON, || {
            let ledger = books::ledger(&db);
            ledger.positions > 0 && ledger.orders >= ledger.positions as u64
        });
        bot.signal("-KILL");
        eventually("it is started again", SOON, || {
            bot.pod().restarts == already + count
        });
        eventually("it answers", SOON, || {
            bot.exec(&["ctl", "status"]).status.success()
        });
    }
    eventually("the breaker trips", SOON, || {
        bot.condition("Degraded") == "True CrashLoop"
    });
    assert_eq!(bot.status("/state"), "Halted");
    bot.tells("CrashLoop");

    let opened = books::openings(&db);
    eventually("its positions are protected", SOON, || {
        let told = bot.told();
        let positions = told["positions"].as_array().unwrap();
        !positions.is_empty() && positions.iter().all(|it| it["protected"] == json!(true))
    });
    always("it opens nothing", a_while(), || {
        books::openings(&db) == opened
    });

    let event = db.number("SELECT id FROM risk_events WHERE code = 'CrashLoop' AND NOT resolved");
    bot.ctl(&["resolve", &event.to_string()]);
    bot.wait_for("Ready", seconds(90));
    eventually("it trades again", SOON, || books::openings(&db) > opened);
    eventually("the status knows", seconds(90), || {
        bot.status("/state") == "Running" && bot.condition("Degraded") == "False AsAsked"
    });
    books::nothing_is_doubled(&db);
}

#[test]
fn a_drained_node_lets_the_worker_stop_cleanly_and_the_next_pod_goes_on() {
    let Some(space) = Space::alone("drain") else {
        return;
    };
    let Some(volume) = Volume::new(&space, "x") else {
        return;
    };
    let node = space.rig.node().unwrap().name();
    let bot = space.trading(&volume.under(busy("x")));
    let db = volume.db();
    let before = bot.pod();
    let orders = books::openings(&db);

    let mut log = space
        .command(&["logs", "--follow", &before.name])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let pods = space
        .rig
        .api
        .watch(&format!("/api/v1/namespaces/{}/pods", space.name));
    let begun = Instant::now();
    let cordoned = Cordoned {
        rig: space.rig,
        node,
    };
    ran(space.rig.kubectl().args([
        "drain",
        node,
        "--ignore-daemonsets",
        "--delete-emptydir-data",
        "--force",
        "--timeout=90s",
    ]));
    let (code, ended_in) = eventually_some("the last word of the pod", SOON, || {
        pods.try_iter()
            .filter(|seen| seen.object["metadata"]["uid"] == before.uid.as_str())
            .find_map(|seen| Some((exit_code(&seen.object)?, seen.at - begun)))
    });
    drop(cordoned);
    let uncordoned = Instant::now();
    assert_eq!(code, 0, "it stopped as it was asked to");
    assert!(ended_in < GRACE, "{ended_in:?}");
    let mut words = String::new();
    log.stdout
        .take()
        .unwrap()
        .read_to_string(&mut words)
        .unwrap();
    log.wait().unwrap();
    assert!(
        words.contains("stopped: everything is written down"),
        "{words}"
    );

    space.rig.operator_is_up();
    eventually("another pod", SOON, || {
        bot.pod_now().is_some_and(|pod| pod.uid != before.uid)
    });
    eventually("it goes on", SOON, || books::openings(&db) > orders);
    println!(
        "figure: drained, the worker stopped after {:.1} s; the next pod traded {:.1} s after the node was back",
        ended_in.as_secs_f64(),
        uncordoned.elapsed().as_secs_f64()
    );
    bot.wait_for("Ready", SOON);
    // The same account: the lease was let go of, and its next holder is another pod.
    assert_eq!(epoch(&db), 2);
    assert_eq!(bot.told()["crashes_recent"], json!(0), "that was no crash");
    books::nothing_is_doubled(&db);
}

/// A node that takes no pods. It takes them again whatever becomes of the test: others need it.
struct Cordoned<'a> {
    rig: &'a Rig,
    node: &'a str,
}

impl Drop for Cordoned<'_> {
    fn drop(&mut self) {
        let output = self.rig.kubectl().args(["uncordon", self.node]).output();
        println!(
            "{}",
            output.map_or_else(|error| error.to_string(), |it| words(&it))
        );
    }
}

fn exit_code(pod: &Value) -> Option<i64> {
    pod.pointer("/status/containerStatuses/0/state/terminated/exitCode")?
        .as_i64()
}
