//! One seed from its beginning to its end.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use aicoin_domain::Reason;

use crate::bug::Bug;
use crate::fault::Struck;
use crate::history::History;
use crate::judge::{Invariant, Violation};
use crate::world::World;

/// A simulated day counts as a bot-day when it has so many inputs of a core; with fewer it counts for less.
pub const INPUTS_PER_DAY: u64 = 20_000;

const DAY_MS: u64 = 86_400_000;

/// What came of a seed.
#[derive(Debug)]
pub struct Run {
    /// The seed.
    pub seed: u64,
    /// Inputs that cores took.
    pub steps: u64,
    /// Simulated time, ms.
    pub elapsed_ms: u64,
    /// Processes that were started.
    pub starts: u64,
    /// Faults that struck.
    pub struck: Struck,
    /// Reason codes that were given.
    pub reasons: BTreeMap<Reason, u64>,
    /// A hash over the states on the way: the same for the same seed.
    pub digest: u64,
    /// What did not hold.
    pub violation: Option<Violation>,
    /// What happened, when it was asked for.
    pub history: History,
}

impl Run {
    /// Simulated bot-days, in millionths: by time, or by inputs where there were fewer than [`INPUTS_PER_DAY`].
    #[must_use]
    pub fn bot_days_ppm(&self) -> u64 {
        let by_time = self.elapsed_ms * 1_000_000 / DAY_MS;
        let by_inputs = self.steps * 1_000_000 / INPUTS_PER_DAY;
        by_time.min(by_inputs)
    }
}

/// Runs one seed.
#[must_use]
pub fn run(seed: u64, bug: Bug) -> Run {
    run_told(seed, bug, false)
}

/// Runs one seed and keeps its history.
#[must_use]
pub fn replay(seed: u64, bug: Bug) -> Run {
    run_told(seed, bug, true)
}

thread_local! {
    static PANICKED: RefCell<String> = const { RefCell::new(String::new()) };
}

/// A panic in a run is an observation: it is not printed, and its place is kept.
fn keep_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let print = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if IS_RUNNING.get() {
                PANICKED.set(info.to_string());
            } else {
                print(info);
            }
        }));
    });
}

thread_local! {
    static IS_RUNNING: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

fn run_told(seed: u64, bug: Bug, is_told: bool) -> Run {
    keep_panics();
    let mut world = World::new(seed, bug, is_told);
    IS_RUNNING.set(true);
    let result = catch_unwind(AssertUnwindSafe(|| world.run()));
    IS_RUNNING.set(false);
    let violation = result.unwrap_or_else(|_| {
        Some(Violation {
            invariant: Invariant::Panic,
            words: PANICKED.take(),
        })
    });
    if let Some(violation) = &violation {
        let now = world.now;
        world.history.say(now, || format!("*** {violation}"));
    }
    Run {
        seed,
        steps: world.steps,
        elapsed_ms: u64::try_from(world.elapsed_ms()).unwrap_or(0),
        starts: world.starts,
        struck: world.struck,
        reasons: std::mem::take(&mut world.judge.reasons),
        digest: world.digest,
        violation,
        history: world.history,
    }
}
