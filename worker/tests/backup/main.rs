//! `aicoin-worker backup` and `restore`, proven from outside: a bot that trades is backed up, and goes on elsewhere.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "in a test a failure that stops it is the report"
)]

mod moved;
#[path = "../replay/rig.rs"]
#[allow(dead_code, reason = "the other tests use the rest")]
mod rig;
#[path = "../ai/support/mod.rs"]
#[allow(dead_code, reason = "the other tests use the rest")]
mod support;
