//! `control-plane`: what can be shown against etcd and kube-apiserver alone. Every crate's test target of that name.

use super::minutes;
use super::tests::counted;
use crate::command;
use crate::log::Log;
use crate::outcome::Outcome;
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace, log: &mut Log) -> Outcome {
    // The whole workspace, so that nothing is built again with other features than in `tests`.
    let test = workspace.cargo(&[
        "test",
        "--workspace",
        "--locked",
        "--no-fail-fast",
        "--test",
        "control_plane",
        "--",
        "--show-output",
    ]);
    let result = command::run(workspace, log, test, minutes(20));
    counted("cargo test --test control_plane", result, log)
}
