//! The shell of a bot that runs in time: what `local` and `run` have in common, which is nearly all of it.
//!
//! For: the trading loop, its venue, what the outside sees, and bringing it all up and down in order. Never: a decision
//! about who may ask, where things are, or what a missing key means; that is what the two differ in.

mod ai_desk;
mod ai_watch;
mod assemble;
mod chart;
mod crashes;
mod face;
mod link_health;
pub(crate) mod listen;
mod lists;
pub(crate) mod log;
mod metrics;
mod model;
pub(crate) mod publish;
mod row_log;
mod running;
mod servers;
mod shared_cache;
mod stop;
mod store_watch;
mod trader;
mod venue;
mod venue_of;
mod waiters;

pub(crate) use assemble::{Assembled, Job, assemble};
pub(crate) use crashes::Crashes;
pub(crate) use face::{Face, Inside};
pub(crate) use model::{Chosen, Model, extra_ca, extra_ca_of_pod};
pub(crate) use publish::{Identity, wall_clock_ms};
pub(crate) use running::Running;
pub(crate) use servers::Servers;
pub(crate) use shared_cache::SharedCache;
pub(crate) use stop::Stop;
pub(crate) use trader::{AiChange, Parts};
pub(crate) use venue_of::Given;

use aicoin_api::bot::{Mode, TradingBot};
use aicoin_store::{Loaded, Store, StoreOptions};
use std::path::Path;

use crate::fault::Fault;
use crate::resolve::uid;

/// Opens what a bot wrote down, or makes the place for it.
pub(crate) async fn open_store(
    manifest: &TradingBot,
    data_dir: &Path,
    volume_bytes: Option<u64>,
) -> Result<(Store, Loaded), Fault> {
    Store::open(StoreOptions {
        data_dir: data_dir.to_owned(),
        bot: manifest.id(),
        uid: uid(manifest),
        markets: manifest.spec.markets.clone(),
        spec_generation: manifest.metadata.generation.unwrap_or(1),
        mode: manifest.spec.mode.as_str().to_owned(),
        account: account_of(manifest),
        volume_bytes,
        ..StoreOptions::default()
    })
    .await
    .map_err(|error| Fault::usage(error.to_string()))
}

/// The exchange account that the lease is for; `None` is the bot's own paper account.
fn account_of(manifest: &TradingBot) -> Option<String> {
    let mode = manifest.spec.mode;
    let hyperliquid = manifest.spec.exchange.hyperliquid.as_ref()?;
    let address = hyperliquid.account_address.as_ref()?;
    (mode != Mode::Paper).then(|| format!("hyperliquid:{mode}:{}", address.to_lowercase()))
}
