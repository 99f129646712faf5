//! What the simulator promises to clients that others wrote, asked over its sockets by a client that signs for itself.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test panics when something is not as it must be"
)]

mod accounts;
mod command_line;
mod faults;
mod ledger;
mod limits;
mod orders;
mod questions;
mod rig;
mod signatures;
mod sockets;
