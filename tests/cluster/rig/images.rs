//! The images: those that somebody names, or those of this checkout.

use std::path::PathBuf;
use std::process::Command;

use super::root;

/// Names the folder of `cargo xtask images`.
const VARIABLE: &str = "AICOIN_TEST_IMAGES";

/// The archives of the operator, the worker and the simulator.
pub(crate) fn archives() -> [PathBuf; 3] {
    let folder = std::env::var_os(VARIABLE)
        .filter(|folder| !folder.is_empty())
        .map_or_else(build, PathBuf::from);
    ["aicoin-operator.tar", "aicoin-worker.tar", "aicoin-sim.tar"].map(|name| {
        let archive = folder.join(name);
        assert!(
            archive.is_file(),
            "{VARIABLE}: {} is missing; `cargo xtask images --out DIR` makes it",
            archive.display()
        );
        archive
    })
}

/// Builds them beside the test that runs.
fn build() -> PathBuf {
    let folder = std::env::current_exe()
        .unwrap()
        .ancestors()
        .nth(3)
        .unwrap()
        .join("images");
    let status = Command::new("cargo")
        .current_dir(root())
        .args(["xtask", "images", "--out"])
        .arg(&folder)
        .status()
        .unwrap();
    assert!(status.success(), "cargo xtask images ended with {status}");
    folder
}
