//! Every verb is one patch that a person could type.

use std::process::Command;

use serde_json::json;

use crate::rig::{Ended, Space};

/// With no wait for anybody.
const AT_ONCE: &str = "--fallback-after=0s";

#[test]
fn each_verb_changes_what_its_printed_command_changes() {
    let space = Space::new();
    let verbs: [&[&str]; 6] = [
        &["pause"],
        &["resume"],
        &["close-all", "--yes"],
        &["pause", "--hold"],
        &["close-all", "--hold", "--yes"],
        &["resume", "--hold"],
    ];
    space.bot("sent", "Stopped");
    space.bot("typed", "Stopped");
    let mut seen = Vec::new();
    for verb in verbs {
        let with = |more: &[&'static str]| [verb, more].concat();
        let ended = space.run(&with(&["sent", AT_ONCE]));
        assert_eq!(
            (ended.code, ended.stderr.as_str()),
            (Some(0), ""),
            "{verb:?}: {ended:?}"
        );

        let printed = space.run(&with(&["typed", "--dry-run"]));
        assert_eq!(
            (printed.code, printed.stderr.as_str()),
            (Some(0), ""),
            "{verb:?}: {printed:?}"
        );
        type_in(&printed.stdout);

        assert_eq!(space.levers("sent"), space.levers("typed"), "{verb:?}");
        seen.push(space.levers("sent"));
    }
    assert_eq!(
        seen,
        [
            json!({"desired": "Paused", "annotations": null}),
            json!({"desired": "Running", "annotations": null}),
            json!({"desired": "CloseAll", "annotations": null}),
            json!({"desired": "CloseAll", "annotations": {"aicoin.dev/hold": "Paused"}}),
            json!({"desired": "CloseAll", "annotations": {"aicoin.dev/hold": "CloseAll"}}),
            json!({"desired": "CloseAll", "annotations": null}),
        ]
    );
}

/// Runs the line in a shell, with the testbed's kubectl.
#[track_caller]
fn type_in(line: &str) {
    let kubectl = aicoin_testbed::tools::path(aicoin_testbed::tools::Tool::Kubectl).unwrap();
    let path = format!("{}:/usr/bin:/bin", kubectl.parent().unwrap().display());
    let ended = Ended::of(
        Command::new("sh")
            .args(["-c", line])
            .env("PATH", path)
            .output()
            .unwrap(),
    );
    assert_eq!(ended.code, Some(0), "{line}: {ended:?}");
}

#[test]
fn a_restart_is_a_time_in_an_annotation() {
    let space = Space::new();
    space.bot("btc", "Running");
    let ended = space.run(&["restart", "btc", "-v"]);
    let at = space.levers("btc")["annotations"]["aicoin.dev/restarted-at"]
        .as_str()
        .unwrap()
        .to_owned();
    let id = format!("{}/btc", space.name);
    ended.assert(
        0,
        &format!("{id}: a restart ({at}) is asked for.\n"),
        &format!(
            "kubectl patch tradingbot btc --namespace {} --kubeconfig {} --type merge --patch \
             '{{\"metadata\":{{\"annotations\":{{\"aicoin.dev/restarted-at\":\"{at}\"}}}}}}'\n",
            space.name,
            space.kubeconfig().display()
        ),
    );
    assert_eq!(at.len(), "2026-11-25T09:00:00Z".len(), "{at}");
}

#[test]
fn a_dry_run_with_names_asks_nobody() {
    let ended = Ended::of(
        Command::new(crate::rig::PLUGIN)
            .args([
                "close-all",
                "btc",
                "eth",
                "-n",
                "trading",
                "--dry-run",
                "--kubeconfig",
                "/nowhere",
            ])
            .output()
            .unwrap(),
    );
    let line = |name: &str| {
        format!(
            "kubectl patch tradingbot {name} --namespace trading --kubeconfig /nowhere --type merge --patch \
             '{{\"spec\":{{\"desiredState\":\"CloseAll\"}}}}'\n"
        )
    };
    ended.assert(0, &format!("{}{}", line("btc"), line("eth")), "");
}

#[test]
fn all_bots_of_a_namespace_are_patched_and_no_other() {
    let (here, there) = (Space::new(), Space::new());
    here.bot("a", "Running");
    here.bot("b", "Running");
    there.bot("c", "Running");
    let ended = here.run(&["pause", "--all", AT_ONCE]);
    let name = &here.name;
    ended.assert(
        0,
        &format!("{name}/a: spec.desiredState Paused is asked for.\n{name}/b: spec.desiredState Paused is asked for.\n"),
        "",
    );
    let desired = |space: &Space, bot| space.levers(bot)["desired"].clone();
    assert_eq!(
        [
            desired(&here, "a"),
            desired(&here, "b"),
            desired(&there, "c")
        ],
        ["Paused", "Paused", "Running"]
    );
}

#[test]
fn one_bot_that_is_not_there_stops_no_other() {
    let space = Space::new();
    space.bot("b", "Running");
    let ended = space.run(&["pause", "a", "b", AT_ONCE]);
    let name = &space.name;
    ended.assert(
        1,
        &format!("{name}/b: spec.desiredState Paused is asked for.\n"),
        &format!(
            "kubectl-tradingbot: Not found: tradingbots.aicoin.dev \"a\" not found. Tried: read TradingBot {name}/a.\n"
        ),
    );
}
