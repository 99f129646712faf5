//! The promises of aicoin on a real Kubernetes node: real pods, probes, drains, Helm, kubectl.
//!
//! One node serves all tests, each has a namespace of its own; tests that take the operator or the node away run alone.
//! The images are those of the folder in AICOIN_TEST_IMAGES (`cargo xtask test --only cluster` says it), or are built.
//! AICOIN_TEST_KUBECONFIG names another cluster to use. A test that cannot run here prints `skipped: REASON`. Everything
//! that is waited for has a limit, and a test that fails prints what the cluster says about its namespace.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests"
)]

mod crashes;
mod deletion;
mod install;
mod pause;
mod plugin;
mod rbac;
mod restricted;
mod rig;
mod testnet;
mod upgrades;
