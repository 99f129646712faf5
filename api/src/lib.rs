//! Shared types of aicoin: the `TradingBot` resource and the worker's HTTP interface.

pub mod bot;
#[cfg(feature = "crd")]
pub mod crd;
pub mod http;
pub mod names;

pub use aicoin_domain as domain;
