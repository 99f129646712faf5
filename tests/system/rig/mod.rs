//! What the tests are made with: processes, HTTP, tables, exact numbers, a browser.

pub(crate) mod browser;
pub(crate) mod db;
pub(crate) mod http;
pub(crate) mod manifest;
pub(crate) mod number;
pub(crate) mod pod;
pub(crate) mod process;
pub(crate) mod token;
pub(crate) mod worker;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The binary under test; `None` prints why the test is skipped.
pub(crate) fn binary() -> Option<PathBuf> {
    let path = std::env::var_os("AICOIN_WORKER_BIN")
        .filter(|path| !path.is_empty())
        .map(PathBuf::from);
    if path.is_none() {
        println!(
            "skipped: AICOIN_WORKER_BIN names no aicoin-worker; `cargo xtask test --only system` does"
        );
    }
    path
}

/// The checkout.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// A file of the checkout.
pub(crate) fn in_checkout(path: &str) -> PathBuf {
    root().join(path)
}

/// A folder of its own for a test; short, because a socket's path must be.
pub(crate) fn scratch() -> tempfile::TempDir {
    tempfile::Builder::new()
        .prefix("aicoin-")
        .tempdir()
        .unwrap()
}

/// Looks again and again until it is so, for at most that long.
#[track_caller]
pub(crate) fn eventually(what: &str, limit: Duration, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < limit, "not within {limit:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
