//! `cluster`: the promises on a real node, or on the cluster that `AICOIN_TEST_KUBECONFIG` names.

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
        // The node itself, then what runs on it.
        "--test",
        "node",
        "--test",
        "cluster",
        "--",
        "--show-output",
        // They wait for a kubelet most of the time, not for the processors.
        "--test-threads=4",
    ]);
    test.env("AICOIN_TEST_IMAGES", workspace.images());
    let result = command::run(workspace, log, test, minutes(30));
    counted("cargo test --test cluster", result, log)
}
