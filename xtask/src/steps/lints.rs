//! `lints`: clippy has nothing to say, in tests and examples neither.

use super::minutes;
use crate::command;
use crate::log::Log;
use crate::outcome::Outcome;
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace, log: &mut Log) -> Outcome {
    let clippy = workspace.cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ]);
    Outcome::of(
        "cargo clippy",
        command::run(workspace, log, clippy, minutes(25)),
    )
}
