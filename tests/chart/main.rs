//! The chart, seen from outside: what Helm makes of it is judged by Helm, by Kubernetes' own schemas and admission
//! library, and held against files that a person reviews. Where an answer must come from a cluster, it comes from an API
//! server without nodes; what needs pods is in `tests/cluster`.
//!
//! The programs are built from their Go modules when they are missing. A judge that cannot run here prints `skipped: REASON`.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests"
)]

mod crd;
mod install;
mod judges;
mod plane;
mod refusals;
mod rig;
mod rights;
mod secrets;
