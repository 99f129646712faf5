//! The pure trading core of aicoin: a state machine that is told what the world says and puts out what is to be done.
//!
//! It owns no clock, no randomness, no threads, no files and no sockets, and cannot name any (`no_std`). The same inputs
//! give the same outputs and the same [`Bot::state_hash`], in every shell: live, paper, backtest, replay, and the fault
//! simulator.
//!
//! The loop of a shell:
//! 1. Give it one input: [`Bot::handle`].
//! 2. Drain it: [`Bot::poll`] until it gives nothing, carrying out each [`Output`].
//! 3. For [`Output::Persist`], store the rows together with [`Bot::save`], then say [`Input::Durable`].
//! 4. For [`Output::Send`], do it at the venue, once, and say [`Input::Sent`] with what became of it.
//!
//! What it must never do: send before the intent is durable, raise exposure against an accepted control, send an
//! unresolved order again, or trade on a price, reply or account that it cannot vouch for.
#![no_std]

extern crate alloc;

mod account;
mod ai;
mod bot;
mod config;
mod control;
mod decide;
mod hash;
mod input;
mod lease;
mod market;
mod orders;
mod outbox;
mod output;
mod planted;
mod record;
mod risk;

pub use ai::{
    AiAction, AiAnswer, AiCall, AiFailure, AiReply, MarketView, Proposal, RecentDecision,
    ReplyItem, ViewAccount, ViewMarket, ViewPosition,
};
pub use bot::{Bot, ControlView, HaltView, PositionView, Saved, Trial};
pub use config::{AiConfig, BotConfig, MarketConfig, Policy, RiskConfig, RuleConfig, Timing};
pub use decide::BreakerState;
pub use input::{
    AccountTruth, Candle, Input, LeaseState, LookupAnswer, OpenOrderTruth, OrderUpdate,
    PositionTruth, Quote, Range, SendResult, StoreHealth,
};
pub use market::VIEW_CANDLES_MAX;
pub use orders::{Impossible, OrderEvent, next_status};
pub use output::{Action, Output, Query, Report, Seq};
#[cfg(feature = "planted")]
pub use planted::Planted;
pub use record::{
    AccountRecord, ControlRecord, DecisionRecord, FillRecord, Leg, OrderError, OrderRecord,
    PositionRecord, Record, RiskRecord, Wanted, Why,
};
