//! `hyperliquid`: the venue's own Python client, unmodified, judges the simulator, the worker and what is signed.
//!
//! Never: asks the venue itself, or anything else outside this machine but for the packages, once.

use std::path::{Path, PathBuf};

use super::minutes;
use super::tests::counted;
use crate::command::{self, Trouble};
use crate::log::Log;
use crate::outcome::Outcome;
use crate::venv;
use crate::workspace::Workspace;

/// Where the judges are, with what they need.
const FOLDER: &str = "tests/hyperliquid";
/// The judges, each a program that prints what `cargo test` prints.
const JUDGES: [&str; 3] = [
    "same_signatures.py",
    "sdk_against_sim.py",
    "worker_against_stub.py",
];

pub(super) fn run(workspace: &Workspace, log: &mut Log) -> Outcome {
    let build = workspace.cargo(&[
        // The whole workspace, so that nothing is built again with other features than in `tests`.
        "build",
        "--workspace",
        "--locked",
        "--example",
        "sign_vectors",
    ]);
    let built = command::run(workspace, log, build, minutes(20));
    if let Err(trouble) = built {
        return Outcome::failed(format!("cargo build: {trouble}"));
    }
    let folder = workspace.root.join(FOLDER);
    let python = match python(workspace, log, &folder) {
        Ok(python) => python,
        Err(why) => return Outcome::skipped(why),
    };
    let mut result: Result<(), Trouble> = Ok(());
    for judge in JUDGES {
        let asked = ask(workspace, log, &python, &folder.join(judge));
        result = result.and(asked);
    }
    counted("the judges", result, log)
}

fn python(workspace: &Workspace, log: &mut Log, folder: &Path) -> Result<PathBuf, String> {
    let requirements = folder.join("requirements.txt");
    let requirements = std::fs::read_to_string(&requirements)
        .map_err(|error| format!("{} cannot be read: {error}", requirements.display()))?;
    venv::programs(workspace, log, "hyperliquid", &requirements).map(|bin| bin.join("python"))
}

/// Every judge is asked, whatever the one before it said.
fn ask(workspace: &Workspace, log: &mut Log, python: &Path, judge: &Path) -> Result<(), Trouble> {
    let built = workspace.target.join("debug");
    let mut command = workspace.command(&python.to_string_lossy());
    command
        .arg(judge)
        .env("AICOIN_SIM_BIN", workspace.simulator())
        .env("AICOIN_WORKER_BIN", workspace.worker())
        .env("AICOIN_SIGN_VECTORS", built.join("examples/sign_vectors"));
    command::run(workspace, log, command, minutes(5))
}
