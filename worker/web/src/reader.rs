//! Where lists come from: the worker's shell implements [`Reader`] over its store.
//!
//! Never: a way to write. A reader that fails or hangs costs its client a 503 after a time limit, and nothing else.

use std::pin::Pin;

use aicoin_api::http::{AccountSnapshot, Candle, Decision, Fill, Health, Order, RiskEvent};

/// A boxed future of a read, so that the trait can be used as `dyn Reader`.
pub type Reading<'a, T> = Pin<Box<dyn Future<Output = Result<T, ReadError>> + Send + 'a>>;

/// Why a read failed. "Unavailable" is never answered with an empty list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The store does not answer: a sentence for a person, without paths, addresses or credentials.
    #[error("{0}")]
    Unavailable(String),
}

/// Reads the bot's history. `limit` is 1 to 1000: the newest so many rows.
pub trait Reader: Send + Sync + 'static {
    /// Orders, newest first.
    fn orders(&self, limit: u32) -> Reading<'_, Vec<Order>>;
    /// Fills, newest first.
    fn fills(&self, limit: u32) -> Reading<'_, Vec<Fill>>;
    /// Decisions, newest first.
    fn decisions(&self, limit: u32) -> Reading<'_, Vec<Decision>>;
    /// Risk events, newest first.
    fn risk_events(&self, limit: u32) -> Reading<'_, Vec<RiskEvent>>;
    /// The newest `limit` account snapshots, oldest first.
    fn account_snapshots(&self, limit: u32) -> Reading<'_, Vec<AccountSnapshot>>;
    /// The newest `limit` candles of a market, oldest first. The market is one of the status.
    fn candles<'a>(&'a self, market: &'a str, limit: u32) -> Reading<'a, Vec<Candle>>;
    /// How well each part works. Open to everybody: no address, no balance, no credential in a reason.
    fn health(&self) -> Reading<'_, Health>;
}
