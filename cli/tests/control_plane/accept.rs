//! Asked, accepted and in force are three things, and the plugin says which.

use serde_json::{Value, json};

use crate::rig::Space;

fn asks_for(desired: &'static str) -> impl Fn(&Value) -> bool {
    move |object| object["spec"]["desiredState"] == desired
}

#[test]
fn a_pause_is_reported_once_the_worker_accepted_it() {
    let space = Space::new();
    space.bot("btc", "Running");
    space.operator_says("btc", "Running", [1, 1, 1]);
    let ended = space.run_and(&["pause", "btc"], "btc", asks_for("Paused"), || {
        space.operator_says("btc", "Paused", [2, 2, 1]);
    });
    ended.assert(
        0,
        &format!(
            "{}/btc: Paused is accepted by the worker: it opens nothing from now on.\n",
            space.name
        ),
        "",
    );
}

#[test]
fn a_close_all_with_wait_comes_back_when_positions_are_closed() {
    let space = Space::new();
    space.bot("btc", "Running");
    space.operator_says("btc", "Running", [1, 1, 1]);
    let ended = space.run_and(
        &["close-all", "btc", "--yes", "--wait", "--timeout=20s"],
        "btc",
        asks_for("CloseAll"),
        || {
            space.operator_says("btc", "CloseAll", [2, 2, 1]);
            space.condition("btc", "PositionsClosed", "False", 2, "1 position is left.");
            space.operator_says("btc", "CloseAll", [2, 2, 2]);
            space.condition("btc", "PositionsClosed", "True", 2, "Everything is closed.");
        },
    );
    ended.assert(
        0,
        &format!(
            "{}/btc: CloseAll is in force: every position is closed, and no order is open.\n",
            space.name
        ),
        "",
    );
}

#[test]
fn a_wait_that_ends_too_early_says_what_is_left() {
    let space = Space::new();
    space.bot("btc", "Running");
    space.operator_says("btc", "Running", [1, 1, 1]);
    let ended = space.run_and(
        &["close-all", "btc", "--yes", "--wait", "--timeout=1s"],
        "btc",
        asks_for("CloseAll"),
        || {
            space.operator_says("btc", "CloseAll", [2, 2, 1]);
            space.status("btc", &json!({"remaining": {"positions": 1, "orders": 2}}));
            space.condition("btc", "PositionsClosed", "False", 2, "It is being closed.");
        },
    );
    ended.assert(
        1,
        "",
        &format!(
            "kubectl-tradingbot: {}/btc: Condition PositionsClosed is not true after 1 s: PositionsClosed is False, 1 \
             position and 2 orders left: It is being closed (Test).\n",
            space.name
        ),
    );
}

#[test]
fn a_hold_with_wait_is_judged_by_the_control() {
    let space = Space::new();
    space.bot("btc", "Running");
    space.operator_says("btc", "Running", [1, 1, 1]);
    // True, and of before the hold: an annotation moves no generation, so only the control can tell.
    space.condition("btc", "TradingPaused", "True", 1, "Of before.");
    let held = |object: &Value| object["metadata"]["annotations"]["aicoin.dev/hold"] == "Paused";
    let ended = space.run_and(&["pause", "btc", "--hold", "--wait"], "btc", held, || {
        space.operator_says("btc", "Paused", [2, 2, 1]);
        space.operator_says("btc", "Paused", [2, 2, 2]);
    });
    ended.assert(
        0,
        &format!(
            "{}/btc: Paused is in force: it opens nothing, and no order of it could. (aicoin.dev/hold: Paused; \
             spec.desiredState: Running)\n",
            space.name
        ),
        "",
    );
}

#[test]
fn a_resume_that_a_hold_defeats_fails_and_says_how_to_lift_it() {
    let space = Space::new();
    space.bot("btc", "Paused");
    space.kubectl(&["annotate", "tradingbot", "btc", "aicoin.dev/hold=CloseAll"]);
    space.operator_says("btc", "CloseAll", [1, 1, 1]);
    let ended = space.run_and(&["resume", "btc"], "btc", asks_for("Running"), || {
        space.operator_says("btc", "CloseAll", [1, 1, 1]);
    });
    ended.assert(
        1,
        "",
        &format!(
            "kubectl-tradingbot: {}/btc: it is patched and does not trade: the annotation aicoin.dev/hold: CloseAll holds \
             it; lift it with `kubectl tradingbot resume btc --hold`.\n",
            space.name
        ),
    );
}

#[test]
fn a_local_hold_defeats_a_resume_too() {
    let space = Space::new();
    space.bot("btc", "Paused");
    let ended = space.run_and(&["resume", "btc"], "btc", asks_for("Running"), || {
        space.operator_says("btc", "Running", [2, 2, 1]);
        space.status("btc", &json!({"control": {"localHold": "Paused"}}));
    });
    // The two writes are two: a look in between would have called it accepted.
    let held = format!(
        "kubectl-tradingbot: {}/btc: it is patched and does not trade: the worker's local hold Paused keeps it; lift it with \
         `kubectl tradingbot resume btc --direct`.\n",
        space.name
    );
    if ended.code == Some(1) {
        ended.assert(1, "", &held);
    }
    space.run(&["resume", "btc"]).assert(1, "", &held);
}

#[test]
fn when_nobody_carries_the_patch_out_both_roads_are_told() {
    let space = Space::new();
    space.bot("btc", "Running");
    let name = &space.name;
    space.run(&["pause", "btc", "--fallback-after=1s"]).assert(
        1,
        "",
        &format!(
            "kubectl-tradingbot: {name}/btc: The patch is made, and was not accepted within 1 s: the operator has not looked \
             at the change. The other road failed too. Bot {name}/btc has no running pod: look at `kubectl get pods -n \
             {name} -l aicoin.dev/bot=btc`. The operator carries the patch out when it can.\n"
        ),
    );
    assert_eq!(space.levers("btc")["desired"], "Paused");
}

#[test]
fn a_restart_with_wait_comes_back_when_the_bot_is_ready_again() {
    let space = Space::new();
    space.bot("btc", "Running");
    space.status("btc", &json!({"restarts": 0, "worker": {"podName": "old"}}));
    let asked = |object: &Value| {
        object["metadata"]["annotations"]["aicoin.dev/restarted-at"]
            .as_str()
            .map(str::to_owned)
    };
    let ended = space.run_and(
        &["restart", "btc", "--wait"],
        "btc",
        |object| asked(object).is_some(),
        || {
            space.condition("btc", "Ready", "False", 1, "It starts.");
            space.status(
                "btc",
                &json!({"lastRestartAt": asked(&space.get("btc")), "observedGeneration": 1}),
            );
            space.condition("btc", "Ready", "True", 1, "Of the old pod.");
            space.status("btc", &json!({"worker": {"podName": "new"}}));
        },
    );
    ended.assert(
        0,
        &format!("{}/btc: it was restarted, and is ready.\n", space.name),
        "",
    );
}

#[test]
fn a_bot_that_is_deleted_meanwhile_ends_the_wait() {
    let space = Space::new();
    space.bot("btc", "Running");
    let ended = space.run_and(&["pause", "btc"], "btc", asks_for("Paused"), || {
        space.kubectl(&["delete", "tradingbot", "btc"]);
    });
    ended.assert(
        1,
        "",
        &format!(
            "kubectl-tradingbot: {}/btc: Acceptance does not become true: the bot was deleted.\n",
            space.name
        ),
    );
}
