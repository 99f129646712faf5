//! Orders: intents, their life cycle, and the book of those that are alive.

mod book;
mod cloid;
mod life_cycle;

pub(crate) use book::{Book, CancelState, Order};
pub(crate) use cloid::cloid_of;
pub use life_cycle::{Impossible, OrderEvent, next_status};
