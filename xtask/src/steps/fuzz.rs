//! `fuzz`: what other people's bytes can do to the parsers: so many changed examples for each, the same every time.

use super::minutes;
use crate::command;
use crate::log::Log;
use crate::outcome::Outcome;
use crate::workspace::Workspace;

/// Each target, and how many inputs it reads: about ten seconds of each.
const TARGETS: [(&str, &str); 4] = [
    ("ai_reply", "20000"),
    ("manifest", "12000"),
    ("rest_reply", "30000"),
    ("socket_frame", "15000"),
];
/// A slow machine reads fewer in this time, and says how many.
const SECONDS_MAX: &str = "30";

pub(super) fn run(workspace: &Workspace, log: &mut Log) -> Outcome {
    let outcome = TARGETS
        .into_iter()
        .map(|(target, runs)| one(workspace, log, target, runs))
        .fold(Outcome::default(), Outcome::and);
    let figures = log
        .text()
        .lines()
        .filter_map(|line| line.strip_prefix("figure: ").map(str::to_owned))
        .collect();
    outcome.and(Outcome {
        notes: figures,
        ..Outcome::default()
    })
}

fn one(workspace: &Workspace, log: &mut Log, target: &str, runs: &str) -> Outcome {
    let fuzz = workspace.cargo(&[
        "run",
        "--locked",
        "-p",
        "aicoin-fuzz",
        "--bin",
        target,
        "--",
        "--runs",
        runs,
        "--seconds",
        SECONDS_MAX,
    ]);
    Outcome::of(
        // What ends the whole process leaves its input there; anything else says where it is.
        &format!("{target} (see the log, or fuzz/artifacts/{target}/in-flight)"),
        command::run(workspace, log, fuzz, minutes(15)),
    )
}
