//! `testnet`: the worker on a venue over HTTP and WebSocket, against the simulator, as both are shipped.

use super::minutes;
use super::tests::counted;
use crate::command::{self, Trouble};
use crate::log::Log;
use crate::outcome::Outcome;
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace, log: &mut Log) -> Outcome {
    // At the speed of the clock they wait most of the time.
    let short = test(workspace, log, &["--skip", "day::", "--test-threads=6"]);
    // At sixty times that speed a processor that is taken for a tenth of a second is gone for six.
    let long = test(workspace, log, &["day::", "--test-threads=1"]);
    counted("cargo test --test testnet", short.and(long), log)
}

fn test(workspace: &Workspace, log: &mut Log, which: &[&str]) -> Result<(), Trouble> {
    // The whole workspace, so that nothing is built again with other features than in `tests`.
    let mut test = workspace.cargo(&[
        "test",
        "--workspace",
        "--locked",
        "--no-fail-fast",
        "--test",
        "testnet",
        "--",
        "--show-output",
    ]);
    test.args(which)
        .env("AICOIN_WORKER_BIN", workspace.worker())
        .env("AICOIN_SIM_BIN", workspace.simulator());
    // A whole simulated day, when somebody asks for it, takes half an hour.
    command::run(workspace, log, test, minutes(60))
}
