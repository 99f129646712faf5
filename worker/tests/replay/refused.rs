//! What cannot be replayed is refused with one sentence and exit code 2, and nothing is made or changed.

use tempfile::TempDir;

use crate::rig::{FAST, NOWHERE, replay_of, rule, sql, wait_for_more_fills};
use crate::support::worker::Home;

#[track_caller]
fn refused(source: &str, arguments: &[&str], words: &str) {
    let said = replay_of(source, arguments);
    assert_eq!(said.code, Some(2), "{said:#?}");
    assert!(said.stderr.contains(words), "{words}: {said:#?}");
    assert_eq!(said.stdout, "", "{said:#?}");
}

#[test]
fn each_has_its_sentence() {
    let home = Home::without_key();
    let worker = home.start(&rule(), NOWHERE, FAST);
    wait_for_more_fills(&worker, 1);
    worker.stop();
    let dir = home.data_dir();
    let dir = dir.to_str().unwrap();
    let risk = TempDir::new().unwrap();
    let file = |text: &str| {
        let path = risk.path().join("risk.yaml");
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };

    refused(
        "postgres://aicoin@db/aicoin",
        &[],
        "comes with Postgres storage",
    );
    let nowhere = risk.path().join("nothing");
    refused(nowhere.to_str().unwrap(), &[], "There is no database");
    assert!(!nowhere.exists(), "it makes nothing");
    refused(risk.path().to_str().unwrap(), &[], "There is no database");
    refused(
        dir,
        &["--bot", "default/other"],
        "holds the bot default/asked: there is no default/other in it",
    );
    refused(dir, &["--from", "yesterday"], "RFC 3339");
    refused(
        dir,
        &["--from", "2", "--to", "1"],
        "--from is later than --to",
    );
    refused(dir, &["--risk", "/nowhere.yaml"], "it cannot be read");
    refused(dir, &["--risk", &file("risk: {maxLever: 2}")], "maxLever");
    refused(
        dir,
        &["--risk", &file("risk: {maxLeverage: 500}")],
        "spec.risk.maxLeverage",
    );
    refused(dir, &["--risk", &file("risk: {}")], "names no limit");
    refused(
        dir,
        &["--risk", &file("maxLeverage: 2")],
        "neither a TradingBot nor a group risk:",
    );

    let text = risk.path().join("aicoin.db");
    std::fs::write(
        &text,
        "no database at all, but long enough to be looked at as one by SQLite".repeat(20),
    )
    .unwrap();
    refused(text.to_str().unwrap(), &[], "is damaged");
}

#[test]
fn a_recording_that_has_nothing_to_begin_from_says_so() {
    let home = Home::without_key();
    let worker = home.start(&rule(), NOWHERE, FAST);
    wait_for_more_fills(&worker, 1);
    worker.stop();
    let dir = home.data_dir();
    let path = dir.to_str().unwrap();
    sql(
        &dir,
        "UPDATE checkpoints SET state = json_remove(state, '$.config')",
    );
    refused(path, &[], "cannot be read");
    sql(&dir, "DELETE FROM checkpoints");
    refused(path, &[], "has no image to begin from");
    sql(&dir, "DELETE FROM journal");
    refused(path, &[], "is empty");
    sql(&dir, "DELETE FROM _sqlx_migrations WHERE version = 2");
    refused(path, &[], "holds no recording (its schema is 1");
}
