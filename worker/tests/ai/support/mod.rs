//! What the tests are made of: a model that says what a test wants, the worker's process, and its tables.

pub(crate) mod cases;
pub(crate) mod http;
pub(crate) mod manifest;
pub(crate) mod model;
pub(crate) mod rows;
pub(crate) mod worker;

use std::time::{Duration, Instant};

/// Nothing that a test waits for takes longer than this.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Looks until there is something.
pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
