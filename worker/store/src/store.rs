//! The store as the rest of the worker sees it, whatever the database behind it.

use std::borrow::Borrow;
use std::sync::Arc;
use std::time::Duration;

use aicoin_api::http::{AccountSnapshot, Counts, Decision, Fill, Order, RiskEvent};
use aicoin_core::{AccountRecord, ControlRecord, PositionRecord};
use aicoin_domain::OrderStatus;

use crate::batch::{Batch, Committed, JournalEntry};
use crate::error::StoreError;
use crate::options::{Loaded, StoreOptions};
use crate::probe::Probe;
use crate::sqlite::SqliteStore;

/// A commit takes a few milliseconds. One that takes longer than this is given up on: the trading loop has a heartbeat
/// of 10 s to keep, and a slow disk is no reason to restart it.
const COMMIT_WITHIN: Duration = Duration::from_secs(8);

/// One bot's store. Clones share it: one writes, others read beside it.
///
/// Dropping it is safe at any moment (what was committed is there); [`Store::close`] also tidies up.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<SqliteStore>,
}

impl Store {
    /// Takes the data directory and the account's lease, and reads what was there.
    ///
    /// # Errors
    /// When another process has either, or the database cannot be used. Nothing is changed then.
    pub async fn open(options: StoreOptions) -> Result<(Self, Loaded), StoreError> {
        let (store, loaded) = SqliteStore::open(options).await?;
        Ok((
            Self {
                inner: Arc::new(store),
            },
            loaded,
        ))
    }

    /// Makes a batch durable, all of it or nothing of it. `Ok` means that it survives a crash of machine and process.
    ///
    /// Lent or given: who wants to try it again lends it.
    ///
    /// After an error the same batch may be committed again: rows that are there already are not written twice.
    ///
    /// # Errors
    /// When the lease is lost or the batch cannot be written.
    pub async fn commit(&self, batch: impl Borrow<Batch> + Send) -> Result<Committed, StoreError> {
        let committing = self.inner.commit(batch.borrow());
        // Given up on, it may still become durable: committed again, its rows are not written twice.
        tokio::time::timeout(COMMIT_WITHIN, committing)
            .await
            .unwrap_or_else(|_| {
                Err(StoreError::Slow {
                    file: self.inner.file().to_owned(),
                    within_s: COMMIT_WITHIN.as_secs(),
                })
            })
    }

    /// Orders, newest first, of one state or of all.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn orders(
        &self,
        limit: u32,
        status: Option<OrderStatus>,
    ) -> Result<Vec<Order>, StoreError> {
        self.inner.orders(limit, status).await
    }

    /// Fills, newest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn fills(&self, limit: u32) -> Result<Vec<Fill>, StoreError> {
        self.inner.fills(limit).await
    }

    /// Decisions, newest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn decisions(&self, limit: u32) -> Result<Vec<Decision>, StoreError> {
        self.inner.decisions(limit).await
    }

    /// Risk events, newest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn risk_events(
        &self,
        limit: u32,
        only_unresolved: bool,
    ) -> Result<Vec<RiskEvent>, StoreError> {
        self.inner.risk_events(limit, only_unresolved).await
    }

    /// One risk event; `None` when there is none of that number.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn risk_event(&self, id: u64) -> Result<Option<RiskEvent>, StoreError> {
        self.inner.risk_event(id).await
    }

    /// The account from `since_ms` on, oldest first. More than `max_points` are thinned evenly in time; the first and the
    /// last stay.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn account_snapshots(
        &self,
        since_ms: i64,
        max_points: u32,
    ) -> Result<Vec<AccountSnapshot>, StoreError> {
        self.inner.account_snapshots(since_ms, max_points).await
    }

    /// Every position that there ever was, flat ones too, in the order of the markets.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn positions(&self) -> Result<Vec<PositionRecord>, StoreError> {
        self.inner.positions().await
    }

    /// Accepted control messages and local holds, newest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn control_messages(&self, limit: u32) -> Result<Vec<ControlRecord>, StoreError> {
        self.inner.control_messages(limit).await
    }

    /// Inputs after a place in the journal, in their order.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn journal(
        &self,
        after_seq: u64,
        limit: u32,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        self.inner.journal(after_seq, limit).await
    }

    /// Rows of this bot, counted in the tables. A commit says the same without counting.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn counts(&self) -> Result<Counts, StoreError> {
        self.inner.counts().await
    }

    /// The account as it was written down last.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn last_account(&self) -> Result<Option<AccountRecord>, StoreError> {
        self.inner.last_account().await
    }

    /// Whether the store answers, how fast, and how much room is left.
    ///
    /// # Errors
    /// When it does not answer, or the lease is lost.
    pub async fn probe(&self) -> Result<Probe, StoreError> {
        self.inner.probe().await
    }

    /// Gives the lease back, tidies the files up and lets go of the data directory. A second call does nothing.
    ///
    /// # Errors
    /// When the files cannot be tidied up; the directory is let go of all the same, and nothing committed is lost.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.inner.close().await
    }
}
