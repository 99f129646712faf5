//! A volume of a set size: the store keeps below it by itself, and says that it is tight while it can still write.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::fs;
use std::path::Path;

use aicoin_core::{Record, RiskRecord, StoreHealth};
use aicoin_domain::{Reason, TimeMs};
use aicoin_store::{Batch, JournalEntry, Store, StoreOptions};
use tempfile::TempDir;

const VOLUME: u64 = 16 << 20;
/// In one piece of the journal.
const INPUTS: u64 = 2_000;

async fn open(dir: &Path, volume_bytes: Option<u64>) -> Store {
    let options = StoreOptions {
        data_dir: dir.to_owned(),
        bot: "default/momentum".to_owned(),
        volume_bytes,
        ..StoreOptions::default()
    };
    Store::open(options).await.unwrap().0
}

/// What is on the volume.
fn used(dir: &Path) -> u64 {
    fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum()
}

fn journal(from: u64) -> Batch {
    let entry = |seq| JournalEntry {
        seq,
        now_ms: 1_700_000_000_000,
        input: "x".repeat(200),
        outputs: None,
    };
    Batch {
        journal: (from..from + INPUTS).map(entry).collect(),
        ..Batch::default()
    }
}

fn row(id: u64) -> Batch {
    Batch {
        records: vec![Record::Risk(RiskRecord {
            id,
            time: TimeMs(1_700_000_000_123),
            reason: Reason::Diverged,
            market: None,
            detail: "x".repeat(20_000),
            resolved: false,
        })],
        ..Batch::default()
    }
}

#[tokio::test]
async fn the_journal_alone_never_makes_the_store_tight() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path(), Some(VOLUME)).await;
    for part in 0..50 {
        let committed = store.commit(journal(1 + part * INPUTS)).await.unwrap();
        assert!(!committed.tight, "after {part}");
        assert!(used(dir.path()) < VOLUME / 100 * 80, "after {part}");
    }
    let kept = store.journal(0, 100_000).await.unwrap();
    assert_eq!(kept.last().unwrap().seq, 50 * INPUTS, "the newest are kept");
    assert!(kept.len() > 5_000, "and not only a few: {}", kept.len());
}

#[tokio::test]
async fn the_store_is_tight_before_it_is_full_and_never_above_80_percent() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path(), Some(VOLUME)).await;
    let mut tight_since = None;
    let mut id = 0;
    let error = loop {
        id += 1;
        match store.commit(row(id)).await {
            Ok(committed) if committed.tight => tight_since = tight_since.or(Some(id)),
            Ok(_) => assert_eq!(tight_since, None, "it does not flutter"),
            Err(error) => break error,
        }
        assert!(used(dir.path()) < VOLUME / 100 * 80, "after {id}");
    };
    let since = tight_since.expect("it said so before");
    assert!(
        id - since > 20,
        "with room for rows that reduce: {since} of {id}"
    );
    assert_eq!(error.health(), StoreHealth::Full, "{error:?}");
    for words in [
        "spec.storage.sqlite.size",
        "16777216 bytes",
        "nothing was lost",
    ] {
        assert!(error.to_string().contains(words), "{error}");
    }
    // What was written is there, and a larger volume goes on from it.
    store.close().await.unwrap();
    let store = open(dir.path(), Some(VOLUME * 2)).await;
    let committed = store.commit(row(id)).await.unwrap();
    assert_eq!((committed.counts.risk_events, committed.tight), (id, false));
}
