//! The chart, seen from outside: what Helm makes of it is judged by Helm, by Kubernetes' own schemas and admission
//! library, and held against files that a person reviews. No cluster is needed.
//!
//! Helm is built from its Go module when it is missing. A judge that cannot run here prints `skipped: REASON`.
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
mod refusals;
mod rig;
mod rights;
mod secrets;
