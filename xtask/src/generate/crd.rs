//! The definition of the resource in `crds/`, made from the types in `api/src/bot`.
//!
//! It is printed by a program of the crate that has the types, so that this one needs nothing of Kubernetes.

use std::process::{Command, Stdio};

use super::Files;
use crate::workspace::Workspace;

/// The definition.
pub(super) fn crd(workspace: &Workspace) -> Result<Files, String> {
    // The whole workspace, so that nothing is built again with other features than in the tests.
    let mut build = workspace.cargo(&["build", "--workspace", "--quiet", "--example", "crd"]);
    let built = build
        .status()
        .map_err(|error| format!("cargo cannot be started: {error}."))?;
    if !built.success() {
        return Err("The program that prints the CRD does not build.".to_owned());
    }
    let program = workspace.target.join("debug/examples/crd");
    let output = Command::new(&program)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("{} cannot be started: {error}.", program.display()))?;
    if !output.status.success() {
        return Err("The program that prints the CRD failed.".to_owned());
    }
    let text = String::from_utf8(output.stdout)
        .map_err(|error| format!("The CRD is no text: {error}."))?;
    Ok(vec![("crds/tradingbots.aicoin.dev.yaml", text)])
}
