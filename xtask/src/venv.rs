//! Python programs of others, each in an environment of its own in the cache folder.
//!
//! Never: installs into the system's Python, or into an environment that was made for something else.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::command::{self, Trouble};
use crate::log::Log;
use crate::workspace::{Workspace, on_path};

/// Making an empty one.
const CREATE_LIMIT: Duration = Duration::from_mins(3);
/// Fetching and unpacking.
const INSTALL_LIMIT: Duration = Duration::from_mins(5);
/// What an environment was made for; written last.
const MADE_FOR: &str = "made-for.txt";

/// The folder of the programs of an environment with these requirements, as `pip` takes them; made when it is missing or
/// was made for others. `Err` says why there is none.
pub(crate) fn programs(
    workspace: &Workspace,
    log: &mut Log,
    name: &str,
    requirements: &str,
) -> Result<PathBuf, String> {
    let folder = workspace.pycache.with_file_name("python").join(name);
    let made_for = folder.join(MADE_FOR);
    if std::fs::read_to_string(&made_for).is_ok_and(|made| made == requirements) {
        return Ok(folder.join("bin"));
    }
    if !on_path("python3") {
        return Err(format!("{name}: there is no python3"));
    }
    let mut create = workspace.command("python3");
    create.args(["-m", "venv", "--clear"]).arg(&folder);
    run(workspace, log, create, "python3 -m venv", CREATE_LIMIT)?;
    install(workspace, log, &folder, requirements)?;
    std::fs::write(&made_for, requirements)
        .map_err(|error| format!("{} cannot be written: {error}", made_for.display()))?;
    Ok(folder.join("bin"))
}

fn install(
    workspace: &Workspace,
    log: &mut Log,
    folder: &Path,
    requirements: &str,
) -> Result<(), String> {
    let mut install = workspace.command(&folder.join("bin").join("pip").to_string_lossy());
    install
        .args(["install", "--quiet", "--disable-pip-version-check"])
        .args(requirements.split_whitespace());
    let what = format!("pip install {}", requirements.trim().replace('\n', " "));
    run(workspace, log, install, &what, INSTALL_LIMIT)
}

fn run(
    workspace: &Workspace,
    log: &mut Log,
    command: std::process::Command,
    what: &str,
    limit: Duration,
) -> Result<(), String> {
    command::run(workspace, log, command, limit)
        .map_err(|trouble: Trouble| format!("{what} {trouble}"))
}
