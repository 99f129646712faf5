//! What the rig itself promises.

#![allow(missing_docs, reason = "a test")]

use aicoin_storm::{Bug, CANNOT_ARISE, Fault, replay, run};

#[test]
fn the_same_seed_gives_the_same_run() {
    for seed in 0..12 {
        let (one, other) = (run(seed, Bug::None), replay(seed, Bug::None));
        assert_eq!(
            (one.digest, one.steps, one.starts, one.struck, one.reasons),
            (
                other.digest,
                other.steps,
                other.starts,
                other.struck,
                other.reasons
            ),
            "seed {seed}"
        );
    }
}

#[test]
fn the_first_seeds_hold() {
    for seed in 0..24 {
        assert_eq!(run(seed, Bug::None).violation, None, "seed {seed}");
    }
}

#[test]
fn there_are_many_kinds_of_faults_and_each_exception_has_a_reason() {
    assert!(Fault::ALL.len() >= 15);
    for (reason, why) in CANNOT_ARISE {
        assert!(why.len() > 20, "{reason}: {why:?} is no reason");
    }
}
