//! Control: which level is asked of a worker, and what is known of it. Pure.
//!
//! The counter is the operator's own, kept in the status and written there before it is sent: an annotation does not
//! move `metadata.generation`.

mod counter;
mod level;

pub use counter::{above, count, take_report};
pub use level::{Hold, Wanted, hold, wanted};
