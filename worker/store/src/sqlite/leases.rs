//! Who may write for an exchange account: one holder at a time, with an epoch that rises with every process.
//!
//! The check and the renewal are one statement inside the transaction that writes the rows, so no row is ever written in
//! an epoch that is over.

use std::path::Path;

use aicoin_core::Timing;
use sqlx::{Row, SqliteConnection};

use super::{fault, value};
use crate::error::StoreError;

/// A holder that did not renew for so long has stopped opening positions by itself, ms.
const LEASE_TIME_MS: i64 = 15_000;

/// Ours.
#[derive(Clone, Debug)]
pub(super) struct Lease {
    pub(super) account: String,
    pub(super) holder: String,
    pub(super) epoch: i64,
}

impl Lease {
    pub(super) fn lost(&self) -> StoreError {
        StoreError::LeaseLost {
            account: self.account.clone(),
            epoch: value::unsigned(self.epoch).unwrap_or(0),
        }
    }
}

/// Takes the account over. The same holder does so at once: its earlier process is dead. Another one must have been quiet
/// for a lease time, and the last order that it may have signed must have expired.
pub(super) async fn take(
    connection: &mut SqliteConnection,
    file: &Path,
    account: String,
    bot: &str,
    holder: &str,
    now_ms: i64,
) -> Result<Lease, StoreError> {
    let fault = |error: sqlx::Error| fault::classify(file, &error);
    let row =
        sqlx::query("SELECT holder, epoch, released, renewed_at_ms FROM leases WHERE account = ?")
            .bind(&account)
            .fetch_optional(&mut *connection)
            .await
            .map_err(fault)?;
    let mut epoch = 1;
    if let Some(row) = row {
        let other: String = row.try_get("holder").map_err(fault)?;
        let released: bool = row.try_get("released").map_err(fault)?;
        let renewed_at: i64 = row.try_get("renewed_at_ms").map_err(fault)?;
        let wait_ms = renewed_at
            .saturating_add(quiet_ms())
            .saturating_sub(now_ms)
            .min(quiet_ms());
        if other != holder && !released && wait_ms > 0 {
            let wait_s = wait_ms.saturating_add(999) / 1000;
            return Err(StoreError::LeaseHeld {
                account,
                holder: other,
                wait_s,
            });
        }
        epoch = row
            .try_get::<i64, _>("epoch")
            .map_err(fault)?
            .saturating_add(1);
    }
    sqlx::query(
        "INSERT INTO leases (account, bot, holder, epoch, released, acquired_at_ms, renewed_at_ms)
         VALUES (?, ?, ?, ?, FALSE, ?, ?)
         ON CONFLICT (account) DO UPDATE SET
             bot = excluded.bot, holder = excluded.holder, epoch = excluded.epoch, released = excluded.released,
             acquired_at_ms = excluded.acquired_at_ms, renewed_at_ms = excluded.renewed_at_ms",
    )
    .bind(&account)
    .bind(bot)
    .bind(holder)
    .bind(epoch)
    .bind(now_ms)
    .bind(now_ms)
    .execute(connection)
    .await
    .map_err(fault)?;
    Ok(Lease {
        account,
        holder: holder.to_owned(),
        epoch,
    })
}

/// Renews the lease; false when it is somebody else's by now.
pub(super) async fn renew(
    connection: &mut SqliteConnection,
    lease: &Lease,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    sqlx::query(
        "UPDATE leases SET renewed_at_ms = ? WHERE account = ? AND holder = ? AND epoch = ?",
    )
    .bind(now_ms)
    .bind(&lease.account)
    .bind(&lease.holder)
    .bind(lease.epoch)
    .execute(connection)
    .await
    .map(|done| done.rows_affected() == 1)
}

/// Gives it back, so that nobody has to wait for it.
pub(super) async fn release(
    connection: &mut SqliteConnection,
    lease: &Lease,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE leases SET released = TRUE WHERE account = ? AND holder = ? AND epoch = ?")
        .bind(&lease.account)
        .bind(&lease.holder)
        .bind(lease.epoch)
        .execute(connection)
        .await
        .map(|_| ())
}

/// Whether the lease is still ours.
pub(super) async fn is_held(
    connection: &mut SqliteConnection,
    lease: &Lease,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT count(*) = 1 FROM leases WHERE account = ? AND holder = ? AND epoch = ?",
    )
    .bind(&lease.account)
    .bind(&lease.holder)
    .bind(lease.epoch)
    .fetch_one(connection)
    .await
}

/// How long after its last renewal a holder can still do harm: it may sign until its lease time is over, and what it
/// signed last lives until its expiry, by a clock that may be off.
const fn quiet_ms() -> i64 {
    LEASE_TIME_MS + Timing::LIVE.order_expiry.0 + Timing::LIVE.clock_skew.0
}
