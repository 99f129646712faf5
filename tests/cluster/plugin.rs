//! `kubectl tradingbot` against workers that run: what it says is true, on both roads.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::rig::books::{self, FLAT};
use crate::rig::bot::{SOON, a_while};
use crate::rig::manifest::busy;
use crate::rig::space::Space;
use crate::rig::{always, eventually, ran, root, words};

/// The plugin's program, of this checkout: one that lies there from before may be another.
fn program() -> &'static PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let test = std::env::current_exe().unwrap();
        let folder = test.ancestors().nth(2).unwrap();
        // The whole workspace, so that nothing is built again with other features than for the tests.
        ran(Command::new("cargo")
            .current_dir(root())
            .env("CARGO_TARGET_DIR", folder.parent().unwrap())
            .args([
                "build",
                "--workspace",
                "--locked",
                "--bin",
                "kubectl-tradingbot",
            ]));
        folder.join("kubectl-tradingbot")
    })
}

/// `kubectl tradingbot …` in the test's namespace.
fn plugin(space: &Space, args: &[&str]) -> Command {
    let mut plugin = Command::new(program());
    plugin
        .args(args)
        .args(["--namespace", &space.name, "--kubeconfig"])
        .arg(space.rig.kubeconfig());
    plugin
}

/// … which has to go well. What it printed.
#[track_caller]
fn said(space: &Space, args: &[&str]) -> String {
    ran(&mut plugin(space, args))
}

/// … which has to fail. What it said.
#[track_caller]
fn refused(space: &Space, args: &[&str]) -> String {
    let output: Output = plugin(space, args).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", words(&output));
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn the_plugin_pauses_closes_and_resumes_and_what_it_says_is_true() {
    let Some(space) = Space::new("plugin") else {
        return;
    };
    let bot = space.trading(&busy("x"));
    let name = &space.name;
    assert_eq!(
        said(&space, &["pause", "x", "--wait"]),
        format!("{name}/x: Paused is in force: it opens nothing, and no order of it could.\n")
    );
    assert!(bot.is("TradingPaused"));
    let db = bot.db();
    if let Some(db) = &db {
        let opened = books::openings(db);
        always("it opens nothing", a_while(), || {
            books::openings(db) == opened
        });
    }

    assert_eq!(
        said(&space, &["close-all", "x", "--yes", "--wait"]),
        format!(
            "{name}/x: CloseAll is in force: every position is closed, and no order is open.\n"
        )
    );
    assert!(bot.is("PositionsClosed"));
    if let Some(db) = &db {
        assert_eq!(books::ledger(db), FLAT);
    }

    assert_eq!(
        said(&space, &["resume", "x", "--wait"]),
        format!("{name}/x: Running is in force: it may open positions.\n")
    );
    bot.trades();
    if let Some(db) = &db {
        assert_eq!(books::opened_while_held(db), [""; 0]);
    }
}

#[test]
fn the_plugin_shows_what_the_worker_holds() {
    let Some(space) = Space::new("plugin-status") else {
        return;
    };
    let bot = space.trading(&busy("x"));
    // Held still, so that two looks see the same.
    said(&space, &["pause", "x", "--hold", "--wait"]);
    let told = bot.told();
    let shown: Value = serde_json::from_str(&said(&space, &["status", "x", "-o", "json"])).unwrap();
    assert_eq!(shown["workerError"], Value::Null);
    let markets = |status: &Value| -> Vec<Value> {
        let positions = status["positions"].as_array().unwrap();
        positions
            .iter()
            .map(|position| json!([position["market"], position["size"]]))
            .collect()
    };
    assert_eq!(markets(&shown["worker"]), markets(&told));
    assert_ne!(markets(&told), [Value::Null; 0], "it holds something");

    let page = said(&space, &["status", "x"]);
    assert!(page.contains("aicoin.dev/hold Paused"), "{page}");
    for position in told["positions"].as_array().unwrap() {
        let market = position["market"].as_str().unwrap();
        let size = position["size"].as_str().unwrap();
        let row = page.lines().find(|line| line.starts_with(market));
        assert!(
            row.is_some_and(|row| row.contains(size)),
            "{market} {size}: {page}"
        );
    }
    let pod = bot.pod().name;
    assert!(page.contains(&pod), "{pod}: {page}");
}

#[test]
fn without_the_operator_the_plugin_takes_the_second_road_and_says_so() {
    let Some(space) = Space::alone("plugin-second-road") else {
        return;
    };
    let bot = space.trading(&busy("x"));
    let name = &space.name;
    let away = space.rig.without_operator();

    let told = said(&space, &["pause", "x", "--fallback-after=2s", "--wait"]);
    let begin = format!(
        "{name}/x: The patch is made, and was not accepted within 2 s: the operator has not looked at the change. So pause \
         took the second road: `aicoin-worker ctl pause --wait` in pod {}",
        bot.pod().name
    );
    assert!(told.starts_with(&begin), "{told}");
    assert_eq!(bot.told()["control"]["local_hold"], "Paused");
    let db = bot.db();
    if let Some(db) = &db {
        let opened = books::openings(db);
        always("it opens nothing", a_while(), || {
            books::openings(db) == opened
        });
    }

    // Back again, the operator asks for Running; the local hold is stronger, and is not lifted by accident.
    drop(away);
    bot.wait_for("TradingPaused", SOON);
    let sentence = refused(&space, &["resume", "x", "--fallback-after=60s"]);
    assert!(
        sentence.contains("the worker's local hold Paused keeps it"),
        "{sentence}"
    );
    said(&space, &["resume", "x", "--direct", "--wait"]);
    bot.trades();
    if let Some(db) = &db {
        assert_eq!(books::opened_while_held(db), [""; 0]);
    }
}

#[test]
fn a_restart_by_the_plugin_comes_back_with_another_worker_that_trades() {
    let Some(space) = Space::new("plugin-restart") else {
        return;
    };
    let bot = space.trading(&busy("x"));
    let before = bot.pod().uid;
    assert_eq!(
        said(&space, &["restart", "x", "--wait"]),
        format!("{}/x: it was restarted, and is ready.\n", space.name)
    );
    assert_ne!(bot.pod().uid, before);
    bot.trades();
}

#[test]
fn the_plugin_shows_the_log_and_passes_on_why_a_risk_event_cannot_be_settled() {
    let Some(space) = Space::new("plugin-logs") else {
        return;
    };
    space.trading(&busy("x"));
    eventually("a log of three lines", SOON, || {
        said(&space, &["logs", "x", "--tail=3"]).lines().count() == 3
    });
    let sentence = refused(&space, &["resolve", "x", "999"]);
    assert!(
        sentence.contains("There is no risk event 999"),
        "{sentence}"
    );
}
