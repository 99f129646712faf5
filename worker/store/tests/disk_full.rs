//! A disk that is really full: a few MiB of tmpfs, mounted for the test. It needs root and says so when it cannot.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use aicoin_core::{Record, RiskRecord, StoreHealth};
use aicoin_domain::{Reason, TimeMs};
use aicoin_store::{Batch, Store, StoreOptions};
use tempfile::TempDir;

/// A mounted tmpfs; unmounted when it goes.
struct SmallDisk {
    point: TempDir,
}

impl SmallDisk {
    fn mount() -> Result<Self, String> {
        let point = TempDir::new().unwrap();
        let output = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"])
            .arg(point.path())
            .output()
            .map_err(|error| error.to_string())?;
        if output.status.success() {
            Ok(Self { point })
        } else {
            Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
        }
    }

    fn path(&self) -> &Path {
        self.point.path()
    }

    /// Takes all the room that is left.
    fn fill(&self) -> PathBuf {
        let path = self.path().join("something-else");
        let mut file = File::create(&path).unwrap();
        while file.write_all(&[7; 512]).is_ok() {}
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount")
            .args(["-l".as_ref(), self.path().as_os_str()])
            .status();
    }
}

fn options(disk: &SmallDisk) -> StoreOptions {
    StoreOptions {
        data_dir: disk.path().join("data"),
        bot: "default/momentum".to_owned(),
        ..StoreOptions::default()
    }
}

fn batch(id: u64) -> Batch {
    let risk = RiskRecord {
        id,
        time: TimeMs(1_700_000_000_123),
        reason: Reason::StorageFull,
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

#[tokio::test]
async fn a_full_disk_loses_nothing_and_the_next_commit_after_it_works() {
    let disk = match SmallDisk::mount() {
        Ok(disk) => disk,
        Err(reason) => {
            println!("skipped: no tmpfs can be mounted here ({reason})");
            return;
        }
    };
    let (store, _) = Store::open(options(&disk)).await.unwrap();
    for id in 1..=5 {
        store.commit(batch(id)).await.unwrap();
    }
    let other = disk.fill();
    // The write-ahead log may still have room from before; then it is full.
    let mut kept = 5;
    let error = loop {
        match store.commit(batch(kept + 1)).await {
            Ok(_) => kept += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(error.health(), StoreHealth::Full, "{error:?}");
    assert!(
        error
            .to_string()
            .contains("aicoin.db is full: free some space"),
        "{error}"
    );
    assert_eq!(store.commit(batch(kept + 1)).await.unwrap_err(), error);
    // Reading goes on.
    assert_eq!(store.counts().await.unwrap().risk_events, kept);
    let probe = store.probe().await.unwrap();
    assert_eq!(probe.free_bytes, Some(0));

    fs::remove_file(&other).unwrap();
    let committed = store.commit(batch(kept + 1)).await.unwrap();
    assert_eq!(committed.counts.risk_events, kept + 1);
    drop(store);
    let (store, loaded) = Store::open(options(&disk)).await.unwrap();
    assert_eq!(
        (loaded.counts.risk_events, loaded.saved),
        (kept + 1, Some(format!("state {}", kept + 1)))
    );
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_start_on_a_full_disk_is_refused_with_the_sentence() {
    let disk = match SmallDisk::mount() {
        Ok(disk) => disk,
        Err(reason) => {
            println!("skipped: no tmpfs can be mounted here ({reason})");
            return;
        }
    };
    let (store, _) = Store::open(options(&disk)).await.unwrap();
    store.commit(batch(1)).await.unwrap();
    store.close().await.unwrap();
    let other = disk.fill();
    let error = Store::open(options(&disk)).await.unwrap_err();
    assert_eq!(error.health(), StoreHealth::Full, "{error:?}");
    fs::remove_file(&other).unwrap();
    let (_store, loaded) = Store::open(options(&disk)).await.unwrap();
    assert_eq!((loaded.epoch, loaded.counts.risk_events), (2, 1));
}
