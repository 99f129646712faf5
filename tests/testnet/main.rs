//! The worker on a venue: `aicoin-worker` in mode Testnet against `aicoin-sim`, over HTTP and WebSocket, as both are
//! shipped. The simulator's ledger is the judge.
//!
//! `cargo xtask test --only testnet` builds both programs and says in AICOIN_WORKER_BIN and AICOIN_SIM_BIN where they are;
//! without them every test here is skipped. Figures are printed, not asserted, where they depend on the machine.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests"
)]

mod account;
mod day;
mod orders;
mod refused;
mod rig;
mod streams;
