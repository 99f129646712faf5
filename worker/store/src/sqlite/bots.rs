//! The bot's own row: what it is, and the state that it goes on from.

use std::path::Path;

use sqlx::{Row, SqliteConnection};

use super::fault;
use super::value::{Owner, damaged, refused};
use crate::error::StoreError;
use crate::options::StoreOptions;

/// What was saved, and the markets by number.
#[derive(Debug)]
pub(super) struct LoadedBot {
    pub(super) saved: Option<String>,
    pub(super) venue: Option<String>,
    pub(super) markets: Vec<String>,
}

/// Reads the bot's row and brings it up to this process, or makes it.
pub(super) async fn load(
    connection: &mut SqliteConnection,
    file: &Path,
    options: &StoreOptions,
    epoch: i64,
    now_ms: i64,
) -> Result<LoadedBot, StoreError> {
    let fault = |error: sqlx::Error| fault::classify(file, &error);
    let uid = format!("{:032x}", options.uid);
    let row =
        sqlx::query("SELECT uid, mode, markets, saved_state, venue_state FROM bots WHERE bot = ?")
            .bind(&options.bot)
            .fetch_optional(&mut *connection)
            .await
            .map_err(fault)?;
    let mut bot = LoadedBot {
        saved: None,
        venue: None,
        markets: Vec::new(),
    };
    if let Some(row) = row {
        // A state with other client order ids, or of another exchange, must never be gone on from.
        let checks = [("uid", &uid), ("mode", &options.mode)];
        for (what, wanted) in checks {
            let found: String = row.try_get(what).map_err(fault)?;
            if found != *wanted {
                return Err(StoreError::OtherBot {
                    file: file.to_owned(),
                    bot: options.bot.clone(),
                    what,
                    found,
                    wanted: wanted.clone(),
                });
            }
        }
        bot.saved = row.try_get("saved_state").map_err(fault)?;
        bot.venue = row.try_get("venue_state").map_err(fault)?;
        bot.markets = serde_json::from_str(row.try_get("markets").map_err(fault)?)
            .map_err(|error| fault(damaged(format!("the column markets: {error}"))))?;
    }
    for market in &options.markets {
        if !bot.markets.contains(market) {
            bot.markets.push(market.clone());
        }
    }
    let markets =
        serde_json::to_string(&bot.markets).map_err(|error| fault(refused(error.to_string())))?;
    sqlx::query(
        "INSERT INTO bots (bot, uid, mode, spec_generation, lease_epoch, markets, started_at_ms, updated_at_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (bot) DO UPDATE SET
             spec_generation = excluded.spec_generation, lease_epoch = excluded.lease_epoch,
             markets = excluded.markets, started_at_ms = excluded.started_at_ms,
             updated_at_ms = excluded.updated_at_ms",
    )
    .bind(&options.bot)
    .bind(&uid)
    .bind(&options.mode)
    .bind(options.spec_generation)
    .bind(epoch)
    .bind(markets)
    .bind(options.started.map_or(now_ms, |time| time.0))
    .bind(now_ms)
    .execute(connection)
    .await
    .map_err(fault)?;
    Ok(bot)
}

/// Writes the names of the markets down.
pub(super) async fn name_markets(
    connection: &mut SqliteConnection,
    owner: Owner<'_>,
) -> Result<(), sqlx::Error> {
    let names = serde_json::to_string(owner.markets).map_err(|error| refused(error.to_string()))?;
    sqlx::query("UPDATE bots SET markets = ? WHERE bot = ?")
        .bind(names)
        .bind(owner.bot)
        .execute(connection)
        .await
        .map(|_| ())
}

/// Keeps the states that a batch brings; one that it does not bring stays.
pub(super) async fn save(
    connection: &mut SqliteConnection,
    owner: Owner<'_>,
    saved: Option<&str>,
    venue: Option<&str>,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    if saved.is_none() && venue.is_none() {
        return Ok(());
    }
    sqlx::query(
        "UPDATE bots SET saved_state = coalesce(?, saved_state), venue_state = coalesce(?, venue_state),
             updated_at_ms = ?
         WHERE bot = ?",
    )
    .bind(saved)
    .bind(venue)
    .bind(now_ms)
    .bind(owner.bot)
    .execute(connection)
    .await
    .map(|_| ())
}
