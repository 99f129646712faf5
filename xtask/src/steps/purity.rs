//! `purity`: the trading core and the exchange model can do no I/O, and no dependency of theirs can.
//!
//! What proves it is the build for `wasm32v1-none`: that target has no standard library, so a crate anywhere below that
//! names `std` (or has a feature on that does) does not compile. Each crate is built alone, because together with others
//! cargo would merge their features. The build for `wasm32-unknown-unknown` shows that they run in a browser; it proves
//! less, because that target has a standard library whose clocks and files compile and fail when they are called.

use super::minutes;
use crate::command;
use crate::log::Log;
use crate::outcome::Outcome;
use crate::workspace::Workspace;

/// The pure crates, and where they begin.
const PURE: [(&str, &str); 3] = [
    ("aicoin-domain", "api/domain/src/lib.rs"),
    ("aicoin-core", "worker/core/src/lib.rs"),
    ("aicoin-paper", "worker/paper/src/lib.rs"),
];
/// A target without a standard library.
pub(super) const WITHOUT_STD: &str = "wasm32v1-none";
/// The target of browsers.
pub(super) const BROWSER: &str = "wasm32-unknown-unknown";

pub(super) fn run(workspace: &Workspace, log: &mut Log) -> Outcome {
    let mut outcome = Outcome::default();
    for (name, path) in PURE {
        outcome = outcome.and(says_no_std(workspace, name, path));
    }
    for target in [WITHOUT_STD, BROWSER] {
        for (name, _) in PURE {
            outcome = outcome.and(builds(workspace, log, name, target));
        }
    }
    outcome
}

/// The attribute stands there without a condition: a feature or a test build cannot take it away.
fn says_no_std(workspace: &Workspace, name: &str, path: &str) -> Outcome {
    let text = std::fs::read_to_string(workspace.root.join(path)).unwrap_or_default();
    if text.lines().any(|line| line == "#![no_std]") {
        Outcome::passed()
    } else {
        Outcome::failed(format!("{name}: {path} does not say #![no_std]"))
    }
}

fn builds(workspace: &Workspace, log: &mut Log, name: &str, target: &str) -> Outcome {
    let build = workspace.cargo(&["build", "--locked", "-p", name, "--lib", "--target", target]);
    Outcome::of(
        &format!("{name} for {target}"),
        command::run(workspace, log, build, minutes(10)),
    )
}
