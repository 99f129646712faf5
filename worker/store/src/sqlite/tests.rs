//! What only the inside of the SQLite store can show.

use aicoin_core::{Record, RiskRecord, StoreHealth};
use aicoin_domain::{Reason, TimeMs};
use sqlx::Row;
use tempfile::TempDir;

use super::*;
use crate::batch::Batch;

async fn open(directory: &TempDir) -> SqliteStore {
    let options = StoreOptions {
        data_dir: directory.path().to_owned(),
        bot: "default/momentum".to_owned(),
        markets: vec!["BTC".to_owned()],
        ..StoreOptions::default()
    };
    SqliteStore::open(options).await.unwrap().0
}

fn batch(id: u64) -> Batch {
    let risk = RiskRecord {
        id,
        time: TimeMs(1_700_000_000_123),
        reason: Reason::StopHit,
        market: None,
        detail: "x".repeat(20_000),
        resolved: false,
    };
    Batch {
        records: vec![Record::Risk(risk)],
        saved: Some(format!("state {id}")),
        ..Batch::default()
    }
}

/// Every connection that writes from now on has that much room.
async fn set_pages(store: &mut SqliteStore, pages: u32) {
    store.writer_options = store
        .writer_options
        .clone()
        .pragma("max_page_count", pages.to_string());
    store.writer.lock().await.desk = None;
}

#[tokio::test]
async fn a_full_disk_is_named_and_nothing_of_the_batch_stays() {
    let directory = TempDir::new().unwrap();
    let mut store = open(&directory).await;
    set_pages(&mut store, 60).await;
    let mut kept = 0;
    let error = loop {
        match store.commit(&batch(kept + 1)).await {
            Ok(committed) => {
                kept += 1;
                assert_eq!(committed.counts.risk_events, kept);
            }
            Err(error) => break error,
        }
    };
    assert!(kept > 1, "there was room for some");
    assert_eq!(
        error.to_string(),
        format!(
            "The disk of {} is full: free some space; nothing was lost, the bot opens no position meanwhile.",
            directory.path().join("aicoin.db").display()
        )
    );
    assert_eq!(error.health(), StoreHealth::Full);
    // Still full, and said again.
    assert_eq!(store.commit(&batch(kept + 1)).await.unwrap_err(), error);
    assert_eq!(store.counts().await.unwrap().risk_events, kept);
    set_pages(&mut store, 1_000).await;
    assert_eq!(
        store
            .commit(&batch(kept + 1))
            .await
            .unwrap()
            .counts
            .risk_events,
        kept + 1
    );
    drop(store);
    let store = open(&directory).await;
    assert_eq!(store.counts().await.unwrap().risk_events, kept + 1);
}

#[tokio::test]
async fn a_commit_that_is_given_up_on_leaves_the_connection_usable() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory).await;
    let mut given_up = 0;
    for id in 1..=100_u64 {
        let first = batch(id);
        tokio::select! {
            biased;
            done = store.commit(&first) => { done.unwrap(); }
            () = turns((id - 1) * 5) => given_up += 1,
        }
        // It may or may not have happened. Either way the same batch can be committed, and is counted once.
        let again = store.commit(&first).await.unwrap();
        assert_eq!(again.counts.risk_events, id);
    }
    assert!(given_up > 0, "every commit was waited for");
    assert_eq!(store.counts().await.unwrap().risk_events, 100);
}

/// Lets other tasks have their turn so many times.
async fn turns(count: u64) {
    for _ in 0..count {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_lost_connection_is_replaced() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory).await;
    store.commit(&batch(1)).await.unwrap();
    store.writer.lock().await.desk = None;
    assert_eq!(store.commit(&batch(2)).await.unwrap().counts.risk_events, 2);
}

#[tokio::test]
async fn every_query_of_the_readers_uses_an_index() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory).await;
    store.commit(&batch(1)).await.unwrap();
    let queries = [
        "SELECT * FROM orders WHERE bot = 'b' ORDER BY created_at_ms DESC, rowid DESC LIMIT 9",
        "SELECT * FROM orders WHERE bot = 'b' AND status = 'Open' ORDER BY created_at_ms DESC, rowid DESC LIMIT 9",
        "SELECT * FROM fills WHERE bot = 'b' ORDER BY time_ms DESC, rowid DESC LIMIT 9",
        "SELECT * FROM decisions WHERE bot = 'b' ORDER BY id DESC LIMIT 9",
        "SELECT * FROM risk_events WHERE bot = 'b' AND resolved = FALSE ORDER BY id DESC LIMIT 9",
        "SELECT * FROM risk_events WHERE bot = 'b' ORDER BY id DESC LIMIT 9",
        "SELECT * FROM account_snapshots WHERE bot = 'b' AND time_ms >= 5 ORDER BY time_ms LIMIT 9",
        "SELECT * FROM account_snapshots WHERE bot = 'b' ORDER BY time_ms DESC LIMIT 9",
        "SELECT * FROM journal WHERE bot = 'b' AND seq > 5 ORDER BY seq LIMIT 9",
        // A person's.
        "SELECT * FROM risk_events WHERE resolved = false",
        "SELECT * FROM account_snapshots ORDER BY timestamp DESC LIMIT 1",
    ];
    let mut writer = store.writer.lock().await;
    let connection = &mut writer.desk.as_mut().unwrap().connection;
    for query in queries {
        let plan = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {query}"));
        let steps: Vec<String> = sqlx::query(plan)
            .map(|row: sqlx::sqlite::SqliteRow| row.get("detail"))
            .fetch_all(&mut *connection)
            .await
            .unwrap();
        let plan = steps.join("; ");
        assert!(
            plan.contains("INDEX") || plan.contains("PRIMARY KEY"),
            "{query}: {plan}"
        );
        assert!(!plan.contains("TEMP B-TREE"), "{query}: {plan}");
    }
}

#[tokio::test]
async fn a_commit_waits_for_the_disk_and_readers_cannot_write() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory).await;
    let mut writer = store.writer.lock().await;
    let connection = &mut writer.desk.as_mut().unwrap().connection;
    // 2 is FULL: the write-ahead log is synced before a commit returns.
    let expected = [
        ("PRAGMA journal_mode", "wal"),
        ("PRAGMA synchronous", "2"),
        ("PRAGMA foreign_keys", "1"),
    ];
    for (pragma, value) in expected {
        let row = sqlx::query(pragma)
            .fetch_one(&mut *connection)
            .await
            .unwrap();
        let text = row.try_get::<String, _>(0);
        let seen = text.or_else(|_| row.try_get::<i64, _>(0).map(|number| number.to_string()));
        assert_eq!(seen.unwrap(), value, "{pragma}");
    }
    let mut reader = store.readers.acquire().await.unwrap();
    let refused = sqlx::query("DELETE FROM leases")
        .execute(&mut *reader)
        .await
        .unwrap_err();
    assert!(
        matches!(store.fault(&refused), StoreError::Unwritable { .. }),
        "{refused}"
    );
}
