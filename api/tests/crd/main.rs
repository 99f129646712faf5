//! The definition of the resource: fresh, small, without a default that could change, and of one mind with the rules
//! that the operator and `aicoin-worker local` keep.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
#![expect(
    clippy::print_stdout,
    reason = "figures are printed for the test runner"
)]

mod bad_manifests;
mod definition;
mod judge;
mod values;
