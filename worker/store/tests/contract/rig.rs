//! The databases that the contract runs against.

use aicoin_domain::TimeMs;
use aicoin_store::{Loaded, Store, StoreError, StoreOptions};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};
use tempfile::TempDir;

/// One database, to be opened again and again.
pub(crate) trait Rig {
    /// An empty database.
    fn new() -> Self;

    /// The options of the usual bot on it.
    fn options(&self) -> StoreOptions;

    /// Another worker, of another identity, renews or takes the lease `ago_ms` before now.
    async fn take_over(&self, ago_ms: i64);

    /// The other worker goes and gives the lease back.
    async fn give_back(&self);

    /// The store of the usual bot.
    async fn open(&self) -> (Store, Loaded) {
        self.try_open(self.options()).await.unwrap()
    }

    /// A store that may be refused.
    async fn try_open(&self, options: StoreOptions) -> Result<(Store, Loaded), StoreError> {
        Store::open(options).await
    }
}

/// A data directory with its SQLite file.
pub(crate) struct SqliteRig {
    directory: TempDir,
}

impl SqliteRig {
    async fn by_hand(&self) -> SqliteConnection {
        SqliteConnectOptions::new()
            .filename(self.directory.path().join("aicoin.db"))
            .connect()
            .await
            .unwrap()
    }
}

impl Rig for SqliteRig {
    fn new() -> Self {
        Self {
            directory: TempDir::new().unwrap(),
        }
    }

    fn options(&self) -> StoreOptions {
        StoreOptions {
            data_dir: self.directory.path().to_owned(),
            bot: "default/momentum".to_owned(),
            uid: 0x00ff,
            markets: vec!["BTC".to_owned(), "ETH".to_owned()],
            spec_generation: 3,
            started: Some(TimeMs(1_700_000_000_000)),
            ..StoreOptions::default()
        }
    }

    async fn take_over(&self, ago_ms: i64) {
        sqlx::query(
            "UPDATE leases SET holder = 'another', epoch = epoch + 1, released = FALSE,
                 renewed_at_ms = CAST(unixepoch('subsec') * 1000 AS INTEGER) - ?",
        )
        .bind(ago_ms)
        .execute(&mut self.by_hand().await)
        .await
        .unwrap();
    }

    async fn give_back(&self) {
        sqlx::query("UPDATE leases SET released = TRUE")
            .execute(&mut self.by_hand().await)
            .await
            .unwrap();
    }
}
