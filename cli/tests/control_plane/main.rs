//! The plugin as a person runs it, against a real API server. The tests play the operator: they write the status.
//!
//! There is no node here, so no pod runs: what goes through `kubectl exec` is tested on a whole node.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod accept;
mod confirm;
mod kubectl;
mod look;
mod patches;
mod refusals;
mod rig;
mod waits;
