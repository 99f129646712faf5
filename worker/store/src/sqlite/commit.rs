//! One batch, one transaction.
//!
//! The connection is taken out of its place for the time of the transaction and put back only when it is known to be
//! outside of any. After a failure that SQLite itself rolled back (a full disk, for one), or when the caller gave up
//! waiting, nobody puts it back: the next commit opens a new one and reads from the tables what they hold.

use aicoin_core::Record;
use sqlx::{ConnectOptions, Connection, Sqlite, SqliteConnection, Transaction};

use super::decisions::CallLabel;
use super::value::Owner;
use super::{
    Desk, Memory, SqliteStore, account_snapshots, bots, control_messages, decisions, fills,
    journal, leases, orders, positions, risk_events, room,
};
use crate::batch::{Batch, Committed};
use crate::clock::now_ms;
use crate::error::StoreError;

/// Where room is scarce the journal makes way, down to so many inputs.
const JOURNAL_ROWS_MIN: u64 = 1_000;
/// So many at once, at least.
const JOURNAL_PRUNE_STEP: u64 = 1_000;

impl SqliteStore {
    pub(crate) async fn commit(&self, batch: &Batch) -> Result<Committed, StoreError> {
        let mut writer = self.writer.lock().await;
        if writer.closed {
            return Err(StoreError::Closed {
                file: self.file.clone(),
            });
        }
        let (mut connection, known) = match writer.desk.take() {
            Some(desk) => (desk.connection, Some(desk.memory)),
            None => (
                self.writer_options
                    .connect()
                    .await
                    .map_err(|error| self.fault(&error))?,
                None,
            ),
        };
        let mut transaction = connection
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(|error| self.fault(&error))?;
        match self
            .write(&mut transaction, batch, known, &mut writer.label)
            .await
        {
            Ok(memory) => {
                transaction
                    .commit()
                    .await
                    .map_err(|error| self.fault(&error))?;
                writer.desk = Some(Desk { connection, memory });
                Ok(Committed {
                    counts: memory.counts,
                    tight: memory.tight,
                })
            }
            Err(error) => {
                let rolled_back = transaction.rollback().await.is_ok();
                if let (true, Some(memory)) = (rolled_back, known) {
                    writer.desk = Some(Desk { connection, memory });
                }
                Err(error)
            }
        }
    }

    async fn write(
        &self,
        transaction: &mut Transaction<'_, Sqlite>,
        batch: &Batch,
        known: Option<Memory>,
        label: &mut Option<CallLabel>,
    ) -> Result<Memory, StoreError> {
        let now = now_ms();
        let held = leases::renew(transaction, &self.lease, now)
            .await
            .map_err(|error| self.fault(&error))?;
        if !held {
            return Err(self.lease.lost());
        }
        self.write_rows(transaction, batch, known, label, now)
            .await
            .map_err(|error| self.fault(&error))
    }

    async fn write_rows(
        &self,
        connection: &mut SqliteConnection,
        batch: &Batch,
        known: Option<Memory>,
        label: &mut Option<CallLabel>,
        now_ms: i64,
    ) -> Result<Memory, sqlx::Error> {
        let owner = self.owner();
        let mut memory = match known {
            Some(memory) => memory,
            None => Memory::read(connection, &self.bot).await?,
        };
        for record in &batch.records {
            write_record(connection, owner, record, &mut memory, label).await?;
        }
        journal::write(
            connection,
            owner,
            &batch.journal,
            self.journal_seq_earlier,
            &mut memory.journal,
        )
        .await?;
        let mut journal_rows_max = self.journal_rows_max;
        if let Some(room) = self.room {
            let in_use = room::pages_in_use(connection).await?;
            let pressure = room.pressure(in_use, memory.tight);
            memory.tight = pressure.tight;
            if pressure.prune {
                // A little more than came, so that it does not grow: not all of it at once.
                let came = u64::try_from(batch.journal.len()).unwrap_or(u64::MAX);
                let step = came.saturating_mul(2).max(JOURNAL_PRUNE_STEP);
                let kept = memory.journal.rows().saturating_sub(step);
                journal_rows_max = journal_rows_max.min(kept.max(JOURNAL_ROWS_MIN));
            }
        }
        journal::prune(connection, owner, &mut memory.journal, journal_rows_max).await?;
        bots::save(
            connection,
            owner,
            batch.saved.as_deref(),
            batch.venue.as_deref(),
            now_ms,
        )
        .await?;
        Ok(memory)
    }

    pub(super) fn owner(&self) -> Owner<'_> {
        Owner {
            bot: &self.bot,
            markets: &self.markets,
            spec_generation: self.spec_generation,
            epoch: self.lease.epoch,
        }
    }
}

async fn write_record(
    connection: &mut SqliteConnection,
    owner: Owner<'_>,
    record: &Record,
    memory: &mut Memory,
    label: &mut Option<CallLabel>,
) -> Result<(), sqlx::Error> {
    let counts = &mut memory.counts;
    match record {
        Record::Decision(decision) => {
            counts.decisions +=
                u64::from(decisions::write(connection, owner, decision, label).await?);
        }
        Record::Order(order) => {
            counts.orders += u64::from(orders::write(connection, owner, order).await?)
        }
        Record::Fill(fill) => {
            counts.fills += u64::from(fills::write(connection, owner, fill).await?)
        }
        Record::Risk(event) => {
            counts.risk_events += u64::from(risk_events::write(connection, owner, event).await?);
        }
        Record::Position(position) => positions::write(connection, owner, position).await?,
        Record::Account(account) => account_snapshots::write(connection, owner, account).await?,
        Record::Settled(id) => risk_events::settle(connection, owner, *id).await?,
        Record::Control(control) => control_messages::write(connection, owner, control).await?,
    }
    Ok(())
}
