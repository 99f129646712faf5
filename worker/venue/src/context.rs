//! What all tasks of a connection share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aicoin_domain::{TimeMs, TradeId};
use aicoin_hyperliquid::{Address, Network};

use crate::clock::Clock;
use crate::deliver::Deliver;
use crate::health::Board;
use crate::markets::Markets;
use crate::rest::Rest;

/// What all tasks of a connection share.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) network: Network,
    /// `None`: public data only.
    pub(crate) account: Option<Address>,
    pub(crate) clock: Clock,
    /// The venue's time when this connection began: fills before it are history.
    pub(crate) began: TimeMs,
    pub(crate) rest: Arc<Rest>,
    pub(crate) board: Board,
    pub(crate) markets: Markets,
    pub(crate) deliver: Deliver,
    last_trade: Mutex<Option<(TimeMs, TradeId)>>,
    read_at: Mutex<Option<Instant>>,
}

impl Context {
    pub(crate) fn new(
        network: Network,
        account: Option<Address>,
        clock: Clock,
        began: TimeMs,
        rest: Arc<Rest>,
        markets: Markets,
        deliver: Deliver,
    ) -> Self {
        Self {
            network,
            account,
            clock,
            began,
            rest,
            board: Board::new(),
            markets,
            deliver,
            last_trade: Mutex::new(None),
            read_at: Mutex::new(None),
        }
    }

    /// The fill up to which the core knew all when it asked last.
    pub(crate) fn last_trade(&self) -> Option<(TimeMs, TradeId)> {
        *self.lock()
    }

    /// The core's word for it.
    pub(crate) fn heard_last_trade(&self, last_trade: Option<(TimeMs, TradeId)>) {
        let mut known = self.lock();
        *known = (*known).max(last_trade);
    }

    /// A whole reading was handed over.
    pub(crate) fn was_read(&self) {
        *self.read_at() = Some(Instant::now());
    }

    /// Whether one was, not longer ago than that.
    pub(crate) fn was_read_within(&self, span: Duration) -> bool {
        self.read_at().is_some_and(|at| at.elapsed() < span)
    }

    fn read_at(&self) -> MutexGuard<'_, Option<Instant>> {
        self.read_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Option<(TimeMs, TradeId)>> {
        self.last_trade
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
