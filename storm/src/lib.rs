//! The fault simulator: the trading core in a world that is drawn from a seed.
//!
//! The world has the paper exchange behind a network, a store with a lease, a model, clocks, people, and processes that
//! die, stand still and are replaced. Each seed draws its own bot and its own mix of [`Fault`]s. A run has two phases:
//! faults on, then faults off, and it has to come back by itself. The judge looks after each step, by the exchange's own
//! ledger and by what the core was told; the first [`Invariant`] that does not hold ends the run.
//!
//! A seed replays exactly: same code, same seed, same [`Run::digest`].
//!
//! What must never be here: a clock of this machine or its randomness in a run; a check that believes the core.

mod bug;
mod coverage;
mod dice;
mod fault;
mod history;
mod judge;
mod plan;
mod process;
mod queue;
mod run;
mod store;
mod swarm;
mod world;

pub use bug::Bug;
pub use coverage::{CANNOT_ARISE, missing};
pub use fault::{Fault, Struck};
pub use history::History;
pub use judge::{Invariant, Violation};
pub use run::{INPUTS_PER_DAY, Run, replay, run};
pub use swarm::{Extent, Swarm, swarm};
