//! The nouns that every part of aicoin shares: amounts of money, ids, market rules, the order vocabulary, control levels.
//!
//! `no_std` with `alloc`: nothing here can name a clock, a file, a socket or a thread. Amounts are fixed-point integers
//! that are parsed from decimal strings; no floating-point number ever becomes a price, a size or an amount.
#![no_std]

extern crate alloc;

mod amount;
mod control;
mod decimal;
mod id;
mod market;
mod order;
mod reason;
mod time;

pub use amount::{Leverage, Price, Rate, Size, Usd};
pub use control::{Desired, Hold};
pub use decimal::DecimalError;
pub use id::{AccountId, Cloid, CloidError, DecisionId, MarketId, OrderId, TradeId};
pub use market::{MIN_NOTIONAL, MarginTier, MarginTiers, MarketRules};
pub use order::{
    Fill, LiquidationKind, OrderKind, OrderRequest, OrderStatus, Refusal, Side, Tif, TpSl,
};
pub use reason::Reason;
pub use time::{DurationMs, TimeMs};
