//! What the core promises, one behaviour per test, against a venue that says exactly what the test wants.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "tests and their rig"
)]

mod attached;
mod bounded;
mod close_all;
mod control;
mod doubt;
mod fills;
mod funding;
mod halts;
mod listing;
mod model;
mod protection;
mod rig;
mod saved;
mod unknown;
