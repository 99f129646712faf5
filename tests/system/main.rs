//! The promises of `aicoin-worker`, checked on the binary that is shipped: processes, files, sockets, a browser.
//!
//! `cargo xtask test --only system` builds that binary and says in AICOIN_WORKER_BIN where it is; without it every test
//! here is skipped. A test that cannot run on this machine prints `skipped: REASON`. Figures are printed, not asserted,
//! where they depend on the machine.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests"
)]

mod ai;
mod backtest;
mod bad_input;
mod ctl;
mod disk_full;
mod doors;
mod idle;
mod page;
mod pod;
mod pod_crashes;
mod pod_key;
mod pod_probes;
mod pod_refusals;
mod pod_stop;
mod pod_storage;
mod quickstart;
mod restart;
mod rig;
mod stop;
