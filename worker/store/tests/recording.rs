//! A recording is read as it stood when it was opened, and goes with the journal that it belongs to.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::path::Path;

use aicoin_core::{Record, RiskRecord};
use aicoin_domain::{Reason, TimeMs};
use aicoin_store::{
    Batch, Checkpoint, CheckpointKind, JournalEntry, Numbers, Recording, RecordingError, Replica,
    RowFault, SegmentEnd, Store, StoreOptions,
};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use tempfile::TempDir;

const BOT: &str = "default/momentum";

async fn open(dir: &Path, bot: &str, journal_rows_max: u64, volume_bytes: Option<u64>) -> Store {
    let options = StoreOptions {
        data_dir: dir.to_owned(),
        bot: bot.to_owned(),
        markets: vec!["BTC".to_owned()],
        journal_rows_max,
        volume_bytes,
        ..StoreOptions::default()
    };
    Store::open(options).await.unwrap().0
}

fn inputs(from: u64, to: u64) -> Vec<JournalEntry> {
    (from..=to)
        .map(|seq| JournalEntry {
            seq,
            now_ms: i64::try_from(seq).unwrap() * 10,
            input: "\"Wake\"".to_owned(),
            outputs: (seq % 2 == 0).then(|| "[]".to_owned()),
        })
        .collect()
}

fn image(seq: u64, kind: CheckpointKind) -> Checkpoint {
    Checkpoint {
        seq,
        kind,
        version: "1".to_owned(),
        time_ms: i64::try_from(seq).unwrap() * 10,
        state: format!("state {seq}"),
    }
}

fn places(recording: &Recording) -> Vec<u64> {
    let heads = recording.checkpoints().iter();
    heads.map(|head| head.seq).collect()
}

fn risk(id: u64, detail: &str) -> Record {
    Record::Risk(RiskRecord {
        id,
        time: TimeMs(1_700_000_000_000),
        reason: Reason::StopHit,
        market: None,
        detail: detail.to_owned(),
        resolved: false,
    })
}

#[tokio::test]
async fn a_recording_is_what_was_there_when_it_was_opened() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path(), BOT, 1_000, None).await;
    let first = Batch {
        journal: inputs(1, 3),
        checkpoint: Some(image(0, CheckpointKind::Start)),
        saved: Some("early".to_owned()),
        ..Batch::default()
    };
    store.commit(first).await.unwrap();
    let mut recording = Recording::open(dir.path(), None).await.unwrap();
    let later = Batch {
        journal: inputs(4, 5),
        checkpoint: Some(image(5, CheckpointKind::During)),
        saved: Some("late".to_owned()),
        ..Batch::default()
    };
    store.commit(later).await.unwrap();
    assert_eq!(recording.bot(), BOT);
    assert_eq!(recording.markets(), ["BTC"]);
    assert_eq!(recording.saved(), Some("early"));
    assert_eq!(recording.bounds(), Some((1, 3)));
    assert_eq!(places(&recording), [0]);
    let read = recording.inputs(0, 100).await.unwrap();
    let entries: Vec<JournalEntry> = read.iter().map(|input| input.entry.clone()).collect();
    assert_eq!(entries, inputs(1, 3));
    assert!(read.iter().all(|input| input.is_intact && input.epoch == 1));
    let head = recording.checkpoints()[0].clone();
    assert_eq!(recording.state(&head).await.unwrap(), "state 0");
    assert_eq!(recording.first_since(20).await.unwrap(), Some(2));
    assert_eq!(recording.first_since(31).await.unwrap(), None);
    assert_eq!(recording.earliest_after(1).await.unwrap(), Some(20));
    assert_eq!(recording.earliest_after(3).await.unwrap(), None);
    recording.close().await.unwrap();
    let recording = Recording::open(&dir.path().join("aicoin.db"), Some(BOT))
        .await
        .unwrap();
    assert_eq!(
        (places(&recording), recording.saved()),
        (vec![0, 5], Some("late"))
    );
}

#[tokio::test]
async fn images_go_with_the_journal_that_follows_them() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path(), BOT, 2_000, None).await;
    for part in 0..8 {
        let from = part * 1_000;
        let batch = Batch {
            journal: inputs(from + 1, from + 1_000),
            checkpoint: Some(image(from + 500, CheckpointKind::During)),
            ..Batch::default()
        };
        store.commit(batch).await.unwrap();
    }
    let recording = Recording::open(dir.path(), None).await.unwrap();
    let (first, last) = recording.bounds().unwrap();
    assert_eq!(last, 8_000);
    let expected: Vec<u64> = (0..8)
        .map(|part| part * 1_000 + 500)
        .filter(|seq| seq + 1 >= first)
        .collect();
    assert!((1..8).contains(&expected.len()), "{first}");
    assert_eq!(places(&recording), expected);
}

#[tokio::test]
async fn where_room_is_scarce_only_images_that_are_needed_are_kept() {
    const VOLUME: u64 = 16 << 20;
    let dir = TempDir::new().unwrap();
    let store = open(dir.path(), BOT, 1_000, Some(VOLUME)).await;
    let mut id = 0;
    let mut tight = false;
    while !tight {
        id += 1;
        let batch = Batch {
            records: vec![risk(id, &"x".repeat(100_000))],
            ..Batch::default()
        };
        tight = store.commit(batch).await.unwrap().tight;
    }
    for (seq, kind) in [
        (1, CheckpointKind::Start),
        (2, CheckpointKind::During),
        (3, CheckpointKind::Loss),
    ] {
        let batch = Batch {
            journal: inputs(seq, seq),
            checkpoint: Some(image(seq, kind)),
            ..Batch::default()
        };
        assert!(store.commit(batch).await.unwrap().tight);
    }
    let recording = Recording::open(dir.path(), None).await.unwrap();
    assert_eq!(places(&recording), [1, 3]);
}

#[tokio::test]
async fn a_loss_at_the_end_keeps_its_place_over_a_restart() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path(), BOT, 1_000, None).await;
    let batch = Batch {
        journal: inputs(1, 3),
        ..Batch::default()
    };
    store.commit(batch).await.unwrap();
    let loss = Batch {
        checkpoint: Some(image(4, CheckpointKind::Loss)),
        ..Batch::default()
    };
    store.commit(loss).await.unwrap();
    store.close().await.unwrap();
    let options = StoreOptions {
        data_dir: dir.path().to_owned(),
        bot: BOT.to_owned(),
        ..StoreOptions::default()
    };
    let (store, loaded) = Store::open(options).await.unwrap();
    assert_eq!(loaded.journal_seq, 4);
    let taken = Batch {
        journal: inputs(4, 4),
        ..Batch::default()
    };
    assert!(store.commit(taken).await.is_err());
}

#[tokio::test]
async fn of_several_bots_one_must_be_named() {
    let dir = TempDir::new().unwrap();
    for bot in [BOT, "default/other"] {
        let store = open(dir.path(), bot, 1_000, None).await;
        store.close().await.unwrap();
    }
    let file = dir.path().join("aicoin.db");
    let error = Recording::open(dir.path(), None).await.unwrap_err();
    let found = vec![BOT.to_owned(), "default/other".to_owned()];
    assert_eq!(
        error,
        RecordingError::WhichBot {
            file: file.clone(),
            found,
            wanted: None
        }
    );
    assert_eq!(
        error.to_string(),
        format!(
            "{} holds the bots default/momentum, default/other: say with --bot which one is meant.",
            file.display()
        )
    );
    let recording = Recording::open(dir.path(), Some("default/other")).await;
    assert_eq!(recording.unwrap().bounds(), None);
}

#[cfg(unix)]
#[tokio::test]
async fn a_copy_that_cannot_be_written_is_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = TempDir::new().unwrap();
    let store = open(dir.path(), BOT, 1_000, None).await;
    let batch = Batch {
        journal: inputs(1, 3),
        ..Batch::default()
    };
    store.commit(batch).await.unwrap();
    store.close().await.unwrap();
    let copy = TempDir::new().unwrap();
    let file = copy.path().join("aicoin.db");
    std::fs::copy(dir.path().join("aicoin.db"), &file).unwrap();
    let set = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    set(&file, 0o400);
    set(copy.path(), 0o500);
    let recording = Recording::open(copy.path(), None).await;
    set(copy.path(), 0o700);
    assert_eq!(recording.unwrap().bounds(), Some((1, 3)));
}

#[tokio::test]
async fn rows_are_compared_with_those_of_a_replay() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path(), BOT, 1_000, None).await;
    let batch = Batch {
        records: vec![risk(1, "one"), risk(2, "two"), Record::Settled(1)],
        journal: inputs(1, 3),
        ..Batch::default()
    };
    store.commit(batch).await.unwrap();
    let mut recording = Recording::open(dir.path(), None).await.unwrap();
    let end = |later_from_ms| SegmentEnd {
        from: Numbers::default(),
        to: Numbers {
            risk_event: 2,
            ..Numbers::default()
        },
        later_from_ms,
    };
    let mut replica = Replica::of(&recording).await.unwrap();

    let all = [risk(1, "one"), risk(2, "two"), Record::Settled(1)];
    replica.write((3, 1), 0, &all).await.unwrap();
    let check = replica.compare(&mut recording, end(None)).await.unwrap();
    assert_eq!((check.same, check.later, check.fault), (2, 0, None));

    // The same up to a moment before it was settled: what may change later is not held against it.
    replica.write((2, 1), 0, &all[..2]).await.unwrap();
    let check = replica
        .compare(&mut recording, end(Some(30)))
        .await
        .unwrap();
    assert_eq!((check.same, check.fault), (2, None));
    replica.write((2, 1), 0, &all[..2]).await.unwrap();
    let check = replica.compare(&mut recording, end(None)).await.unwrap();
    let fault = |column: Option<&str>, key: &str, seq, found: &str, made: &str| RowFault {
        table: "risk_events",
        key: key.to_owned(),
        seq,
        column: column.map(ToOwned::to_owned),
        found: found.to_owned(),
        made: made.to_owned(),
    };
    assert_eq!(
        check.fault,
        Some(fault(Some("resolved"), "id 1", Some(2), "1", "0"))
    );

    // One that the replay does not make.
    replica.write((1, 1), 0, &[risk(2, "two")]).await.unwrap();
    let check = replica.compare(&mut recording, end(None)).await.unwrap();
    assert_eq!(
        check.fault,
        Some(fault(None, "id 1", None, "a row", "no such row"))
    );
}

#[tokio::test]
async fn a_database_of_the_first_schema_records_from_its_next_start_on() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path(), BOT, 1_000, None).await;
    let batch = Batch {
        journal: inputs(1, 3),
        ..Batch::default()
    };
    store.commit(batch).await.unwrap();
    store.close().await.unwrap();
    let options = SqliteConnectOptions::new().filename(dir.path().join("aicoin.db"));
    let mut by_hand = options.connect().await.unwrap();
    for change in [
        "DROP TABLE checkpoints",
        "ALTER TABLE journal DROP COLUMN outputs",
        "ALTER TABLE journal DROP COLUMN checksum",
        "DELETE FROM _sqlx_migrations WHERE version = 2",
    ] {
        sqlx::query(change).execute(&mut by_hand).await.unwrap();
    }
    by_hand.close().await.unwrap();
    let error = Recording::open(dir.path(), None).await.unwrap_err();
    let file = dir.path().join("aicoin.db");
    assert_eq!(error, RecordingError::TooOld { file, found: 1 });

    let store = open(dir.path(), BOT, 1_000, None).await;
    let batch = Batch {
        journal: inputs(4, 5),
        checkpoint: Some(image(3, CheckpointKind::Start)),
        ..Batch::default()
    };
    store.commit(batch).await.unwrap();
    let mut recording = Recording::open(dir.path(), None).await.unwrap();
    assert_eq!(places(&recording), [3]);
    let read = recording.inputs(0, 100).await.unwrap();
    let intact: Vec<(u64, bool)> = read
        .iter()
        .map(|input| (input.entry.seq, input.is_intact))
        .collect();
    assert_eq!(
        intact,
        [(1, false), (2, false), (3, false), (4, true), (5, true)]
    );
}
