//! `cargo xtask storm`: builds the fault simulator, optimised and with every assert, and runs it.

use std::process::{Command, ExitCode};

use crate::cli::StormArgs;
use crate::workspace::Workspace;

pub(crate) fn storm(workspace: &Workspace, args: &StormArgs) -> Result<ExitCode, String> {
    let mut command = run(workspace);
    command.args(&args.args);
    let status = command
        .status()
        .map_err(|error| format!("cargo cannot be started: {error}."))?;
    let code = status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(1);
    Ok(ExitCode::from(code))
}

/// The simulator, built where it is stale; options follow.
pub(crate) fn run(workspace: &Workspace) -> Command {
    let mut command = workspace.cargo(&[
        "run",
        "--quiet",
        "--locked",
        "--profile",
        "storm",
        "--package",
        "aicoin-storm",
        "--",
        "--out",
    ]);
    command.arg(workspace.target.join("storm-failures"));
    command
}
