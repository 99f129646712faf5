//! What was acknowledged survives `kill -9`: a child process commits and says so, and is killed in the middle.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use aicoin_core::{Record, RiskRecord};
use aicoin_domain::{Reason, TimeMs};
use aicoin_store::{Batch, JournalEntry, Loaded, Store, StoreOptions};
use tempfile::TempDir;

const DIRECTORY_VARIABLE: &str = "AICOIN_STORE_TEST_KILL_DIRECTORY";
const ROUNDS: usize = 5;

async fn open(directory: &Path) -> (Store, Loaded) {
    let options = StoreOptions {
        data_dir: directory.to_owned(),
        bot: "default/momentum".to_owned(),
        journal_rows_max: 50,
        ..StoreOptions::default()
    };
    Store::open(options).await.unwrap()
}

fn batch(id: u64) -> Batch {
    let risk = RiskRecord {
        id,
        time: TimeMs(1_700_000_000_123),
        reason: Reason::StopHit,
        market: None,
        detail: "x".repeat(2_000),
        resolved: false,
    };
    Batch {
        records: vec![Record::Risk(risk)],
        saved: Some(id.to_string()),
        venue: None,
        new_markets: Vec::new(),
        journal: vec![JournalEntry {
            seq: id,
            now_ms: 0,
            input: "\"Wake\"".to_owned(),
            outputs: None,
        }],
        checkpoint: None,
    }
}

/// The child: commits until it is killed. It does nothing unless the test below starts it.
#[tokio::test]
async fn child_that_commits() {
    let Ok(directory) = std::env::var(DIRECTORY_VARIABLE) else {
        return;
    };
    let (store, loaded) = open(Path::new(&directory)).await;
    for id in loaded.counts.risk_events + 1.. {
        store.commit(batch(id)).await.unwrap();
        println!("\ncommitted {id}");
        std::io::stdout().flush().unwrap();
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_kill_9() {
    let directory = TempDir::new().unwrap();
    let mut acknowledged = 0;
    for round in 1..=ROUNDS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["child_that_commits", "--exact", "--nocapture"])
            .env(DIRECTORY_VARIABLE, directory.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for _ in 0..20 * round {
            let line = lines
                .find(|line| line.as_ref().unwrap().starts_with("committed "))
                .unwrap()
                .unwrap();
            acknowledged = line.trim_start_matches("committed ").parse().unwrap();
        }
        child.kill().unwrap();
        // What it said before the signal came.
        for line in lines {
            if let Some(id) = line.unwrap().strip_prefix("committed ") {
                acknowledged = id.parse().unwrap();
            }
        }
        child.wait().unwrap();
        let (store, loaded) = open(directory.path()).await;
        let kept = loaded.counts.risk_events;
        // The last commit may have happened without having been said.
        assert!(
            (acknowledged..=acknowledged + 1).contains(&kept),
            "{kept} kept, {acknowledged} acknowledged"
        );
        // One transaction: state, rows and journal tell the same.
        assert_eq!(
            (loaded.saved, loaded.journal_seq),
            (Some(kept.to_string()), kept)
        );
        assert_eq!(store.counts().await.unwrap().risk_events, kept);
    }
}
