//! A backup comes back as it was, and a file that is not whole changes nothing.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

#[path = "contract/sample.rs"]
#[allow(dead_code, reason = "the contract uses the rest")]
mod sample;

use std::path::{Path, PathBuf};

use aicoin_store::backup::{BackupError, BackupReport, Place, backup, restore};
use aicoin_store::{Checkpoint, CheckpointKind, Store, StoreOptions};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Row, SqliteConnection};
use tempfile::TempDir;

const BOT: &str = "default/momentum";
/// Every table, and what tells its rows apart.
const TABLES: [(&str, &str); 11] = [
    ("bots", "bot"),
    ("leases", "account"),
    ("decisions", "id"),
    ("orders", "rowid"),
    ("fills", "rowid"),
    ("positions", "market"),
    ("account_snapshots", "time_ms"),
    ("risk_events", "id"),
    ("control_messages", "id"),
    ("journal", "seq"),
    ("checkpoints", "seq, lease_epoch"),
];

/// A folder with a store in it that has a row of everything, and room beside it.
struct Rig {
    folder: TempDir,
}

impl Rig {
    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("bot.backup")
    }

    fn target(&self) -> PathBuf {
        self.folder.path().join("target")
    }

    fn options(&self) -> StoreOptions {
        StoreOptions {
            data_dir: self.data(),
            bot: BOT.to_owned(),
            uid: 0x00ff,
            markets: vec!["BTC".to_owned(), "ETH".to_owned()],
            spec_generation: 3,
            ..StoreOptions::default()
        }
    }

    async fn new() -> Self {
        let rig = Self {
            folder: TempDir::new().unwrap(),
        };
        let (store, _) = Store::open(rig.options()).await.unwrap();
        let mut batch = sample::batch();
        batch.saved = Some("{\"saved\": \"the core\"}".to_owned());
        batch.venue = Some("{\"venue\": \"the paper exchange\"}".to_owned());
        batch.checkpoint = Some(Checkpoint {
            seq: 1,
            kind: CheckpointKind::Start,
            version: "0.1.0".to_owned(),
            time_ms: 5,
            state: "{}".to_owned(),
        });
        store.commit(batch).await.unwrap();
        store.close().await.unwrap();
        rig
    }

    async fn backup(&self) -> Result<BackupReport, BackupError> {
        backup(
            &Place::Sqlite(self.data()),
            None,
            &self.file(),
            false,
            |_| {},
        )
        .await
    }

    async fn restore(&self) -> Result<BackupReport, BackupError> {
        restore(&self.file(), &Place::Sqlite(self.target()), |_| {}).await
    }

    /// Nothing is there but what was there before.
    fn is_untouched(&self) -> bool {
        !self.target().join("aicoin.db").exists()
    }
}

/// Every row of every table, in the order in which people see them.
async fn dump(data: &Path) -> Vec<(String, Vec<String>)> {
    let mut connection = SqliteConnectOptions::new()
        .filename(data.join("aicoin.db"))
        .connect()
        .await
        .unwrap();
    let mut all = Vec::new();
    for (table, order) in TABLES {
        let columns = columns(&mut connection, table).await;
        let query = format!(
            "SELECT json_array({}) AS row FROM {table} ORDER BY {order}",
            columns.join(", ")
        );
        let rows = sqlx::query(AssertSqlSafe(query))
            .fetch_all(&mut connection)
            .await
            .unwrap();
        let rows = rows.iter().map(|row| row.get("row")).collect();
        all.push((table.to_owned(), rows));
    }
    all
}

/// Every column of a table that is kept, whoever knows of it.
async fn columns(connection: &mut SqliteConnection, table: &str) -> Vec<String> {
    let query = format!("SELECT name FROM pragma_table_info('{table}')");
    sqlx::query_scalar(AssertSqlSafe(query))
        .fetch_all(connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn every_row_of_every_table_comes_back_as_it_was() {
    let rig = Rig::new().await;
    let report = rig.backup().await.unwrap();
    assert_eq!(report.bot, BOT);
    assert!(
        report.rows.iter().all(|(_, rows)| *rows > 0),
        "the example has something of everything: {report:?}"
    );
    assert_eq!(
        report.file_bytes,
        std::fs::metadata(rig.file()).unwrap().len()
    );
    assert_eq!(rig.restore().await.unwrap(), report);
    // Whole tables, columns that a backup forgot included.
    assert_eq!(dump(&rig.target()).await, dump(&rig.data()).await);
    // A backup of what was restored holds the same.
    let again = rig.folder.path().join("again.backup");
    let second = backup(
        &Place::Sqlite(rig.target()),
        Some(BOT),
        &again,
        false,
        |_| {},
    )
    .await
    .unwrap();
    assert_eq!(second.rows, report.rows);
}

#[tokio::test]
async fn a_backup_is_taken_beside_a_store_that_is_open_and_its_lease_is_kept() {
    let rig = Rig::new().await;
    let (store, loaded) = Store::open(rig.options()).await.unwrap();
    let before = rig.backup().await.unwrap();
    store
        .commit(sample::rows(vec![aicoin_core::Record::Fill(sample::fill(
            991,
        ))]))
        .await
        .unwrap();
    store.close().await.unwrap();
    rig.restore().await.unwrap();
    let fills = |report: &BackupReport| report.rows.iter().find(|row| row.0 == "fills").unwrap().1;
    let (restored, source) = (dump(&rig.target()).await, dump(&rig.data()).await);
    assert_eq!(restored[4].1.len() as u64, fills(&before));
    assert_eq!(source[4].1.len(), restored[4].1.len() + 1);
    // Somebody held the account when it was taken: another directory has to wait until nobody can.
    let options = StoreOptions {
        data_dir: rig.target(),
        ..rig.options()
    };
    let refused = Store::open(options).await.unwrap_err().to_string();
    assert!(
        refused.contains("is held by another aicoin-worker"),
        "{refused}"
    );
    assert!(
        restored[1].1[0].contains(&format!(",{},0,", loaded.epoch)),
        "{restored:?}"
    );
}

#[tokio::test]
async fn a_cut_file_is_refused_wherever_it_is_cut_and_changes_nothing() {
    let rig = Rig::new().await;
    rig.backup().await.unwrap();
    let whole = std::fs::read(rig.file()).unwrap();
    for length in (0..whole.len()).step_by(7).chain([whole.len() - 1]) {
        std::fs::write(rig.file(), &whole[..length]).unwrap();
        let error = rig.restore().await.unwrap_err();
        let sentence = error.to_string();
        assert!(
            matches!(
                error,
                BackupError::Cut { .. }
                    | BackupError::NoBackup { .. }
                    | BackupError::Damaged { .. }
            ),
            "{length}: {sentence}"
        );
        assert!(sentence.ends_with("Nothing was changed."), "{sentence}");
        assert!(rig.is_untouched(), "{length} of {}", whole.len());
    }
    std::fs::write(rig.file(), &whole[..whole.len() - 1]).unwrap();
    let sentence = rig.restore().await.unwrap_err().to_string();
    assert!(sentence.contains("is cut off"), "{sentence}");
}

#[tokio::test]
async fn a_flipped_bit_is_found_wherever_it_is_and_changes_nothing() {
    let rig = Rig::new().await;
    rig.backup().await.unwrap();
    let whole = std::fs::read(rig.file()).unwrap();
    for place in (0..whole.len()).step_by(5) {
        let mut flipped = whole.clone();
        flipped[place] ^= 1 << (place % 8);
        std::fs::write(rig.file(), &flipped).unwrap();
        // A bit of a frame's header may mean nothing; then it has to be the very same content.
        match rig.restore().await {
            Ok(_) => {
                assert_eq!(
                    dump(&rig.target()).await,
                    dump(&rig.data()).await,
                    "{place}"
                );
                std::fs::remove_dir_all(rig.target()).unwrap();
            }
            Err(error) => {
                let sentence = error.to_string();
                assert!(
                    sentence.ends_with("Nothing was changed."),
                    "{place}: {sentence}"
                );
                assert!(rig.is_untouched(), "{place}: {sentence}");
            }
        }
    }
}

#[tokio::test]
async fn a_line_that_was_changed_by_hand_does_not_add_up() {
    let rig = Rig::new().await;
    rig.backup().await.unwrap();
    let text = zstd::decode_all(std::fs::File::open(rig.file()).unwrap()).unwrap();
    let text = String::from_utf8(text).unwrap();
    let packed =
        |text: &str| std::fs::write(rig.file(), zstd::encode_all(text.as_bytes(), 3).unwrap());
    let order = text
        .lines()
        .find(|line| line.contains("\"0.02158\""))
        .unwrap();
    let table = [
        (
            text.replacen("\"0.02158\"", "\"9.02158\"", 1),
            "does not add up",
        ),
        (
            text.replacen(&format!("{order}\n"), "", 1),
            "does not add up",
        ),
        (
            text.replacen(&format!("{order}\n"), &format!("{order}\n{order}\n"), 1),
            "does not add up",
        ),
        (
            text.replacen("\"format\":1", "\"format\":2", 1),
            "newer aicoin-worker (format 2;",
        ),
        (
            text.replacen("\"schema\":1", "\"schema\":7", 1),
            "newer aicoin-worker (tables 7;",
        ),
        (
            text.replacen(BOT, "default/other", 1),
            "its sum does not add up",
        ),
        (format!("{text}[]\n"), "something follows its end"),
        ("words\n".to_owned(), "is no backup"),
        (String::new(), "is no backup"),
    ];
    for (text, words) in table {
        packed(&text).unwrap();
        let sentence = rig.restore().await.unwrap_err().to_string();
        assert!(sentence.contains(words), "{words}: {sentence}");
        assert!(rig.is_untouched(), "{sentence}");
    }
    packed(&text).unwrap();
    rig.restore().await.unwrap();
}

#[tokio::test]
async fn only_an_empty_place_is_filled() {
    let rig = Rig::new().await;
    rig.backup().await.unwrap();
    let before = dump(&rig.data()).await;
    let onto_itself = restore(&rig.file(), &Place::Sqlite(rig.data()), |_| {}).await;
    let sentence = onto_itself.unwrap_err().to_string();
    assert!(
        sentence.contains("holds the bot default/momentum already"),
        "{sentence}"
    );
    assert_eq!(dump(&rig.data()).await, before);
    // Somebody works there.
    let (store, _) = Store::open(StoreOptions {
        data_dir: rig.target(),
        ..rig.options()
    })
    .await
    .unwrap();
    let sentence = rig.restore().await.unwrap_err().to_string();
    assert!(
        sentence.contains("is in use by another aicoin-worker"),
        "{sentence}"
    );
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_there_is_replaced_only_when_asked_and_nothing_is_left_beside_it() {
    let rig = Rig::new().await;
    std::fs::write(rig.file(), "precious").unwrap();
    let sentence = rig.backup().await.unwrap_err().to_string();
    assert!(sentence.contains("--force"), "{sentence}");
    assert_eq!(std::fs::read_to_string(rig.file()).unwrap(), "precious");
    // A backup that fails leaves the old one.
    let nowhere = Place::Sqlite(rig.folder.path().join("nowhere"));
    let failed = backup(&nowhere, None, &rig.file(), true, |_| {}).await;
    let sentence = failed.unwrap_err().to_string();
    assert!(sentence.contains("There is no database"), "{sentence}");
    assert_eq!(std::fs::read_to_string(rig.file()).unwrap(), "precious");
    backup(&Place::Sqlite(rig.data()), None, &rig.file(), true, |_| {})
        .await
        .unwrap();
    rig.restore().await.unwrap();
    let mut names: Vec<String> = std::fs::read_dir(rig.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["bot.backup", "data", "target"]);
}

#[tokio::test]
async fn a_file_or_folder_that_is_not_there_gets_a_sentence() {
    let rig = Rig::new().await;
    let sentence = rig.restore().await.unwrap_err().to_string();
    assert!(sentence.contains("bot.backup cannot be read"), "{sentence}");
    assert!(rig.is_untouched());
    let to = rig.folder.path().join("no/such/folder/bot.backup");
    let sentence = backup(&Place::Sqlite(rig.data()), None, &to, false, |_| {})
        .await
        .unwrap_err()
        .to_string();
    assert!(sentence.contains("cannot be written"), "{sentence}");
    let (place, file) = (Place::Sqlite(rig.data()), rig.file());
    let other = backup(&place, Some("default/other"), &file, false, |_| {});
    let sentence = other.await.unwrap_err().to_string();
    assert!(
        sentence.contains("there is no default/other in it"),
        "{sentence}"
    );
    assert!(!rig.file().exists());
}

#[tokio::test]
async fn the_progress_ends_where_it_said_it_would() {
    let rig = Rig::new().await;
    let mut seen = Vec::new();
    let report = backup(
        &Place::Sqlite(rig.data()),
        None,
        &rig.file(),
        false,
        |progress| {
            seen.push(progress);
        },
    )
    .await
    .unwrap();
    let total: u64 = report.rows.iter().map(|(_, rows)| *rows).sum();
    let last = seen.last().unwrap();
    assert_eq!(
        (last.done, last.total, seen.len() as u64),
        (total, total, total)
    );
    let mut doing = Vec::new();
    restore(&rig.file(), &Place::Sqlite(rig.target()), |progress| {
        assert!(progress.done <= progress.total);
        if doing.last() != Some(&progress.doing) {
            doing.push(progress.doing);
        }
    })
    .await
    .unwrap();
    assert_eq!(doing, ["checking", "restoring"]);
}
