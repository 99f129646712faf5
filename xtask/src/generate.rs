//! `cargo xtask generate`: the files in the checkout that are made from others. With `--check` it only compares.
//!
//! Never: writes what has not changed, so that nothing is built again for it.

mod chart;
mod values;

use std::process::ExitCode;

use crate::cli::GenerateArgs;
use crate::workspace::Workspace;

/// Files by their path in the checkout.
type Files = Vec<(&'static str, String)>;

/// Who makes files, in the order in which one needs what another has written.
const MAKERS: &[fn(&Workspace) -> Result<Files, String>] = &[chart::values, chart::crd];

/// Writes what is stale, or says what is.
pub(crate) fn generate(workspace: &Workspace, args: &GenerateArgs) -> Result<ExitCode, String> {
    let mut troubles = Vec::new();
    for maker in MAKERS {
        match maker(workspace) {
            Ok(files) => {
                for (path, text) in files {
                    if let Some(trouble) = settle(workspace, path, &text, args.check)? {
                        troubles.push(trouble);
                    }
                }
            }
            Err(sentence) => troubles.push(sentence),
        }
    }
    if troubles.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(troubles.join("\nxtask: "))
}

/// `Some` says what is wrong.
fn settle(
    workspace: &Workspace,
    path: &str,
    text: &str,
    only_check: bool,
) -> Result<Option<String>, String> {
    let file = workspace.root.join(path);
    if std::fs::read_to_string(&file).is_ok_and(|old| old == text) {
        return Ok(None);
    }
    if only_check {
        return Ok(Some(format!(
            "{path} is stale: run `cargo xtask generate`."
        )));
    }
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)
            .map_err(|error| format!("{} cannot be made: {error}.", folder.display()))?;
    }
    std::fs::write(&file, text).map_err(|error| format!("{path} cannot be written: {error}."))?;
    println!("made: {path}");
    Ok(None)
}
