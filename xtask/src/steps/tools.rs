//! `tools`: what the other steps need is there, or is installed.
//!
//! Never: installs what is there, or asks for a password. Without the right to install it prints the one line to run.

use std::path::PathBuf;
use std::process::Command;

use super::minutes;
use super::purity::{BROWSER, WITHOUT_STD};
use crate::command::{self, Trouble};
use crate::log::Log;
use crate::outcome::Outcome;
use crate::workspace::{Workspace, on_path};

/// A Debian package, and what is missing without it.
struct Package {
    name: &'static str,
    /// Any of these programs will do.
    programs: &'static [&'static str],
    without: &'static str,
}

const PACKAGES: &[Package] = &[
    Package {
        name: "python3",
        programs: &["python3"],
        without: "backtests are not compared with the independent reference, and scripts are not compiled",
    },
    Package {
        name: "chromium",
        programs: &["chromium", "chromium-browser"],
        without: "the page is not opened in a browser",
    },
    Package {
        name: "redis-server",
        programs: &["redis-server"],
        without: "what workers share is not tried on a real Redis",
    },
];

pub(super) fn run(workspace: &Workspace, log: &mut Log) -> Outcome {
    rust(workspace, log).and(packages(workspace, log))
}

fn rust(workspace: &Workspace, log: &mut Log) -> Outcome {
    let sysroot = match sysroot(workspace) {
        Ok(sysroot) => sysroot,
        Err(sentence) => return Outcome::failed(sentence),
    };
    let mut outcome = Outcome::default();
    for target in [BROWSER, WITHOUT_STD] {
        let is_there = sysroot.join("lib").join("rustlib").join(target).is_dir();
        outcome = outcome.and(ensure(workspace, log, is_there, &["target", "add", target]));
    }
    for (component, program) in [("rustfmt", "rustfmt"), ("clippy", "clippy-driver")] {
        let is_there = sysroot.join("bin").join(program).is_file();
        outcome = outcome.and(ensure(
            workspace,
            log,
            is_there,
            &["component", "add", component],
        ));
    }
    outcome
}

/// Where the toolchain that `rust-toolchain.toml` pins is; rustup installs it on this first call.
fn sysroot(workspace: &Workspace) -> Result<PathBuf, String> {
    let output = workspace
        .command("rustc")
        .args(["--print", "sysroot"])
        .output()
        .map_err(|error| {
            format!("rustc cannot be started ({error}): install Rust from https://rustup.rs.")
        })?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        return Err(format!(
            "The pinned toolchain does not work: {}",
            words.trim().lines().last().unwrap_or("no reason is given")
        ));
    }
    Ok(PathBuf::from(
        String::from_utf8_lossy(&output.stdout).trim(),
    ))
}

fn ensure(workspace: &Workspace, log: &mut Log, is_there: bool, args: &[&str]) -> Outcome {
    if is_there {
        return Outcome::passed();
    }
    let words = format!("rustup {}", args.join(" "));
    if !on_path("rustup") {
        return Outcome::failed(format!(
            "There is no rustup to run `{words}`: install Rust from https://rustup.rs."
        ));
    }
    let mut install = workspace.command("rustup");
    install.args(args);
    match command::run(workspace, log, install, minutes(5)) {
        Ok(()) => Outcome {
            notes: vec![format!("installed: {words}")],
            ..Outcome::passed()
        },
        Err(trouble) => Outcome::failed(format!("`{words}` {trouble}: is there a network?")),
    }
}

fn packages(workspace: &Workspace, log: &mut Log) -> Outcome {
    let missing: Vec<&Package> = PACKAGES
        .iter()
        .filter(|package| !package.programs.iter().any(|program| on_path(program)))
        .collect();
    if missing.is_empty() {
        return Outcome::passed();
    }
    let names: Vec<&str> = missing.iter().map(|package| package.name).collect();
    match install(workspace, log, &names) {
        Ok(()) => Outcome {
            notes: vec![format!("installed: {}", names.join(" "))],
            ..Outcome::passed()
        },
        Err(why) => {
            let lost: Vec<&str> = missing.iter().map(|package| package.without).collect();
            Outcome::skipped(format!(
                "{} not installed ({why}): {}",
                names.join(" and "),
                lost.join("; ")
            ))
        }
    }
}

/// `Err` says why not, and what to do.
fn install(workspace: &Workspace, log: &mut Log, names: &[&str]) -> Result<(), String> {
    if !on_path("apt-get") {
        return Err(
            "there is no apt-get: install it with this system's package manager".to_owned(),
        );
    }
    if !rustix::process::geteuid().is_root() {
        return Err(format!(
            "run: sudo apt-get update && sudo apt-get install -y {}",
            names.join(" ")
        ));
    }
    let apt = |args: &[&str]| -> Command {
        let mut command = workspace.command("apt-get");
        // A server that is installed is not started: tests start their own and stop it.
        command
            .env("DEBIAN_FRONTEND", "noninteractive")
            .env("RUNLEVEL", "1")
            .args(args);
        command
    };
    let mut run = |command: Command, what: &str, limit| -> Result<(), String> {
        command::run(workspace, log, command, limit)
            .map_err(|trouble: Trouble| format!("{what} {trouble}"))
    };
    run(apt(&["update"]), "apt-get update", minutes(3))?;
    let mut args = vec!["install", "-y", "--no-install-recommends"];
    args.extend(names);
    run(apt(&args), "apt-get install", minutes(10))
}
