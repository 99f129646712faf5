//! Each bug that is planted is found, within the number of seeds that a normal run has.

#![allow(missing_docs, clippy::print_stdout, reason = "a test")]

use aicoin_core::Planted;
use aicoin_storm::{Bug, Extent, swarm};

/// A normal run has so many seeds.
const SEEDS: u64 = 2_000;

#[test]
fn every_planted_bug_is_found() {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let core = Planted::ALL.iter().map(|planted| Bug::Core(*planted));
    let mut missed = Vec::new();
    let mut count = 0;
    for bug in core.chain(Bug::OF_THE_SHELL) {
        count += 1;
        let found = swarm(0, Extent::Seeds(SEEDS), threads, bug, true);
        match found.failures.first() {
            Some((seed, violation)) => println!("{bug:?}: seed {seed}, {violation}"),
            None => missed.push(bug),
        }
    }
    assert_eq!(missed, [], "these were not found within {SEEDS} seeds");
    assert!(count >= 15, "{count} bugs are too few to trust the rig");
    println!("figure: {count} planted bugs, each found within {SEEDS} seeds");
}
