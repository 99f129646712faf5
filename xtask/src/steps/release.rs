//! `release`: the worker and the simulator are built as they are shipped.

use super::minutes;
use crate::command;
use crate::log::Log;
use crate::outcome::Outcome;
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace, log: &mut Log) -> Outcome {
    // One at a time: together cargo would build each with features that only the other needs.
    ["aicoin-worker", "aicoin-sim"]
        .into_iter()
        .map(|program| {
            let build = workspace.cargo(&["build", "--release", "--locked", "-p", program]);
            Outcome::of(
                &format!("cargo build --release -p {program}"),
                command::run(workspace, log, build, minutes(25)),
            )
        })
        .fold(Outcome::default(), Outcome::and)
}
