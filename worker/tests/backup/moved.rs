//! A bot that trades is backed up, restored into a new folder, and goes on there: nothing is lost, nothing doubled.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::rig::{NOWHERE, number, replay, rule, sql, wait_for_more_fills};
use crate::support::wait_for;
use crate::support::worker::{Home, Worker};

/// Simulated seconds in a second: thousands of rows meanwhile.
const LOAD: u32 = 3_000;
/// A lease that nobody renews is free after this, with time to spare.
const LEASE_WITHIN: Duration = Duration::from_secs(60);

fn aicoin_worker(verb: &str, arguments: &[&str], data_dir: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_aicoin-worker"))
        .arg(verb)
        .args(arguments)
        .arg("--data-dir")
        .arg(data_dir)
        .arg("--json")
        .output()
        .unwrap()
}

#[track_caller]
fn done(output: &Output) -> Value {
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words}");
    // No bar where no terminal is.
    assert_eq!(words, "");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[track_caller]
fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A decimal, in units of its 18th place.
fn units(text: &str) -> i128 {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    sign * format!("{whole}{fraction:0<18}").parse::<i128>().unwrap()
}

/// Sums of a decimal column by market.
fn sums(data_dir: &Path, query: &str) -> BTreeMap<String, i128> {
    let mut sums = BTreeMap::new();
    for row in sql(data_dir, query) {
        let (market, amount) = row.split_once(' ').unwrap();
        *sums.entry(market.to_owned()).or_default() += units(amount);
    }
    sums
}

/// The fills are the ledger: what they add up to is what the positions say.
#[track_caller]
fn fills_are_counted_once(data_dir: &Path) {
    let by_fills = |column: &str| {
        sums(
            data_dir,
            &format!("SELECT market || ' ' || {column} FROM fills"),
        )
    };
    let by_positions = |column: &str| {
        sums(
            data_dir,
            &format!("SELECT market || ' ' || {column} FROM positions"),
        )
    };
    let signed = "CASE side WHEN 'buy' THEN size ELSE '-' || size END";
    assert_eq!(by_fills(signed), by_positions("size"));
    assert_eq!(by_fills("fee"), by_positions("fees"));
    // And what each order says of itself is what its fills add up to.
    let by_orders = sums(
        data_dir,
        "SELECT cloid || ' ' || filled FROM orders WHERE cloid IN (SELECT cloid FROM fills)",
    );
    let by_their_fills = sums(
        data_dir,
        "SELECT cloid || ' ' || size FROM fills WHERE cloid IS NOT NULL",
    );
    assert_eq!(by_orders, by_their_fills);
}

fn keys(data_dir: &Path, query: &str) -> Vec<String> {
    sql(data_dir, &format!("{query} ORDER BY 1"))
}

const FILLS: &str = "SELECT market || ' ' || trade_id || ' ' || size || ' ' || price FROM fills";
const ORDERS: &str = "SELECT cloid || ' ' || payload_hash FROM orders";

/// Starts a bot where a backup was restored: the account is free when whoever had it can do no more harm.
fn start_when_free(home: &Home) -> (Worker, u32) {
    let begun = Instant::now();
    let mut refusals = 0;
    loop {
        let mut worker = home.start(&rule(), NOWHERE, LOAD);
        let is_up = wait_for("a start or a refusal", || {
            if worker.log().contains("?token=") {
                return Some(true);
            }
            (!worker.is_running()).then_some(false)
        });
        if is_up {
            return (worker, refusals);
        }
        let left = worker.end();
        assert!(
            left.stderr.contains("is held by another aicoin-worker"),
            "{}",
            left.stderr
        );
        refusals += 1;
        assert!(begun.elapsed() < LEASE_WITHIN, "{}", left.stderr);
        std::thread::sleep(Duration::from_millis(500));
    }
}

#[test]
fn a_backup_under_load_goes_on_in_a_new_folder_with_nothing_doubled() {
    let home = Home::without_key();
    let mut worker = home.start(&rule(), NOWHERE, LOAD);
    wait_for_more_fills(&worker, 20);
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("bot.backup");
    let to = ["--to", file.to_str().unwrap()];

    // It trades before, meanwhile and after.
    let begun = Instant::now();
    let report = done(&aicoin_worker("backup", &to, &home.data_dir()));
    println!(
        "figure: backup of {} rows beside a bot at {LOAD} times speed took {} ms, {} bytes",
        report["rows"],
        begun.elapsed().as_millis(),
        report["file_bytes"]
    );
    assert!(worker.is_running());
    wait_for_more_fills(&worker, 5);
    let sentence = refused(&aicoin_worker("backup", &to, &home.data_dir()));
    assert!(sentence.contains("is there already"), "{sentence}");
    let taken = std::fs::read(&file).unwrap();
    assert_eq!(taken.len() as u64, report["file_bytes"]);
    worker.stop();

    let new_home = Home::without_key();
    let target = new_home.data_dir();
    let from = ["--from", file.to_str().unwrap()];
    let restored = done(&aicoin_worker("restore", &from, &target));
    assert_eq!(restored, report);
    let sentence = refused(&aicoin_worker("restore", &from, &target));
    assert!(
        sentence.contains("holds the bot default/asked already"),
        "{sentence}"
    );

    // One moment: the rows, the core's state and the journal belong together.
    assert_eq!(replay(&target, &[]).is_reproduced()["saved_state"], true);
    fills_are_counted_once(&target);
    let (fills, orders) = (keys(&target, FILLS), keys(&target, ORDERS));
    let later = keys(&home.data_dir(), FILLS);
    assert!(fills.len() < later.len() && fills.iter().all(|fill| later.contains(fill)));

    let (worker, refusals) = start_when_free(&new_home);
    assert!(refusals > 0, "the lease was not kept");
    wait_for_more_fills(&worker, 10);
    let left = worker.stop();
    let report = replay(left.data_dir(), &[]).is_reproduced();
    assert_eq!(
        (&report["starts"], &report["saved_state"]),
        (&1.into(), &true.into())
    );
    fills_are_counted_once(&target);
    let (fills_now, orders_now) = (keys(&target, FILLS), keys(&target, ORDERS));
    assert!(fills_now.len() >= fills.len() + 10);
    assert!(
        fills.iter().all(|fill| fills_now.contains(fill)),
        "a fill is gone"
    );
    assert!(
        orders.iter().all(|order| orders_now.contains(order)),
        "an order is gone"
    );
    assert_eq!(
        number(
            &target,
            "SELECT count(*) - count(DISTINCT cloid) FROM orders"
        ),
        0
    );
    // The source knows nothing of all that.
    assert_eq!(keys(&home.data_dir(), FILLS).len(), later.len());
}

#[test]
fn a_broken_missing_or_foreign_file_gets_a_sentence_and_changes_nothing() {
    let home = Home::without_key();
    let worker = home.start(&rule(), NOWHERE, LOAD);
    wait_for_more_fills(&worker, 4);
    worker.stop();
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("bot.backup");
    let path = file.to_str().unwrap();
    done(&aicoin_worker("backup", &["--to", path], &home.data_dir()));
    let whole = std::fs::read(&file).unwrap();
    let target = folder.path().join("target");
    let restore = || refused(&aicoin_worker("restore", &["--from", path], &target));

    std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let sentence = restore();
    assert!(sentence.contains("is cut off"), "{sentence}");
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 0x10;
    std::fs::write(&file, &flipped).unwrap();
    let sentence = restore();
    assert!(sentence.contains("is damaged"), "{sentence}");
    std::fs::write(&file, "apiVersion: aicoin.dev/v1alpha1\n").unwrap();
    let sentence = restore();
    assert!(
        sentence.contains("is no backup of aicoin-worker"),
        "{sentence}"
    );
    std::fs::remove_file(&file).unwrap();
    let sentence = restore();
    assert!(sentence.contains("bot.backup cannot be read"), "{sentence}");
    assert!(!target.exists());

    let sentence = refused(&aicoin_worker(
        "backup",
        &["--to", path, "--database-url", "postgres://u:secret@h/d"],
        &home.data_dir(),
    ));
    assert!(
        sentence.contains("Postgres") && !sentence.contains("secret"),
        "{sentence}"
    );
    assert!(!file.exists());
}
