//! A perpetuals exchange as a pure value: matching, fees, funding, margin and liquidation.
//!
//! Four shells use it: the backtest, paper trading, the fault storm and the simulator that speaks the
//! venue's protocol. Time is an argument, prices come from outside, and what happened is polled:
//!
//! 1. tell it a price: [`Exchange::on_quote`] (live prices), or [`Exchange::on_open`] and later [`Exchange::on_range`]
//!    (candles of a file);
//! 2. [`Exchange::submit`] and [`Exchange::cancel`] orders; the answers use the venue's own words. What the core does not
//!    need of the venue's vocabulary (orders without a client id, groups, limit triggers, modifying) is in
//!    [`Exchange::place`], [`Exchange::place_all`] and [`Exchange::modify`];
//! 3. take every [`Event`] with [`Exchange::poll_event`] until there is none;
//! 4. read the truth at any time: [`Exchange::account`], [`Exchange::order_status`], [`Exchange::fills_since`].
//!
//! Money is exact and conserved: an account's equity is deposits + realised + unrealised - fees + funding, to the last of
//! 18 decimals, and every booking is made twice, once as cash and once as profit, and compared.
//!
//! What must never be here: a clock, randomness from the system, I/O, threads, a float in a price, size or amount of the
//! exchange. (The [`SimulatedMarket`] draws its prices with floats from a seed and rounds them to valid ticks.)
//!
//! What it leaves out, on purpose: other traders (behind the best bid and ask there is only what [`Exchange::book`] derives
//! from them, and nothing unless [`Exchange::set_book_levels`] says so), self-trades (accounts meet the quoted
//! depth only, never each other), auto-deleveraging, and open-interest caps.
#![no_std]

extern crate alloc;

mod account;
mod answer;
mod book;
mod config;
mod event;
mod exchange;
mod fill;
mod history;
mod listing;
mod margin;
mod market;
mod order;
mod order_state;
mod placing;
mod position;
mod quote;
mod random;
mod refusal;
mod simulated;
mod tally;
mod terms;
mod view;

pub use answer::Answer;
pub use book::{BOOK_LEVELS_MAX, Book, Level};
pub use config::{ExchangeConfig, Fees};
pub use event::{Event, What};
pub use exchange::Exchange;
pub use fill::{FillDetail, FillRecord};
pub use history::HISTORY_MAX;
pub use listing::{Listed, find, names};
pub use margin::{isolated_liquidation_price, liquidation_price};
pub use order::{OpenOrder, OrderReport};
pub use order_state::OrderState;
pub use placing::{Grouping, NewKind, NewOrder, OrderRef, Placed};
pub use quote::{Quote, Range};
pub use refusal::*;
pub use simulated::{SimulatedCandle, SimulatedMarket};
pub use tally::FundingTotals;
pub use terms::{Link, Standing, Terms};
pub use view::{AccountView, PositionView, Room};
