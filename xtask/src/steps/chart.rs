//! `chart`: what Helm makes of the chart, before judges that know nothing of this project.
//!
//! Never: asks for a cluster. What the chart does on one is shown by the step `cluster`.

use std::path::PathBuf;

use super::minutes;
use super::tests::counted;
use crate::command;
use crate::log::Log;
use crate::outcome::Outcome;
use crate::venv;
use crate::workspace::Workspace;

/// The judge that carries Kubernetes' own schemas with it, so that it works without a network.
const VALIDATE: &str = "kubernetes-validate";
/// Its version.
const VALIDATE_VERSION: &str = "1.37.0";

pub(super) fn run(workspace: &Workspace, log: &mut Log) -> Outcome {
    // The whole workspace, so that nothing is built again with other features than in `tests`.
    let mut test = workspace.cargo(&[
        "test",
        "--workspace",
        "--locked",
        "--no-fail-fast",
        "--test",
        "chart",
        "--",
        "--show-output",
    ]);
    match validate(workspace, log) {
        Ok(program) => {
            test.env("AICOIN_KUBERNETES_VALIDATE", program);
        }
        // The test that needs it says so, and is skipped.
        Err(why) => {
            test.env("AICOIN_NO_KUBERNETES_VALIDATE", why);
        }
    }
    // Helm may have to be built first.
    let result = command::run(workspace, log, test, minutes(40));
    counted("cargo test --test chart", result, log)
}

/// Where kubernetes-validate is; it is installed when it is missing. `Err` says why it is not.
fn validate(workspace: &Workspace, log: &mut Log) -> Result<PathBuf, String> {
    let pinned = format!("{VALIDATE}=={VALIDATE_VERSION}");
    venv::programs(workspace, log, VALIDATE, &pinned).map(|bin| bin.join(VALIDATE))
}
