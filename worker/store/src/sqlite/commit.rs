//! One batch, one transaction.
//!
//! The connection is taken out of its place for the time of the transaction and put back only when it is known to be
//! outside of any. After a failure that SQLite itself rolled back (a full disk, for one), or when the caller gave up
//! waiting, nobody puts it back: the next commit opens a new one and reads from the tables what they hold.

use std::sync::{Arc, PoisonError};

use aicoin_core::Record;
use sqlx::{ConnectOptions, Connection, Sqlite, SqliteConnection, Transaction};

use super::decisions::CallLabel;
use super::room::Pressure;
use super::value::Owner;
use super::{
    Desk, Memory, SqliteStore, account_snapshots, bots, checkpoints, control_messages, decisions,
    fills, journal, leases, orders, positions, risk_events, room,
};
use crate::batch::{Batch, CheckpointKind, Committed};
use crate::clock::now_ms;
use crate::error::StoreError;

/// Where room is scarce the journal makes way, down to so many inputs.
const JOURNAL_ROWS_MIN: u64 = 1_000;

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
                self.learn_markets(&batch.new_markets);
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

    /// They are durable: later batches and readers know them.
    fn learn_markets(&self, new: &[String]) {
        let known = with_new(self.markets(), new);
        *self.markets.write().unwrap_or_else(PoisonError::into_inner) = known;
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
        let markets = with_new(self.markets(), &batch.new_markets);
        let owner = self.owner(&markets);
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
            let (kept, tight) = make_way(
                pressure,
                memory.tight,
                memory.journal.rows(),
                batch.journal.len(),
            );
            memory.tight = tight;
            journal_rows_max = journal_rows_max.min(kept);
        }
        if let Some(checkpoint) = &batch.checkpoint
            && (checkpoint.kind != CheckpointKind::During || !memory.tight)
        {
            checkpoints::write(connection, owner, checkpoint).await?;
        }
        journal::prune(connection, owner, &mut memory.journal, journal_rows_max).await?;
        if !batch.new_markets.is_empty() {
            bots::name_markets(connection, owner).await?;
        }
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

    pub(super) fn owner<'a>(&'a self, markets: &'a [String]) -> Owner<'a> {
        Owner {
            bot: &self.bot,
            markets,
            spec_generation: self.spec_generation,
            epoch: self.lease.epoch,
        }
    }
}

/// The markets with those that are new. What is written twice counts once: a batch may be tried again.
fn with_new(known: Arc<[String]>, new: &[String]) -> Arc<[String]> {
    let fresh: Vec<&String> = new.iter().filter(|name| !known.contains(name)).collect();
    if fresh.is_empty() {
        return known;
    }
    known.iter().chain(fresh).cloned().collect()
}

/// How much of the journal may stay, and whether the store is tight. It does not become so while the journal can make
/// way; once it is, new inputs do not make it any better.
fn make_way(pressure: Pressure, was_tight: bool, rows: u64, came: usize) -> (u64, bool) {
    let can_make_way = rows >= JOURNAL_ROWS_MIN + journal::PRUNE_ROWS_MIN;
    if pressure.tight {
        return (JOURNAL_ROWS_MIN, was_tight || !can_make_way);
    }
    if !pressure.prune {
        return (u64::MAX, false);
    }
    // A little more than came, so that it does not grow: not all of it at once.
    let came = u64::try_from(came).unwrap_or(u64::MAX);
    let step = came.saturating_mul(2).max(journal::PRUNE_ROWS_MIN);
    (rows.saturating_sub(step).max(JOURNAL_ROWS_MIN), false)
}

pub(super) async fn write_record(
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_is_tight_when_the_journal_can_make_no_more_way_and_stays_so() {
        let pressure = |prune, tight| Pressure { prune, tight };
        let table = [
            (pressure(false, false), false, 50_000, (u64::MAX, false)),
            (pressure(true, false), false, 50_000, (48_000, false)),
            (
                pressure(true, false),
                false,
                1_500,
                (JOURNAL_ROWS_MIN, false),
            ),
            (
                pressure(true, true),
                false,
                50_000,
                (JOURNAL_ROWS_MIN, false),
            ),
            (pressure(true, true), false, 1_500, (JOURNAL_ROWS_MIN, true)),
            (pressure(true, true), true, 2_500, (JOURNAL_ROWS_MIN, true)),
            (
                pressure(true, false),
                true,
                2_500,
                (JOURNAL_ROWS_MIN, false),
            ),
        ];
        for (pressure, was_tight, rows, expected) in table {
            assert_eq!(
                make_way(pressure, was_tight, rows, 1_000),
                expected,
                "{pressure:?} {was_tight} {rows}"
            );
        }
    }
}
