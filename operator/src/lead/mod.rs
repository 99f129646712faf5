//! Leadership: a Lease says which replica may write, and a claim is checked right before each write.
//!
//! Never: a write on a claim that may have run out. The claim is counted from *before* the renewal was sent and is
//! shorter than what others wait, so that a leader that was frozen and wakes finds it expired.

mod election;
mod gate;
mod lease;

pub use election::{Election, run};
pub use gate::{Gate, NotLeader};
pub use lease::{Step, Timings, View, step};
