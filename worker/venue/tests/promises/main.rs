//! What the connection promises, shown against an exchange that does what it is told.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    missing_docs
)]

mod boot;
mod orders;
mod readings;
mod sharing;
mod streams;
mod stub;
