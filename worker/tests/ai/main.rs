//! What the worker does with a model, proven from outside: the real binary in local mode, a model that the test plays,
//! and what is left in the tables and printed at the end.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "in a test a failure that stops it is the report"
)]

mod budget;
mod calls;
mod control;
mod frame;
mod keys;
mod opening;
mod restart;
mod support;
mod time;
mod wishes;
