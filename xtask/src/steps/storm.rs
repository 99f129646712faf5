//! `storm`: two thousand seeds of the fault simulator, and then each of the bugs that are planted is found.

use super::minutes;
use super::tests::counted;
use crate::command::{self, Trouble};
use crate::log::Log;
use crate::outcome::Outcome;
use crate::workspace::Workspace;

/// How many seeds, from 0: enough for every kind of fault and every reason code.
const SEEDS: &str = "2000";
/// What the core says to a release with planted bugs.
const REFUSAL: &str = "no release may have it";

pub(super) fn run(workspace: &Workspace, log: &mut Log) -> Outcome {
    let mut seeds = crate::storm::run(workspace);
    seeds.args(["--seeds", SEEDS, "--json"]);
    let result = command::run(workspace, log, seeds, minutes(25));
    let mut outcome = Outcome::of("the seeds", result);
    outcome.notes.extend(figure(&log.text()));
    outcome
        .and(planted(workspace, log))
        .and(release_refuses(workspace, log))
}

/// No release can have the bugs: with their feature it does not compile.
fn release_refuses(workspace: &Workspace, log: &mut Log) -> Outcome {
    let check = workspace.cargo(&[
        "check",
        "--locked",
        "--release",
        "--package",
        "aicoin-core",
        "--lib",
        "--features",
        "planted",
    ]);
    let what = "a release with planted bugs";
    match command::run(workspace, log, check, minutes(10)) {
        Err(Trouble::Failed(_)) if log.text().contains(REFUSAL) => Outcome::passed(),
        Err(trouble) => Outcome::failed(format!("{what}: {trouble}, and not for its own reason")),
        Ok(()) => Outcome::failed(format!("{what} compiles")),
    }
}

/// The bugs need a core with a feature that nothing else has: their tests and lints are commands of their own.
fn planted(workspace: &Workspace, log: &mut Log) -> Outcome {
    let clippy = workspace.cargo(&[
        "clippy",
        "--locked",
        "--package",
        "aicoin-core",
        "--package",
        "aicoin-storm",
        "--all-targets",
        "--features",
        "aicoin-storm/planted",
        "--",
        "-D",
        "warnings",
    ]);
    let lints = Outcome::of(
        "cargo clippy with planted bugs",
        command::run(workspace, log, clippy, minutes(10)),
    );
    let test = workspace.cargo(&[
        "test",
        "--locked",
        "--profile",
        "storm",
        "--package",
        "aicoin-storm",
        "--features",
        "planted",
        "--test",
        "planted",
        "--",
        "--show-output",
    ]);
    let result = command::run(workspace, log, test, minutes(20));
    lints.and(counted("cargo test --test planted", result, log))
}

/// The line of the summary, from the JSON object in the log.
fn figure(log: &str) -> Option<String> {
    let line = log
        .lines()
        .rfind(|line| line.starts_with("{\"bot_days\""))?;
    let found: serde_json::Value = serde_json::from_str(line).ok()?;
    let number = |name: &str| found.get(name).and_then(serde_json::Value::as_f64);
    let faults: u64 = found
        .get("faults")?
        .as_object()?
        .values()
        .filter_map(serde_json::Value::as_u64)
        .sum();
    Some(format!(
        "{} seeds, {} failed; {:.0} simulated bot-days with {faults} faults; {:.0} bot-days per CPU-hour",
        number("seeds")?,
        number("failed")?,
        number("bot_days")?,
        number("bot_days_per_cpu_hour")?
    ))
}
