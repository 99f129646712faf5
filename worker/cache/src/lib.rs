//! What workers behind one address share through Redis: answers that are good for all of them, and the venue's allowance.
//!
//! ```text
//! kept answers   a start asks for less: what another worker asked for a moment ago is still good
//! allowance      one minute's weights of all workers together, in the server's own time
//! ```
//!
//! Nothing depends on it. Every call is over within [`CALL_WITHIN`], a server that is away is left alone for a while, and
//! whoever asks goes by what it knows itself. Never: anything that must not be lost or forgotten, a key, a secret.

mod allowance;
mod cache;
mod figures;

pub use allowance::Taken;
pub use cache::{CALL_WITHIN, Cache, CacheError, State};
pub use figures::Figures;
