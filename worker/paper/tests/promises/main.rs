//! What the exchange model promises, one file per subject.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "clippy allows these in test functions only, not in what they share"
)]

mod accounts;
mod book;
mod candles;
mod conservation;
mod funding;
mod groups;
mod history;
mod liquidation;
mod margin;
mod modify;
mod money;
mod orders;
mod reduce_only;
mod simulated;
mod steps;
mod triggers;
mod venue;
mod venue_orders;
mod venue_runs;
mod venue_steps;
mod world;
