//! What the tests are made with: the cluster with the chart in it, namespaces, bots, their pods and their tables.

pub(crate) mod api;
pub(crate) mod books;
pub(crate) mod bot;
pub(crate) mod cluster;
pub(crate) mod evidence;
pub(crate) mod exchange;
pub(crate) mod figures;
pub(crate) mod images;
pub(crate) mod manifest;
pub(crate) mod space;
pub(crate) mod turn;
pub(crate) mod volume;

// Shared with the tests of the worker, which use more of them.
#[allow(dead_code)]
#[path = "../../system/rig/db.rs"]
pub(crate) mod db;
#[allow(dead_code)]
#[path = "../../system/rig/number.rs"]
pub(crate) mod number;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// Between two looks at something that will be so in a moment.
const LOOK: Duration = Duration::from_millis(100);

/// The checkout.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Looks again and again until it is so, for at most that long. How long it took.
#[track_caller]
pub(crate) fn eventually(what: &str, limit: Duration, mut is_so: impl FnMut() -> bool) -> Duration {
    let begun = Instant::now();
    eventually_some(what, limit, || is_so().then_some(()));
    begun.elapsed()
}

/// Looks again and again until there is something, for at most that long.
#[track_caller]
pub(crate) fn eventually_some<T>(
    what: &str,
    limit: Duration,
    mut look: impl FnMut() -> Option<T>,
) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < limit, "not within {limit:?}: {what}");
        std::thread::sleep(LOOK);
    }
}

/// Holds on to something that has to stay so for that long.
#[track_caller]
pub(crate) fn always(what: &str, span: Duration, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while begun.elapsed() < span {
        assert!(is_so(), "not any more after {:?}: {what}", begun.elapsed());
        std::thread::sleep(LOOK);
    }
}

/// Everything that a program said.
pub(crate) fn words(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Runs a program that has to succeed. Its standard output.
#[track_caller]
pub(crate) fn ran(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?} ended with {}: {}",
        output.status,
        words(&output)
    );
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}
