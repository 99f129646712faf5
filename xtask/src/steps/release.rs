//! `release`: the worker is built as it is shipped.

use super::minutes;
use crate::command;
use crate::log::Log;
use crate::outcome::Outcome;
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace, log: &mut Log) -> Outcome {
    let build = workspace.cargo(&["build", "--release", "--locked", "-p", "aicoin-worker"]);
    Outcome::of(
        "cargo build --release",
        command::run(workspace, log, build, minutes(25)),
    )
}
