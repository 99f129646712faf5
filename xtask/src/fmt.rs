//! `cargo xtask fmt`: formats all Rust code.

use std::process::ExitCode;

use crate::workspace::Workspace;

pub(crate) fn fmt(workspace: &Workspace) -> Result<ExitCode, String> {
    let status = workspace
        .cargo(&["fmt", "--all"])
        .status()
        .map_err(|error| format!("cargo cannot be started: {error}."))?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
