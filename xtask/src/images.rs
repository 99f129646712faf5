//! `cargo xtask images`: the operator, the worker and the simulator as container images, from scratch, as OCI archives.
//!
//! Each holds one static program and nothing else, runs as nobody, and carries the reference that the chart asks for.
//! The same sources give the same images.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use aicoin_testbed::oci::{self, Image};
use aicoin_testbed::packages;

use crate::cli::ImagesArgs;
use crate::workspace::Workspace;

/// Release without optimising across crates: no loop of a bot is as hot as a backtest's, and it links in half the time.
const PROFILE: &str = "image";
/// The host and path that all references begin with.
const REGISTRY: &str = "ghcr.io/aicoin-dev";
/// An image above this is a mistake.
const BYTES_MAX: usize = 30 * 1024 * 1024;

/// A program that is shipped as an image.
struct Shipped {
    name: &'static str,
    about: &'static str,
}

const SHIPPED: [Shipped; 3] = [
    Shipped {
        name: "aicoin-worker",
        about: "Trades for one TradingBot",
    },
    Shipped {
        name: "aicoin-operator",
        about: "Runs TradingBots on Kubernetes",
    },
    Shipped {
        name: "aicoin-sim",
        about: "A venue and an AI to try TradingBots with, without any account",
    },
];

pub(crate) fn images(workspace: &Workspace, args: &ImagesArgs) -> Result<ExitCode, String> {
    let out = std::path::absolute(&args.out)
        .map_err(|error| format!("{}: {error}.", args.out.display()))?;
    std::fs::create_dir_all(&out)
        .map_err(|error| format!("{} cannot be made: {error}.", out.display()))?;
    let target = target();
    ensure_target(workspace, &target)?;
    packages::ensure(&[packages::MUSL]).map_err(|error| error.to_string())?;
    for shipped in &SHIPPED {
        // One at a time: together cargo would build the worker with features that only the operator needs.
        let program = build(workspace, shipped, &target)?;
        let path = out.join(format!("{}.tar", shipped.name));
        let size = write(shipped, &program, &path)?;
        println!(
            "{}: {}, {:.1} MB",
            path.display(),
            reference(shipped),
            mebibytes(size)
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// The machine's own kind, with a C library that can be linked into the program.
fn target() -> String {
    format!("{}-unknown-linux-musl", std::env::consts::ARCH)
}

/// The standard library for the target; nobody has to think of it before.
fn ensure_target(workspace: &Workspace, target: &str) -> Result<(), String> {
    let output = workspace
        .command("rustc")
        .args(["--print", "target-libdir", "--target", target])
        .output()
        .map_err(|error| {
            format!("rustc cannot be started ({error}): install Rust from https://rustup.rs.")
        })?;
    let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    if output.status.success() && folder.is_dir() {
        return Ok(());
    }
    let mut add = workspace.command("rustup");
    add.args(["target", "add", target]);
    succeed(&mut add, &format!("rustup target add {target}"))
}

fn build(workspace: &Workspace, shipped: &Shipped, target: &str) -> Result<PathBuf, String> {
    let mut build = workspace.cargo(&[
        "build",
        "--profile",
        PROFILE,
        "--locked",
        "--package",
        shipped.name,
        "--target",
        target,
    ]);
    succeed(
        &mut build,
        &format!("cargo build --package {}", shipped.name),
    )?;
    Ok(workspace
        .target
        .join(target)
        .join(PROFILE)
        .join(shipped.name))
}

fn succeed(command: &mut Command, what: &str) -> Result<(), String> {
    let status = command
        .status()
        .map_err(|error| format!("{what} cannot be started: {error}."))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{what} ended with {status}."))
    }
}

/// Its size.
fn write(shipped: &Shipped, program: &Path, path: &Path) -> Result<usize, String> {
    let bytes = std::fs::read(program)
        .map_err(|error| format!("{} cannot be read: {error}.", program.display()))?;
    if !is_static(&bytes) {
        return Err(format!(
            "{} is no static program: it would not start in an image that has nothing else.",
            program.display()
        ));
    }
    let version = env!("CARGO_PKG_VERSION");
    let reference = reference(shipped);
    let archive = oci::archive(&Image {
        reference: &reference,
        architecture: oci::architecture(),
        program: shipped.name,
        bytes: &bytes,
        user: oci::NOBODY,
        labels: BTreeMap::from([
            ("org.opencontainers.image.title", shipped.name),
            ("org.opencontainers.image.description", shipped.about),
            ("org.opencontainers.image.version", version),
            (
                "org.opencontainers.image.licenses",
                env!("CARGO_PKG_LICENSE"),
            ),
        ]),
    })
    .map_err(|error| error.to_string())?;
    // What lies on a node's disk counts too.
    let size = archive.len().max(bytes.len());
    if size > BYTES_MAX {
        return Err(format!(
            "{reference} has {:.1} MB; an image has {} MB at most.",
            mebibytes(size),
            BYTES_MAX / 1024 / 1024
        ));
    }
    std::fs::write(path, &archive)
        .map_err(|error| format!("{} cannot be written: {error}.", path.display()))?;
    Ok(archive.len())
}

/// Fully qualified, and of this version: what the chart asks for.
fn reference(shipped: &Shipped) -> String {
    format!("{REGISTRY}/{}:{}", shipped.name, env!("CARGO_PKG_VERSION"))
}

#[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
fn mebibytes(bytes: usize) -> f64 {
    bytes as f64 / 1024.0 / 1024.0
}

/// Whether an ELF program of 64 bits asks for no loader.
fn is_static(elf: &[u8]) -> bool {
    const LOADER: u32 = 3;
    let number = |at: usize, length: usize| -> Option<usize> {
        let bytes = elf.get(at..at.checked_add(length)?)?;
        bytes.iter().rev().try_fold(0usize, |sum, byte| {
            sum.checked_mul(256)?.checked_add(usize::from(*byte))
        })
    };
    let headers = || {
        let (first, size, count) = (number(32, 8)?, number(54, 2)?, number(56, 2)?);
        (0..count)
            .map(|index| number(first.checked_add(index.checked_mul(size)?)?, 4))
            .collect::<Option<Vec<usize>>>()
    };
    elf.starts_with(b"\x7fELF\x02\x01")
        && headers().is_some_and(|kinds| {
            !kinds.is_empty() && !kinds.iter().any(|kind| u32::try_from(*kind) == Ok(LOADER))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_asks_for_a_loader_is_not_static() {
        // This test is such a program.
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert!(!is_static(&own));
        assert!(!is_static(b"#!/bin/sh"));
        assert!(!is_static(b""));
    }

    #[test]
    fn references_are_fully_qualified_and_name_a_version() {
        let all: Vec<String> = SHIPPED.iter().map(reference).collect();
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            all,
            [
                format!("ghcr.io/aicoin-dev/aicoin-worker:{version}"),
                format!("ghcr.io/aicoin-dev/aicoin-operator:{version}"),
                format!("ghcr.io/aicoin-dev/aicoin-sim:{version}"),
            ]
        );
    }
}
