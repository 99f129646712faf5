//! The readers: each takes a connection that cannot write, and leaves the writer alone.

use std::time::Instant;

use aicoin_api::http::{AccountSnapshot, Counts, Decision, Fill, Order, RiskEvent};
use aicoin_core::{AccountRecord, ControlRecord, PositionRecord};
use aicoin_domain::OrderStatus;
use sqlx::Sqlite;
use sqlx::pool::PoolConnection;

use super::{
    SqliteStore, account_snapshots, control_messages, counts, decisions, fills, journal, leases,
    orders, positions, risk_events,
};
use crate::batch::JournalEntry;
use crate::error::StoreError;
use crate::probe::{Probe, disk_space};

impl SqliteStore {
    pub(crate) async fn orders(
        &self,
        limit: u32,
        status: Option<OrderStatus>,
    ) -> Result<Vec<Order>, StoreError> {
        let rows = orders::newest(&mut *self.reader().await?, &self.bot, limit, status).await;
        rows.map_err(|error| self.fault(&error))
    }

    pub(crate) async fn fills(&self, limit: u32) -> Result<Vec<Fill>, StoreError> {
        let rows = fills::newest(&mut *self.reader().await?, &self.bot, limit).await;
        rows.map_err(|error| self.fault(&error))
    }

    pub(crate) async fn decisions(&self, limit: u32) -> Result<Vec<Decision>, StoreError> {
        let rows = decisions::newest(&mut *self.reader().await?, &self.bot, limit).await;
        rows.map_err(|error| self.fault(&error))
    }

    pub(crate) async fn risk_events(
        &self,
        limit: u32,
        only_unresolved: bool,
    ) -> Result<Vec<RiskEvent>, StoreError> {
        let rows = risk_events::newest(
            &mut *self.reader().await?,
            &self.bot,
            limit,
            only_unresolved,
        )
        .await;
        rows.map_err(|error| self.fault(&error))
    }

    pub(crate) async fn risk_event(&self, id: u64) -> Result<Option<RiskEvent>, StoreError> {
        let row = risk_events::find(&mut *self.reader().await?, &self.bot, id).await;
        row.map_err(|error| self.fault(&error))
    }

    pub(crate) async fn account_snapshots(
        &self,
        since_ms: i64,
        max_points: u32,
    ) -> Result<Vec<AccountSnapshot>, StoreError> {
        let rows =
            account_snapshots::thinned(&mut *self.reader().await?, &self.bot, since_ms, max_points)
                .await;
        rows.map_err(|error| self.fault(&error))
    }

    pub(crate) async fn positions(&self) -> Result<Vec<PositionRecord>, StoreError> {
        let markets = self.markets();
        let rows = positions::all(&mut *self.reader().await?, self.owner(&markets)).await;
        rows.map_err(|error| self.fault(&error))
    }

    pub(crate) async fn control_messages(
        &self,
        limit: u32,
    ) -> Result<Vec<ControlRecord>, StoreError> {
        let rows = control_messages::newest(&mut *self.reader().await?, &self.bot, limit).await;
        rows.map_err(|error| self.fault(&error))
    }

    pub(crate) async fn journal(
        &self,
        after_seq: u64,
        limit: u32,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        let rows = journal::after(&mut *self.reader().await?, &self.bot, after_seq, limit).await;
        rows.map_err(|error| self.fault(&error))
    }

    pub(crate) async fn counts(&self) -> Result<Counts, StoreError> {
        let counts = counts::count(&mut *self.reader().await?, &self.bot).await;
        counts.map_err(|error| self.fault(&error))
    }

    pub(crate) async fn last_account(&self) -> Result<Option<AccountRecord>, StoreError> {
        let account = account_snapshots::last(&mut *self.reader().await?, &self.bot).await;
        account.map_err(|error| self.fault(&error))
    }

    pub(crate) async fn probe(&self) -> Result<Probe, StoreError> {
        let start = Instant::now();
        let held = leases::is_held(&mut *self.reader().await?, &self.lease).await;
        let latency_ms = start.elapsed().as_secs_f64() * 1000.0;
        if !held.map_err(|error| self.fault(&error))? {
            return Err(self.lease.lost());
        }
        let space = disk_space(&self.file);
        let used_bytes = [self.file.clone(), self.file.with_extension("db-wal")]
            .iter()
            .filter_map(|file| std::fs::metadata(file).ok())
            .map(|metadata| metadata.len())
            .sum();
        Ok(Probe {
            latency_ms,
            free_bytes: space.map(|(free, _)| free),
            total_bytes: space.map(|(_, total)| total),
            used_bytes,
        })
    }

    async fn reader(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        self.readers
            .acquire()
            .await
            .map_err(|error| self.fault(&error))
    }
}
