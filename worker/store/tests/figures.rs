//! How fast it is and what it weighs. Measured, not judged: `cargo test -p aicoin-store --release -- --ignored --nocapture`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests"
)]

use std::time::{Duration, Instant};

use aicoin_core::{AccountRecord, Record, RiskRecord};
use aicoin_domain::{Reason, TimeMs, Usd};
use aicoin_store::{Batch, JournalEntry, Store, StoreOptions};
use tempfile::TempDir;

fn batch(id: u64, journal: u64, state_bytes: usize) -> Batch {
    let time = TimeMs(1_700_000_000_000 + i64::try_from(id).unwrap() * 1_000);
    Batch {
        records: vec![
            Record::Account(AccountRecord {
                time,
                equity: Usd::from_whole(10_000),
                cash: Usd::from_whole(10_000),
                unrealised: Usd::ZERO,
                realised: Usd::ZERO,
                fees: Usd::ZERO,
                funding: Usd::ZERO,
                notional: Usd::ZERO,
                drawdown_bps: 0,
            }),
            Record::Risk(RiskRecord {
                id,
                time,
                reason: Reason::StopHit,
                market: None,
                detail: "a sentence of usual length".to_owned(),
                resolved: true,
            }),
        ],
        saved: Some("x".repeat(state_bytes)),
        venue: None,
        new_markets: Vec::new(),
        checkpoint: None,
        journal: (0..journal)
            .map(|n| JournalEntry {
                seq: (id - 1) * journal + n + 1,
                now_ms: time.0,
                input: "y".repeat(120),
                outputs: None,
            })
            .collect(),
    }
}

fn show(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let (half, tail) = (times[times.len() / 2], times[times.len() * 99 / 100]);
    println!(
        "{what:<44} median {half:>10.2?}   p99 {tail:>10.2?}   n {}",
        times.len()
    );
}

fn resident_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace()
        .nth(1)?
        .parse::<f64>()
        .ok()
        .map(|kib| kib / 1024.0)
}

#[tokio::test]
#[ignore = "figures, not a promise"]
async fn figures() {
    // Beside the build output: the usual temporary directory may be in memory.
    let root = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let options = |name: String| StoreOptions {
        data_dir: root.path().join(name),
        bot: "default/momentum".to_owned(),
        markets: vec!["BTC".to_owned()],
        ..StoreOptions::default()
    };
    println!("resident before: {:?} MiB", resident_mib());
    let (mut fresh, mut again) = (Vec::new(), Vec::new());
    for round in 0..30 {
        let start = Instant::now();
        let (store, _) = Store::open(options(round.to_string())).await.unwrap();
        fresh.push(start.elapsed());
        store.close().await.unwrap();
        let start = Instant::now();
        let (store, _) = Store::open(options(round.to_string())).await.unwrap();
        again.push(start.elapsed());
        drop(store);
    }
    show("open, fresh directory", fresh);
    show("open, existing directory", again);

    for (journal, state_bytes) in [(0, 0), (1, 4_000), (10, 20_000), (100, 100_000)] {
        let (store, _) = Store::open(options(format!("commit-{journal}")))
            .await
            .unwrap();
        let mut times = Vec::new();
        for id in 1..=1_000 {
            let batch = batch(id, journal, state_bytes);
            let start = Instant::now();
            store.commit(batch).await.unwrap();
            times.push(start.elapsed());
        }
        show(
            &format!("commit, 2 rows, {journal} inputs, {state_bytes} B of state"),
            times,
        );
        println!("resident: {:?} MiB", resident_mib());
        let mut reads = Vec::new();
        for _ in 0..200 {
            let start = Instant::now();
            store.account_snapshots(0, 300).await.unwrap();
            reads.push(start.elapsed());
        }
        show("curve of 300 points", reads);
        println!(
            "{:?}; resident: {:?} MiB",
            store.probe().await.unwrap(),
            resident_mib()
        );
        store.close().await.unwrap();
    }
}
