//! `cargo xtask bench`: the benchmarks are commands of their own under `bench/`; this lists and runs them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::cli::BenchArgs;
use crate::workspace::Workspace;

pub(crate) fn bench(workspace: &Workspace, args: &BenchArgs) -> Result<ExitCode, String> {
    let all = find(&workspace.root.join("bench"))?;
    let Some(wanted) = &args.name else {
        for (name, path) in &all {
            println!("{name:<12} {}", about(path));
        }
        println!(
            "\nRun one with `cargo xtask bench NAME`; `cargo xtask bench NAME --help` shows its options."
        );
        return Ok(ExitCode::SUCCESS);
    };
    let Some((_, path)) = all.iter().find(|(name, _)| name == wanted) else {
        let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
        return Err(format!(
            "There is no benchmark {wanted:?}; choose from {}.",
            names.join(", ")
        ));
    };
    let program = path.to_string_lossy();
    let status = workspace
        .command(&program)
        .args(&args.args)
        .status()
        .map_err(|error| format!("{program} cannot be started: {error}."))?;
    let code = status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(1);
    Ok(ExitCode::from(code))
}

/// Each folder of `bench/` that has a program `run`.
fn find(folder: &Path) -> Result<Vec<(String, PathBuf)>, String> {
    let entries = std::fs::read_dir(folder)
        .map_err(|error| format!("{} cannot be read: {error}.", folder.display()))?;
    let mut all: Vec<(String, PathBuf)> = entries
        .flatten()
        .map(|entry| {
            (
                entry.file_name().to_string_lossy().into_owned(),
                entry.path().join("run"),
            )
        })
        .filter(|(_, path)| path.is_file())
        .collect();
    all.sort();
    Ok(all)
}

/// The first sentence of its own description.
fn about(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .find_map(|line| {
            line.strip_prefix("\"\"\"")
                .or_else(|| line.strip_prefix("# "))
        })
        .unwrap_or("no description")
        .to_owned()
}
