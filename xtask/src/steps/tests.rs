//! `tests`: every test below the whole system.

use super::minutes;
use crate::command::{self, Trouble};
use crate::libtest;
use crate::log::Log;
use crate::outcome::Outcome;
use crate::tally::Tally;
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace, log: &mut Log) -> Outcome {
    let test = workspace.cargo(&[
        "test",
        "--workspace",
        "--exclude",
        "aicoin-tests",
        "--locked",
        "--no-fail-fast",
        "--",
        "--show-output",
    ]);
    let result = command::run(workspace, log, test, minutes(30));
    counted("cargo test", result, log)
}

/// The counts of a test command; one that ended badly without a failed test, or ran none, has failed as a whole.
pub(super) fn counted(what: &str, result: Result<(), Trouble>, log: &Log) -> Outcome {
    let mut outcome = libtest::read(&log.text());
    let all = outcome.tally.passed + outcome.tally.failed + outcome.tally.skipped;
    match result {
        // Its own failures are in the counts.
        Err(Trouble::Failed(_)) if outcome.tally.failed > 0 => {}
        Err(trouble) => {
            outcome.tally += Tally::FAILED;
            outcome.failures.push(format!("{what}: {trouble}"));
        }
        Ok(()) if all == 0 => {
            outcome.tally += Tally::FAILED;
            outcome.failures.push(format!("{what}: no test ran"));
        }
        Ok(()) => {}
    }
    outcome
}
