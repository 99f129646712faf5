//! `format`: the code is formatted.

use super::minutes;
use crate::command;
use crate::log::Log;
use crate::outcome::Outcome;
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace, log: &mut Log) -> Outcome {
    let check = workspace.cargo(&["fmt", "--all", "--check", "--", "--color", "never"]);
    Outcome::of(
        "cargo fmt --all --check (cargo xtask fmt mends it)",
        command::run(workspace, log, check, minutes(2)),
    )
}
