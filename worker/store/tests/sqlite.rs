//! What a person at `sqlite3` finds, and what a file that is not ours gets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use std::fs;
use std::path::Path;

use aicoin_core::{AccountRecord, Leg, OrderRecord, Record, RiskRecord};
use aicoin_domain::{
    Cloid, DecisionId, MarketId, OrderKind, OrderRequest, OrderStatus, Price, Reason, Side, Size,
    Tif, TimeMs, Usd,
};
use aicoin_store::{Batch, Store, StoreError, StoreOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{Column, ConnectOptions, Row, SqliteConnection};
use tempfile::TempDir;

fn options(directory: &Path) -> StoreOptions {
    StoreOptions {
        data_dir: directory.to_owned(),
        bot: "default/momentum".to_owned(),
        markets: vec!["BTC".to_owned()],
        spec_generation: 3,
        ..StoreOptions::default()
    }
}

async fn by_hand(directory: &Path) -> SqliteConnection {
    SqliteConnectOptions::new()
        .filename(directory.join("aicoin.db"))
        .connect()
        .await
        .unwrap()
}

fn account(time: i64) -> Record {
    Record::Account(AccountRecord {
        time: TimeMs(time),
        equity: "10012.5".parse().unwrap(),
        cash: Usd::from_whole(10_000),
        unrealised: "12.5".parse().unwrap(),
        realised: Usd::ZERO,
        fees: Usd::ZERO,
        funding: Usd::ZERO,
        notional: Usd::ZERO,
        drawdown_bps: 0,
    })
}

fn risk(id: u64, resolved: bool) -> Record {
    Record::Risk(RiskRecord {
        id,
        time: TimeMs(1_700_000_000_007),
        reason: Reason::DailyLoss,
        market: Some(MarketId(0)),
        detail: "the day's loss is 3.1 %".to_owned(),
        resolved,
    })
}

#[tokio::test]
async fn the_two_queries_of_the_runbook_work_word_for_word() {
    let directory = TempDir::new().unwrap();
    let (store, _) = Store::open(options(directory.path())).await.unwrap();
    let records = vec![
        account(1_700_000_060_000),
        // Later, though the text of its milliseconds is smaller.
        account(1_700_000_120_007),
        account(1_700_000_059_999),
        risk(1, true),
        risk(2, false),
    ];
    store
        .commit(Batch {
            records,
            ..Batch::default()
        })
        .await
        .unwrap();
    // While the store is open: reading beside it must work.
    let mut connection = by_hand(directory.path()).await;
    let events = sqlx::query("SELECT * FROM risk_events WHERE resolved = false;")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    let seen: Vec<(i64, String, String, String)> = events
        .iter()
        .map(|row| {
            (
                row.get("id"),
                row.get("bot"),
                row.get("code"),
                row.get("timestamp"),
            )
        })
        .collect();
    let expected = (
        2,
        "default/momentum".to_owned(),
        "DailyLoss".to_owned(),
        "2023-11-14T22:13:20.007Z".to_owned(),
    );
    assert_eq!(seen, [expected]);
    let newest = sqlx::query("SELECT * FROM account_snapshots ORDER BY timestamp DESC LIMIT 1;")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let seen: (String, i64, String) = (
        newest.get("timestamp"),
        newest.get("time_ms"),
        newest.get("equity"),
    );
    assert_eq!(
        seen,
        (
            "2023-11-14T22:15:20.007Z".to_owned(),
            1_700_000_120_007,
            "10012.5".to_owned()
        )
    );
}

#[tokio::test]
async fn a_readable_time_is_exact_to_the_millisecond() {
    let directory = TempDir::new().unwrap();
    let (store, _) = Store::open(options(directory.path())).await.unwrap();
    let times: Vec<i64> = (0..1_000)
        .map(|n| 1_700_000_000_000 + n * 7_919_001)
        .chain([0, 4_102_444_799_999])
        .collect();
    let records = times.iter().copied().map(account).collect();
    store
        .commit(Batch {
            records,
            ..Batch::default()
        })
        .await
        .unwrap();
    let mut connection = by_hand(directory.path()).await;
    let rows: Vec<(i64, String)> =
        sqlx::query_as("SELECT time_ms, timestamp FROM account_snapshots ORDER BY timestamp")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    let by_text: Vec<i64> = rows.iter().map(|(time, _)| *time).collect();
    let mut by_time = times.clone();
    by_time.sort_unstable();
    assert_eq!(by_text, by_time);
    for (time, text) in &rows {
        let milliseconds: i64 = text[20..23].parse().unwrap();
        let seconds: i64 = text[17..19].parse().unwrap();
        assert_eq!(
            (text.len(), seconds * 1000 + milliseconds),
            (24, time % 60_000),
            "{text}"
        );
    }
}

#[tokio::test]
async fn an_order_shows_its_whole_intent() {
    let directory = TempDir::new().unwrap();
    let (store, _) = Store::open(options(directory.path())).await.unwrap();
    let order = OrderRecord {
        request: OrderRequest {
            cloid: Cloid(0xabc),
            market: MarketId(0),
            side: Side::Buy,
            size: Size::from_whole(2),
            kind: OrderKind::Limit {
                price: Price::from_whole(100),
                tif: Tif::Gtc,
            },
            reduce_only: false,
        },
        decision: DecisionId(5),
        leg: Leg::Open,
        attempt: 1,
        status: OrderStatus::PartiallyFilled,
        filled: Size::from_whole(1),
        filled_notional: Usd::from_whole(99),
        oid: Some(77),
        nonce: 1_700_000_000_123,
        epoch: 1,
        expires_at: TimeMs(1_700_000_008_123),
        created_at: TimeMs(1_700_000_000_123),
        updated_at: TimeMs(1_700_000_001_000),
        error: None,
    };
    store
        .commit(Batch {
            records: vec![Record::Order(order)],
            ..Batch::default()
        })
        .await
        .unwrap();
    let row = sqlx::query("SELECT * FROM orders")
        .fetch_one(&mut by_hand(directory.path()).await)
        .await
        .unwrap();
    let payload = "{\"cloid\":\"0x00000000000000000000000000000abc\",\"market\":0,\"side\":\"buy\",\"size\":\"2\",\
                   \"kind\":{\"limit\":{\"price\":\"100\",\"tif\":\"Gtc\"}},\"reduce_only\":false}";
    let expected = [
        ("bot", "default/momentum"),
        ("cloid", "0x00000000000000000000000000000abc"),
        ("decision", "5"),
        ("leg", "open"),
        ("attempt", "1"),
        ("market", "BTC"),
        ("side", "buy"),
        ("kind", "limit"),
        ("tif", "Gtc"),
        ("price", "100"),
        ("size", "2"),
        ("reduce_only", "0"),
        ("status", "PartiallyFilled"),
        ("error", "NULL"),
        ("error_code", "NULL"),
        ("oid", "77"),
        ("filled", "1"),
        ("filled_notional", "99"),
        ("average_price", "99"),
        ("created_at", "2023-11-14T22:13:20.123Z"),
        ("updated_at", "2023-11-14T22:13:21.000Z"),
        ("expires_at", "2023-11-14T22:13:28.123Z"),
        ("nonce", "1700000000123"),
        ("payload", payload),
        ("payload_hash", "HASH"),
        ("spec_generation", "3"),
        ("lease_epoch", "1"),
        ("created_at_ms", "1700000000123"),
        ("updated_at_ms", "1700000001000"),
        ("expires_at_ms", "1700000008123"),
    ];
    let mut seen = columns(&row);
    let hash = seen
        .iter_mut()
        .find(|(name, _)| name == "payload_hash")
        .unwrap();
    assert!(
        hash.1.len() == 64 && hash.1.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{hash:?}"
    );
    hash.1 = "HASH".to_owned();
    let expected: Vec<_> = expected
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    assert_eq!(seen, expected);
}

fn columns(row: &SqliteRow) -> Vec<(String, String)> {
    row.columns()
        .iter()
        .map(|column| {
            let value = row
                .try_get::<Option<String>, _>(column.ordinal())
                .or_else(|_| {
                    row.try_get::<Option<i64>, _>(column.ordinal())
                        .map(|value| value.map(|n| n.to_string()))
                });
            (
                column.name().to_owned(),
                value.unwrap().unwrap_or_else(|| "NULL".to_owned()),
            )
        })
        .collect()
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_alone() {
    let directory = TempDir::new().unwrap();
    let (store, _) = Store::open(options(directory.path())).await.unwrap();
    store.close().await.unwrap();
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (4711, 'later', TRUE, x'00', 1)",
    )
    .execute(&mut by_hand(directory.path()).await)
    .await
    .unwrap();
    let error = Store::open(options(directory.path())).await.unwrap_err();
    let file = directory.path().join("aicoin.db");
    assert_eq!(
        error,
        StoreError::NewerSchema {
            file: file.clone(),
            found: 4711,
            known: 2
        }
    );
    assert_eq!(
        error.to_string(),
        format!(
            "{} was written by a newer aicoin-worker (schema 4711, this one knows 2): run that version or a later one, or choose another --data-dir.",
            file.display()
        )
    );
    let epoch: i64 = sqlx::query_scalar("SELECT epoch FROM leases")
        .fetch_one(&mut by_hand(directory.path()).await)
        .await
        .unwrap();
    assert_eq!(epoch, 1);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("aicoin.db");
    let text = "this was a database once\n".repeat(400);
    fs::write(&file, &text).unwrap();
    let error = Store::open(options(directory.path())).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    assert!(
        error.to_string().contains("aicoin.db is damaged"),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
}

#[tokio::test]
async fn a_directory_that_cannot_be_made_is_named() {
    let directory = TempDir::new().unwrap();
    let occupied = directory.path().join("data");
    fs::write(&occupied, "a file").unwrap();
    for path in [occupied.clone(), occupied.join("deeper")] {
        let error = Store::open(options(&path)).await.unwrap_err();
        assert!(matches!(error, StoreError::Unwritable { .. }), "{error:?}");
        assert!(
            error.to_string().contains(&path.display().to_string()),
            "{error}"
        );
    }
}

#[tokio::test]
async fn the_directory_holds_one_database_and_nobody_else_may_look() {
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("made/by/us");
    let (store, _) = Store::open(options(&data)).await.unwrap();
    store
        .commit(Batch {
            records: vec![account(1)],
            ..Batch::default()
        })
        .await
        .unwrap();
    store.close().await.unwrap();
    let mut names: Vec<_> = fs::read_dir(&data)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["aicoin.db", "aicoin.lock", "identity"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            fs::metadata(&data).unwrap().permissions().mode() & 0o777,
            0o700
        );
    }
}

#[tokio::test]
async fn two_bots_in_one_file_do_not_see_each_other() {
    let directory = TempDir::new().unwrap();
    let (store, _) = Store::open(options(directory.path())).await.unwrap();
    store
        .commit(Batch {
            records: vec![risk(1, false), account(1)],
            ..Batch::default()
        })
        .await
        .unwrap();
    store.close().await.unwrap();
    let other = StoreOptions {
        bot: "default/other".to_owned(),
        uid: 9,
        ..options(directory.path())
    };
    let (store, loaded) = Store::open(other).await.unwrap();
    assert_eq!((loaded.epoch, loaded.counts.risk_events), (1, 0));
    assert_eq!(store.last_account().await.unwrap(), None);
    store
        .commit(Batch {
            records: vec![risk(1, true)],
            ..Batch::default()
        })
        .await
        .unwrap();
    store.close().await.unwrap();
    let (store, _) = Store::open(options(directory.path())).await.unwrap();
    assert_eq!(store.risk_events(9, true).await.unwrap().len(), 1);
}

#[tokio::test]
async fn somebody_elses_transaction_is_named() {
    let directory = TempDir::new().unwrap();
    let (store, _) = Store::open(options(directory.path())).await.unwrap();
    let mut person = by_hand(directory.path()).await;
    sqlx::query("BEGIN IMMEDIATE")
        .execute(&mut person)
        .await
        .unwrap();
    let error = store
        .commit(Batch {
            records: vec![account(1)],
            ..Batch::default()
        })
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Busy { .. }), "{error}");
    sqlx::query("ROLLBACK").execute(&mut person).await.unwrap();
    store
        .commit(Batch {
            records: vec![account(1)],
            ..Batch::default()
        })
        .await
        .unwrap();
}
