//! `aicoin-worker replay`, proven from outside: the real binary records, is stopped, killed and tampered with, and the
//! replay says what is so.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "in a test a failure that stops it is the report"
)]

mod limits;
mod recorded;
mod refused;
mod rig;
mod span;
#[path = "../ai/support/mod.rs"]
#[allow(dead_code, reason = "the other tests use the rest")]
mod support;
mod tampered;
