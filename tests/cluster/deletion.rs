//! Deleted in every state: closed or kept as the policy says, nothing left behind, nothing stuck without a sentence.
//!
//! The tables are on disks that outlive the bots, so that the exchange model's own ledger can be read afterwards.

use std::time::Duration;

use serde_json::{Value, json};

use crate::rig::books::{self, FLAT, Ledger};
use crate::rig::bot::{Bot, SOON};
use crate::rig::cluster::SYSTEM;
use crate::rig::manifest::{busy, calm, changed};
use crate::rig::space::Space;
use crate::rig::volume::Volume;
use crate::rig::{eventually, ran, seconds};

/// Closing takes seconds, and a pod may take some more to go.
const GONE_LIMIT: Duration = seconds(60);

/// A bot with a position, on a disk that stays.
#[track_caller]
fn holding<'a>(space: &'a Space, volume: &Volume<'_>, patch: &Value) -> Bot<'a> {
    // It takes its positions once, perhaps before anybody looks.
    let bot = space.applied(&volume.under(changed(calm("x"), patch)));
    bot.is_ready();
    let db = volume.db();
    eventually("a position with its stop", SOON, || {
        let ledger = books::ledger(&db);
        ledger.positions > 0 && ledger.orders >= ledger.positions as u64
    });
    bot
}

#[track_caller]
fn nothing_is_left(space: &Space) {
    eventually("nothing is left behind", SOON, || space.left().is_empty());
}

#[track_caller]
fn was_closed(volume: &Volume<'_>) {
    let db = volume.db();
    assert_eq!(books::ledger(&db), FLAT);
    assert_eq!(books::opened_while_held(&db), [""; 0]);
    books::nothing_is_doubled(&db);
}

#[test]
fn deleted_while_it_runs_it_is_closed_first() {
    let Some(space) = Space::new("delete-running") else {
        return;
    };
    let Some(volume) = Volume::new(&space, "x") else {
        return;
    };
    let bot = holding(&space, &volume, &json!({}));
    space.kubectl(&["delete", &bot.short(), "--timeout=60s"]);
    nothing_is_left(&space);
    was_closed(&volume);
}

#[test]
fn deleted_while_it_is_paused_it_is_closed_first() {
    let Some(space) = Space::new("delete-paused") else {
        return;
    };
    let Some(volume) = Volume::new(&space, "x") else {
        return;
    };
    let bot = holding(&space, &volume, &json!({}));
    bot.desire("Paused");
    bot.wait_for("TradingPaused", SOON);
    assert_ne!(books::ledger(&volume.db()).positions, 0);
    space.kubectl(&["delete", &bot.short(), "--timeout=60s"]);
    nothing_is_left(&space);
    was_closed(&volume);
}

#[test]
fn with_the_policy_retain_positions_and_stops_stay() {
    let Some(space) = Space::new("delete-retain") else {
        return;
    };
    let Some(volume) = Volume::new(&space, "x") else {
        return;
    };
    let bot = holding(
        &space,
        &volume,
        &json!({"spec": {"deletionPolicy": "Retain"}}),
    );
    let kept = books::ledger(&volume.db());
    assert_ne!(kept, FLAT);
    space.kubectl(&["delete", &bot.short(), "--timeout=60s"]);
    nothing_is_left(&space);
    assert_eq!(books::ledger(&volume.db()), kept);
    let Ledger { positions, orders } = kept;
    assert!(orders >= positions as u64, "each has its stop");
}

#[test]
fn deleted_in_the_foreground_its_worker_lives_until_it_is_closed() {
    let Some(space) = Space::new("delete-foreground") else {
        return;
    };
    let Some(volume) = Volume::new(&space, "x") else {
        return;
    };
    let bot = holding(&space, &volume, &json!({}));
    space.kubectl(&[
        "delete",
        &bot.short(),
        "--cascade=foreground",
        "--timeout=60s",
    ]);
    nothing_is_left(&space);
    was_closed(&volume);
}

#[test]
fn a_bot_that_never_ran_goes_at_once() {
    let Some(space) = Space::new("delete-broken") else {
        return;
    };
    let bot = space.applied(&changed(
        busy("x"),
        &json!({"spec": {"worker": {"image": "ghcr.io/aicoin-dev/there-is-no-such-image:0"}}}),
    ));
    eventually("it says what is wrong", SOON, || {
        bot.condition("Degraded") == "True ImageUnavailable"
    });
    space.kubectl(&["delete", &bot.short(), "--timeout=30s"]);
    nothing_is_left(&space);
}

#[test]
fn a_deletion_that_cannot_end_says_why_and_ends_when_it_is_forced() {
    let Some(space) = Space::new("delete-stuck") else {
        return;
    };
    let Some(volume) = Volume::new(&space, "x") else {
        return;
    };
    let bot = holding(&space, &volume, &json!({}));
    // Its positions are open, and no worker will ever run again.
    bot.patch(
        &json!({"spec": {"worker": {"image": "ghcr.io/aicoin-dev/there-is-no-such-image:0"}}}),
    );
    eventually("the new pod cannot start", GONE_LIMIT, || {
        bot.condition("Degraded") == "True ImageUnavailable"
    });
    bot.delete(&[]);
    eventually("it says why", seconds(120), || {
        bot.condition("Degraded") == "True DeletionStuck"
    });
    bot.tells("DeletionStuck");
    let message = bot.get()["status"]["conditions"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["type"] == "Degraded")
        .unwrap()["message"]
        .clone();
    assert!(
        message
            .as_str()
            .unwrap()
            .contains("aicoin.dev/force-delete=\"true\""),
        "the way out is told: {message}"
    );

    bot.annotate("aicoin.dev/force-delete=true");
    bot.is_gone(GONE_LIMIT);
    nothing_is_left(&space);
    assert_ne!(books::ledger(&volume.db()), FLAT, "nobody could close them");
}

#[test]
fn with_the_finalizer_taken_out_by_hand_it_is_closed_all_the_same() {
    let Some(space) = Space::new("delete-finalizer") else {
        return;
    };
    let Some(volume) = Volume::new(&space, "x") else {
        return;
    };
    let bot = holding(&space, &volume, &json!({}));
    // A worker that does not answer: the finalizer waits for it, and somebody loses patience.
    bot.signal("-STOP");
    bot.delete(&[]);
    eventually("it waits", SOON, || bot.status("/state") == "Deleting");
    bot.patch(&json!({"metadata": {"finalizers": null}}));
    bot.is_gone(SOON);
    bot.signal("-CONT");
    bot.tells("BotGone");
    eventually("nothing is left behind", GONE_LIMIT, || {
        space.left().is_empty()
    });
    was_closed(&volume);
}

#[test]
fn an_operator_that_is_restarted_in_the_middle_ends_the_deletion() {
    let Some(space) = Space::alone("delete-restart") else {
        return;
    };
    let Some(volume) = Volume::new(&space, "x") else {
        return;
    };
    let bot = holding(&space, &volume, &json!({}));
    bot.signal("-STOP");
    bot.delete(&[]);
    eventually("it waits", SOON, || bot.status("/state") == "Deleting");
    ran(space.rig.kubectl().args([
        "-n",
        SYSTEM,
        "delete",
        "pod",
        "--selector=app.kubernetes.io/name=aicoin-operator",
        "--force",
        "--grace-period=0",
    ]));
    // The kubelet may have started a new one by now; that one is not frozen.
    bot.signal("-CONT");
    space.rig.operator_is_up();
    bot.is_gone(GONE_LIMIT);
    nothing_is_left(&space);
    was_closed(&volume);
}

#[test]
fn a_deleted_namespace_goes_away_with_its_bots() {
    let Some(space) = Space::new("delete-namespace") else {
        return;
    };
    space.trading(&busy("one"));
    let paused = json!({"spec": {"desiredState": "Paused"}});
    space.applied(&changed(busy("two"), &paused)).is_ready();
    space.kubectl(&["delete", "namespace", &space.name, "--timeout=90s"]);
}
