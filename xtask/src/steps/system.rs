//! `system`: the worker that is shipped keeps its promises, seen from outside: processes, files, sockets, a browser.

use super::minutes;
use super::tests::counted;
use crate::command;
use crate::log::Log;
use crate::outcome::Outcome;
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace, log: &mut Log) -> Outcome {
    // The whole workspace, so that nothing is built again with other features than in `tests`.
    let mut test = workspace.cargo(&[
        "test",
        "--workspace",
        "--locked",
        "--no-fail-fast",
        "--test",
        "system",
        "--",
        "--show-output",
    ]);
    test.env("AICOIN_WORKER_BIN", workspace.worker());
    let result = command::run(workspace, log, test, minutes(25));
    counted("cargo test --test system", result, log)
}
