//! The pure trading core.
#![no_std]
extern crate alloc;

mod ai;
mod config;
mod input;
mod output;
mod record;

pub use ai::*;
pub use config::*;
pub use input::*;
pub use output::*;
pub use record::*;
