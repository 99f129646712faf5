//! What the exchange model promises, one file per subject.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "clippy allows these in test functions only, not in what they share"
)]

mod accounts;
mod candles;
mod conservation;
mod funding;
mod history;
mod liquidation;
mod margin;
mod orders;
mod reduce_only;
mod simulated;
mod steps;
mod triggers;
mod world;
