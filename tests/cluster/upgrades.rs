//! What changes around a worker restarts it only when somebody asked for that.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::rig::bot::{Bot, SOON, now};
use crate::rig::cluster::{OPERATOR, Rig, SYSTEM};
use crate::rig::manifest::{busy, changed};
use crate::rig::space::Space;
use crate::rig::{always, eventually, eventually_some, ran, seconds};

/// From the publication of a new control key to its first signature, in the test: ConfigMaps reach pods here within
/// five seconds.
const OVERLAP: &str = "10s";
/// The operator looks at the key every ten seconds, and waits for the overlap twice.
const ROTATED_LIMIT: Duration = seconds(90);

#[test]
fn the_restart_annotation_restarts_the_worker_once() {
    let Some(space) = Space::new("restart") else {
        return;
    };
    let bot = space.trading(&busy("x"));
    let before = bot.pod();
    let time = now();
    bot.annotate(&format!("aicoin.dev/restarted-at={time}"));
    eventually("it is restarted and ready", SOON, || {
        bot.status("/lastRestartAt") == time.as_str() && bot.is("Ready")
    });
    let after = bot.pod();
    assert_ne!(after.uid, before.uid);
    bot.tells("Restarted");
    bot.trades();
    // Once; and what is no time asks for nothing.
    bot.annotate(&format!("aicoin.dev/restarted-at={time}"));
    bot.annotate("aicoin.dev/restarted-at=now");
    always("it is not restarted again", seconds(3), || {
        bot.pod_now().is_some_and(|pod| pod.uid == after.uid)
    });
}

#[test]
fn an_upgraded_operator_with_another_default_image_restarts_no_pinned_worker() {
    let Some(space) = Space::alone("upgrade") else {
        return;
    };
    let Some(node) = space.rig.node() else { return };
    let pinned = space.trading(&busy("pinned"));
    let automatic = space.trading(&changed(
        busy("automatic"),
        &json!({"spec": {"worker": {"updatePolicy": "Automatic"}}}),
    ));
    let before = pinned.pod().process();
    let image = pinned.status("/worker/image").as_str().unwrap().to_owned();
    // The same program under another name.
    let next = format!("{image}-next");
    ran(node.ctr().args(["images", "tag", "--force", &image, &next]));

    space.rig.upgrade(&[
        "--set",
        "replicas=2",
        "--set",
        "logLevel=debug",
        "--set",
        &format!("worker.image={next}"),
    ]);
    eventually("the automatic one follows", seconds(60), || {
        automatic.status("/worker/image") == next.as_str() && automatic.is("Ready")
    });
    pinned.trades();
    assert_eq!(pinned.pod().process(), before);
    assert_eq!(pinned.status("/worker/image"), image.as_str());
    // The new operator controls the old worker.
    pinned.desire("Paused");
    pinned.wait_for("TradingPaused", SOON);
    assert_eq!(pinned.pod().process(), before);
    // A new bot starts with the new image, and a restart takes it up.
    assert_eq!(
        space.trading(&busy("new")).status("/worker/image"),
        next.as_str()
    );
    pinned.annotate(&format!("aicoin.dev/restarted-at={}", now()));
    eventually("it takes up the new image", SOON, || {
        pinned.status("/worker/image") == next.as_str() && pinned.is("Ready")
    });

    // Of two operators the one that acts goes, and the other takes over.
    let gone = leader(space.rig);
    ran(space
        .rig
        .kubectl()
        .args(["-n", SYSTEM, "delete", "pod", &gone, "--wait=false"]));
    pinned.desire("Running");
    pinned.wait_for("Ready", SOON);
    eventually("it trades", SOON, || pinned.status("/state") == "Running");
    assert_ne!(leader(space.rig), gone);

    // And back to what the chart says by itself.
    space.rig.upgrade(&[]);
    automatic.wait_for("Ready", seconds(60));
}

fn leader(rig: &Rig) -> String {
    eventually_some("a leader", SOON, || {
        rig.api
            .get(&format!(
                "/apis/coordination.k8s.io/v1/namespaces/{SYSTEM}/leases/aicoin-operator"
            ))?
            .pointer("/spec/holderIdentity")?
            .as_str()
            .filter(|holder| !holder.is_empty())
            .map(str::to_owned)
    })
}

#[test]
fn a_rotated_control_key_restarts_nobody_and_control_works_all_the_time() {
    let Some(space) = Space::alone("key-rotation") else {
        return;
    };
    let rig = space.rig;
    ran(rig.kubectl().args([
        "-n",
        SYSTEM,
        "set",
        "env",
        OPERATOR,
        &format!("AICOIN_CONTROL_KEY_OVERLAP={OVERLAP}"),
    ]));
    rig.operator_is_up();
    let bot = space.trading(&busy("x"));
    let process = bot.pod().process();
    let operators = operators(rig);
    let old = published(&space);
    assert_eq!(old.len(), 1, "{old:?}");

    // The chart makes a new one where none is.
    ran(rig
        .kubectl()
        .args(["-n", SYSTEM, "delete", "secret", "aicoin-control-key"]));
    rig.upgrade(&[]);
    let turns = ["Paused", "Running"].into_iter().cycle();
    let mut turns = turns.inspect(|state| control_works(&bot, state));
    eventually("the new key signs alone", ROTATED_LIMIT, || {
        turns.next();
        let published = published(&space);
        published.len() == 1 && published != old
    });
    turns.next();
    turns.next();
    assert_eq!(bot.pod().process(), process);
    assert_eq!(self::operators(rig), operators, "nor is the operator");
    assert!(
        !bot.events()
            .iter()
            .any(|reason| reason == "ControlTokenRefused"),
        "{:?}",
        bot.events()
    );
    ran(rig.kubectl().args([
        "-n",
        SYSTEM,
        "set",
        "env",
        OPERATOR,
        "AICOIN_CONTROL_KEY_OVERLAP-",
    ]));
    rig.operator_is_up();
}

#[track_caller]
fn control_works(bot: &Bot<'_>, state: &str) {
    bot.desire(state);
    eventually(&format!("{state} is accepted"), SOON, || {
        let control = bot.status("/control");
        control["desired"] == state && control["generation"] == control["acceptedGeneration"]
    });
}

/// The names of the keys that workers of the namespace are told of.
fn published(space: &Space) -> BTreeSet<String> {
    let map = space
        .rig
        .api
        .get(&format!(
            "/api/v1/namespaces/{}/configmaps/aicoin-control-keys",
            space.name
        ))
        .unwrap();
    let keys: Value = serde_json::from_str(map["data"]["keys.json"].as_str().unwrap()).unwrap();
    keys["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect()
}

/// Uid and restarts of the operator's pods.
fn operators(rig: &Rig) -> Vec<(String, String)> {
    rig.api
        .list(&format!(
            "/api/v1/namespaces/{SYSTEM}/pods?labelSelector=app.kubernetes.io%2Fcomponent%3Doperator"
        ))
        .iter()
        .filter(|pod| pod["metadata"].get("deletionTimestamp").is_none())
        .map(|pod| {
            (
                pod["metadata"]["uid"].as_str().unwrap().to_owned(),
                pod["status"]["containerStatuses"][0]["restartCount"].to_string(),
            )
        })
        .collect()
}
