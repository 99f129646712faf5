//! What the tests are made with: the simulator, the worker, a model that says what a test wants, and the books of both.

pub(crate) mod books;
pub(crate) mod keys;
pub(crate) mod manifest;
pub(crate) mod model;
pub(crate) mod sim;
pub(crate) mod stranger;
pub(crate) mod world;

// What the system tests are made with does here as well.
#[allow(dead_code, reason = "the system tests use all of it")]
#[path = "../../system/rig/db.rs"]
pub(crate) mod db;
#[allow(dead_code, reason = "the system tests use all of it")]
#[path = "../../system/rig/http.rs"]
pub(crate) mod http;
#[allow(dead_code, reason = "the system tests use all of it")]
#[path = "../../system/rig/number.rs"]
pub(crate) mod number;
#[allow(dead_code, reason = "the system tests use all of it")]
#[path = "../../system/rig/process.rs"]
pub(crate) mod process;
#[allow(dead_code, reason = "the system tests use all of it")]
#[path = "../../system/rig/worker.rs"]
pub(crate) mod worker;

use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The programs under test.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    pub(crate) worker: PathBuf,
    pub(crate) sim: PathBuf,
}

/// The programs; `None` prints why the test is skipped.
pub(crate) fn programs() -> Option<Programs> {
    let named = |name: &str| {
        std::env::var_os(name)
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
    };
    let found = named("AICOIN_WORKER_BIN").zip(named("AICOIN_SIM_BIN"));
    if found.is_none() {
        println!(
            "skipped: AICOIN_WORKER_BIN and AICOIN_SIM_BIN name no programs; `cargo xtask test --only testnet` does"
        );
    }
    found.map(|(worker, sim)| Programs { worker, sim })
}

/// A number that a person may set for one run.
#[track_caller]
pub(crate) fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| {
        text.parse()
            .unwrap_or_else(|error| panic!("{name}={text}: {error}"))
    })
}

/// It stays so for that long.
#[track_caller]
pub(crate) fn throughout(what: &str, span: Duration, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while begun.elapsed() < span {
        assert!(is_so(), "no more after {:?}: {what}", begun.elapsed());
        std::thread::sleep(Duration::from_millis(50));
    }
}
