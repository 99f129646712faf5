//! The main job: the quickstart trades on one command, and says exactly what it wrote down.

use std::time::Duration;

use serde_json::Value;

use crate::rig::db::Db;
use crate::rig::number::{amount, count};
use crate::rig::{self, process, worker};

/// What `--json` and the tables of a data directory both say must be the same.
#[track_caller]
pub(crate) fn assert_equals_the_tables(summary: &Value, db: &Db) {
    for (key, sql) in [
        ("decisions", "SELECT count(*) FROM decisions"),
        ("orders", "SELECT count(*) FROM orders"),
        ("fills", "SELECT count(*) FROM fills"),
        ("risk_events", "SELECT count(*) FROM risk_events"),
    ] {
        assert_eq!(count(summary, key), db.number(sql), "{key}");
    }
    assert_eq!(
        amount(summary, "fees"),
        db.sum("SELECT fee FROM fills"),
        "fees"
    );
    assert_eq!(
        amount(summary, "realized_pnl"),
        db.sum("SELECT closed_pnl FROM fills"),
        "realized_pnl"
    );
    let positions = summary["positions"]
        .as_array()
        .unwrap_or_else(|| panic!("positions is no array: {summary}"));
    let unrealised: i128 = positions
        .iter()
        .map(|position| amount(position, "unrealized_pnl"))
        .sum();
    // Nothing is lost to rounding: what the account has is what it began with and what the rows say.
    let funding = amount(summary, "funding");
    let due = rig::number::units("10000") + amount(summary, "realized_pnl") + unrealised
        - amount(summary, "fees")
        + funding;
    assert_eq!(amount(summary, "equity"), due, "equity: {summary}");
}

/// The one JSON object on standard output.
#[track_caller]
pub(crate) fn summary_of(stdout: &str) -> Value {
    let mut objects = serde_json::Deserializer::from_str(stdout).into_iter::<Value>();
    let summary = objects
        .next()
        .unwrap_or_else(|| panic!("nothing on standard output"))
        .unwrap();
    assert!(
        summary.is_object() && objects.next().is_none(),
        "exactly one object: {stdout}"
    );
    summary
}

#[test]
fn quickstart_trades_and_the_json_equals_the_tables() {
    let Some(binary) = rig::binary() else { return };
    let dir = rig::scratch();
    let data = dir.path().join("data");
    let manifest = rig::in_checkout("examples/quickstart.yaml");
    let mut command = worker::local(&binary, &manifest, &data);
    command.args(["--speed", "60", "--run-for", "30s", "--json"]);
    let ended = process::run(&mut command, Duration::from_secs(60));
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    let summary = summary_of(&ended.stdout);
    assert!(
        count(&summary, "orders") > 0 && count(&summary, "fills") > 0,
        "{summary}"
    );
    assert_equals_the_tables(&summary, &Db::of(&data));
    // The AI that the manifest asks for has no key here: that is said, and the URL too, on standard error.
    assert!(
        ended.stderr.contains("the rule emaCross decides instead"),
        "{ended:?}"
    );
    assert!(ended.stderr.contains("/?token="), "{ended:?}");
}

#[test]
fn the_same_seed_makes_the_same_market() {
    let Some(binary) = rig::binary() else { return };
    let dir = rig::scratch();
    let manifest = rig::manifest::Rule {
        fast: 2,
        slow: 3,
        ..Default::default()
    }
    .write(dir.path());
    let prices = |name: &str| -> Vec<String> {
        let data = dir.path().join(name);
        let mut command = worker::local(&binary, &manifest, &data);
        command.args(["--speed", "600", "--run-for", "2s", "--json"]);
        let ended = process::run(&mut command, Duration::from_secs(30));
        assert_eq!(ended.status.code(), Some(0), "{ended:?}");
        let rows = Db::of(&data)
            .rows("SELECT input FROM journal WHERE input LIKE '{\"Quote\"%' ORDER BY seq");
        rows.iter().map(|row| sqlx::Row::get(row, 0)).collect()
    };
    let (one, other) = (prices("one"), prices("other"));
    let common = one.len().min(other.len());
    assert!(common > 500, "{} and {} prices", one.len(), other.len());
    assert_eq!(one[..common], other[..common]);
}
