//! `python`: all Python scripts compile. Those of the benchmarks run in `cargo xtask bench`, the judges in `hyperliquid`.

use std::path::{Path, PathBuf};

use super::minutes;
use crate::command;
use crate::log::Log;
use crate::outcome::Outcome;
use crate::workspace::{Workspace, on_path};

/// Where scripts are.
const FOLDERS: [&str; 2] = ["bench", "tests/hyperliquid"];

pub(super) fn run(workspace: &Workspace, log: &mut Log) -> Outcome {
    if !on_path("python3") {
        return Outcome::skipped("there is no python3");
    }
    let mut scripts = Vec::new();
    for folder in FOLDERS {
        let before = scripts.len();
        collect(&workspace.root.join(folder), &mut scripts);
        if scripts.len() == before {
            return Outcome::failed(format!("no script was found under {folder}/"));
        }
    }
    scripts.sort();
    let mut compile = workspace.command("python3");
    compile.args(["-m", "py_compile"]).args(scripts);
    Outcome::of(
        "py_compile",
        command::run(workspace, log, compile, minutes(2)),
    )
}

/// Python files, by their name or their first line.
fn collect(folder: &Path, scripts: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, scripts);
        } else if path.extension().is_some_and(|extension| extension == "py") || is_script(&path) {
            scripts.push(path);
        }
    }
}

fn is_script(path: &Path) -> bool {
    path.extension().is_none()
        && std::fs::read_to_string(path).is_ok_and(|text| {
            text.starts_with("#!")
                && text
                    .lines()
                    .next()
                    .is_some_and(|line| line.contains("python"))
        })
}
