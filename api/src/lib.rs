//! Shared types of aicoin: the `TradingBot` resource and the worker's HTTP interface.

pub mod bot;
pub mod http;
pub mod names;

pub use aicoin_domain as domain;
