//! Started again, a bot goes on where it was; killed, it has lost and doubled nothing.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::quickstart::{assert_equals_the_tables, summary_of};
use crate::rig::db::Db;
use crate::rig::manifest::Rule;
use crate::rig::number::{amount, count, units};
use crate::rig::worker::Worker;
use crate::rig::{self, process, worker};

/// One in so many milliseconds after the first fill, the process is killed.
const KILL_AFTER_MS: [u64; 8] = [0, 3, 17, 40, 75, 130, 260, 411];

#[track_caller]
fn run_for(binary: &Path, manifest: &Path, data: &Path, span: &str) -> Value {
    let mut command = worker::local(binary, manifest, data);
    command.args(["--speed", "600", "--run-for", span, "--json"]);
    let ended = process::run(&mut command, Duration::from_secs(60));
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    summary_of(&ended.stdout)
}

fn busy(dir: &Path) -> std::path::PathBuf {
    Rule {
        markets: "BTC, ETH",
        fast: 1,
        slow: 2,
        stop_loss_pct: Some("0.3"),
        ..Rule::default()
    }
    .write(dir)
}

#[test]
fn started_again_a_bot_goes_on_where_it_was() {
    let Some(binary) = rig::binary() else { return };
    let dir = rig::scratch();
    let data = dir.path().join("data");
    let manifest = busy(dir.path());
    let mut before = run_for(&binary, &manifest, &data, "3s");
    assert!(count(&before, "fills") > 0, "{before}");
    for _ in 0..2 {
        let after = run_for(&binary, &manifest, &data, "3s");
        for key in ["decisions", "orders", "fills", "risk_events", "time_ms"] {
            assert!(
                count(&after, key) >= count(&before, key),
                "{key} shrank: {before} {after}"
            );
        }
        assert!(
            amount(&after, "fees") >= amount(&before, "fees"),
            "{before} {after}"
        );
        assert!(
            count(&after, "fills") > count(&before, "fills"),
            "it went on trading: {before} {after}"
        );
        // Its equity is what the first start put in and what all rows of all runs say.
        assert_equals_the_tables(&after, &Db::of(&data));
        before = after;
    }
}

#[test]
fn kill_9_in_the_middle_loses_and_doubles_nothing() {
    let Some(binary) = rig::binary() else { return };
    let dir = rig::scratch();
    let data = dir.path().join("data");
    let manifest = busy(dir.path());
    for pause_ms in KILL_AFTER_MS {
        let worker = Worker::start(&binary, &manifest, &data, &["--speed", "600"]);
        let fills = worker.count("fills");
        rig::eventually("it trades", Duration::from_secs(30), || {
            worker.count("fills") > fills
        });
        std::thread::sleep(Duration::from_millis(pause_ms));
        worker.kill();
        assert_rows_agree(
            &Db::of(&data),
            &format!("killed {pause_ms} ms after a fill"),
        );
    }
    let summary = run_for(&binary, &manifest, &data, "3s");
    let db = Db::of(&data);
    assert_equals_the_tables(&summary, &db);
    assert_rows_agree(&db, "at the end");
    println!(
        "figure: {} kills, {} orders, {} fills: none lost, none doubled",
        KILL_AFTER_MS.len(),
        summary["orders"],
        summary["fills"]
    );
    assert_eq!(
        db.number("SELECT count(*) FROM orders WHERE status IN ('Prepared', 'Sent', 'Unknown') AND created_at_ms < (SELECT max(time_ms) FROM account_snapshots) - 60000"),
        0,
        "an order was never resolved"
    );
    for position in summary["positions"].as_array().unwrap() {
        let market = position["market"].as_str().unwrap();
        assert_eq!(amount(position, "size"), filled(&db, market), "{market}");
    }
}

/// Whenever the process died, the rows tell one story.
#[track_caller]
pub(crate) fn assert_rows_agree(db: &Db, when: &str) {
    use sqlx::Row;
    for (what, sql) in [
        (
            "cloids",
            "SELECT count(*) - count(DISTINCT cloid) FROM orders",
        ),
        (
            "trades",
            "SELECT count(*) - count(DISTINCT market || ' ' || trade_id) FROM fills",
        ),
        (
            "legs",
            "SELECT count(*) - count(DISTINCT decision || ' ' || leg || ' ' || attempt) FROM orders",
        ),
        (
            "fills without an order",
            "SELECT count(*) FROM fills WHERE cloid NOT IN (SELECT cloid FROM orders)",
        ),
        ("bots", "SELECT count(*) - 1 FROM bots"),
    ] {
        assert_eq!(db.number(sql), 0, "{what}, {when}");
    }
    for market in ["BTC", "ETH"] {
        let held: i128 = db
            .rows("SELECT market, size FROM positions")
            .iter()
            .filter(|row| row.get::<&str, _>(0) == market)
            .map(|row| units(row.get(1)))
            .sum();
        assert_eq!(
            held,
            filled(db, market),
            "the position of {market} is the sum of its fills, {when}"
        );
    }
    // Each order has filled exactly what its fills say.
    for row in db.rows("SELECT cloid, size, filled, status FROM orders") {
        let (cloid, size, told): (&str, i128, i128) =
            (row.get(0), units(row.get(1)), units(row.get(2)));
        let fills: i128 = db_fills(db)
            .iter()
            .filter(|(order, ..)| order == cloid)
            .map(|(.., size)| *size)
            .sum();
        assert!(
            told == fills && fills <= size,
            "{cloid} of {size} says {told}, its fills say {fills}, {when}"
        );
    }
}

/// Cloid, market, side and size of every fill.
fn db_fills(db: &Db) -> Vec<(String, String, String, i128)> {
    use sqlx::Row;
    db.rows("SELECT cloid, market, side, size FROM fills")
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2), units(row.get(3))))
        .collect()
}

/// What all fills of a market come to.
fn filled(db: &Db, market: &str) -> i128 {
    db_fills(db)
        .iter()
        .filter(|(_, of, ..)| of == market)
        .map(|(_, _, side, size)| if side == "buy" { *size } else { -*size })
        .sum()
}

#[test]
fn a_second_worker_on_the_same_data_directory_is_refused() {
    let Some(binary) = rig::binary() else { return };
    let dir = rig::scratch();
    let data = dir.path().join("data");
    let manifest = busy(dir.path());
    let first = Worker::start(&binary, &manifest, &data, &[]);
    let begun = Instant::now();
    let second = process::run(
        &mut worker::local(&binary, &manifest, &data),
        Duration::from_secs(20),
    );
    second.assert_refused_with(&[
        "is in use by another aicoin-worker",
        &first.pid().to_string(),
        "--data-dir",
    ]);
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "it refuses and does not wait"
    );
    assert_eq!(
        first.open("/livez").status,
        200,
        "the first is not disturbed"
    );
}
