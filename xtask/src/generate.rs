//! `cargo xtask generate`: the files in the checkout that are made from others. With `--check` it only compares.
//!
//! Never: writes what has not changed, so that nothing is built again for it.

mod chart;
mod crd;
mod values;

use std::process::ExitCode;

use crate::cli::GenerateArgs;
use crate::workspace::Workspace;

/// Files by their path in the checkout.
type Files = Vec<(&'static str, String)>;

/// Makes files, or says in a sentence why not.
type Maker = fn(&Workspace) -> Result<Files, String>;

/// Who makes files, in the order in which one needs what another has written.
const MAKERS: &[Maker] = &[chart::values, crd::crd, chart::crd];

/// Writes what is stale, or says what is.
pub(crate) fn generate(workspace: &Workspace, args: &GenerateArgs) -> Result<ExitCode, String> {
    let troubles: Vec<String> = all(workspace, args.check)?
        .into_iter()
        .filter_map(Result::err)
        .collect();
    if troubles.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(troubles.join("\nxtask: "))
}

/// One result for each file; the error of a stale one, and of a maker that failed, is a sentence.
pub(crate) fn check(workspace: &Workspace) -> Result<Vec<Result<(), String>>, String> {
    all(workspace, true)
}

fn all(workspace: &Workspace, only_check: bool) -> Result<Vec<Result<(), String>>, String> {
    let mut results = Vec::new();
    for maker in MAKERS {
        match maker(workspace) {
            Ok(files) => {
                for (path, text) in files {
                    let trouble = settle(workspace, path, &text, only_check)?;
                    results.push(trouble.map_or(Ok(()), Err));
                }
            }
            Err(sentence) => results.push(Err(sentence)),
        }
    }
    Ok(results)
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
