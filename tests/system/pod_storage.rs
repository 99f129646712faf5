//! The volume: the worker keeps below its size by itself and says so while it can still get flat.

use std::path::Path;
use std::time::Duration;

use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use crate::pod::busy;
use crate::rig::pod::Pod;
use crate::rig::{self};

const SOON: Duration = Duration::from_secs(30);
/// Smaller than a manifest may ask for, so that it is soon full.
const VOLUME: u64 = 16 << 20;
/// Of its 4096 pages, those that hold something when it is nearly full: 80 % are the limit, the log's share among them.
const PAGES_NEARLY_FULL: i64 = 2_520;

fn used(dir: &Path) -> u64 {
    std::fs::read_dir(dir)
        .unwrap()
        // One may go in this moment.
        .filter_map(|entry| entry.unwrap().metadata().ok())
        .map(|metadata| metadata.len())
        .sum()
}

/// A long history, by another hand: so many pages hold something afterwards.
fn fill(data: &Path, pages: i64) {
    let options = SqliteConnectOptions::new().filename(data.join("aicoin.db"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut connection = options.connect().await.unwrap();
        let sql = "SELECT page_count - freelist_count FROM pragma_page_count, pragma_freelist_count";
        let in_use: i64 = sqlx::query_scalar(sql)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        // One row is a page.
        sqlx::query(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
             INSERT INTO risk_events (bot, id, code, detail, resolved, spec_generation, lease_epoch, time_ms)
             SELECT bots.bot, 1000000 + i, 'Diverged', hex(zeroblob(1900)), TRUE, 1, 1, 0 FROM n, bots",
        )
        .bind(pages - in_use)
        .execute(&mut connection)
        .await
        .unwrap();
        connection.close().await.unwrap();
    });
}

#[test]
fn it_says_storage_full_before_the_volume_is_and_gets_flat_all_the_same() {
    let Some(binary) = rig::binary() else { return };
    let pod = Pod::new(&binary, busy)
        .with_env("AICOIN_STORAGE_BYTES", &VOLUME.to_string())
        .with_env("AICOIN_SPEED", "3000");
    let worker = pod.start_trading();
    rig::eventually("a position", SOON, || {
        pod.status()["positions"] != json!([])
    });
    worker.stop();
    fill(&pod.data(), PAGES_NEARLY_FULL);

    let worker = pod.start();
    rig::eventually("storage full", SOON, || {
        worker.not_ready() == ["StorageFull"]
    });
    let health = worker.open("/api/v1/health").json();
    assert_eq!(health["parts"]["database"]["status"], "down", "{health}");
    assert_eq!(worker.open("/livez").status, 200, "no reason to restart it");
    let opened = "SELECT count(*) FROM orders WHERE leg = 'open'";
    let before = pod.db().number(opened);
    for _ in 0..5 {
        pod.pass_an_hour();
        assert!(used(&pod.data()) < VOLUME / 100 * 80);
    }
    assert_eq!(worker.not_ready(), ["StorageFull"], "it stays so");
    assert_eq!(pod.db().number(opened), before, "no new exposure");
    let closed = pod.ctl(&["close-all", "--wait"]);
    assert_eq!(closed.status.code(), Some(0), "{closed:?}");
    assert_eq!(pod.status()["positions"], json!([]));
    assert!(used(&pod.data()) < VOLUME / 100 * 80);
    println!("figure: {} of {VOLUME} bytes used", used(&pod.data()));
    worker.stop();
    // A larger volume, and it goes on.
    let pod = pod.with_env("AICOIN_STORAGE_BYTES", "67108864");
    let worker = pod.start();
    rig::eventually("ready", SOON, || worker.not_ready().is_empty());
}

#[test]
fn a_volume_that_goes_with_the_pod_is_said_so() {
    let Some(binary) = rig::binary() else { return };
    for (value, said) in [("true", true), ("false", false)] {
        let pod = Pod::new(&binary, busy).with_env("AICOIN_STORAGE_EPHEMERAL", value);
        let _worker = pod.start_trading();
        let mut notice = json!(null);
        rig::eventually("a status", SOON, || {
            let told = pod.ctl(&["status", "--json"]);
            let is_there = told.status.success();
            if is_there {
                let status: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
                notice = status["notice"].clone();
            }
            is_there
        });
        let text = notice.as_str().unwrap_or_default();
        assert_eq!(
            text.contains("a new pod starts the account anew"),
            said,
            "{value}: {notice}"
        );
    }
}
