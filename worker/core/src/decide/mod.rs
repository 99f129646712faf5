//! Deciding: rules, the checks of a model's wishes, its budget and its circuit breaker.
//!
//! A decider only ever *wants*. Whether and how much is traded is decided by risk, control and the gate.

mod ai;
mod breaker;
mod budget;
mod ema_cross;
mod rule;

pub(crate) use ai::{Checked, Facts, check};
pub(crate) use breaker::Breaker;
pub use breaker::BreakerState;
pub(crate) use budget::Budget;
pub(crate) use rule::{AnyRule, Rule, Wish};
