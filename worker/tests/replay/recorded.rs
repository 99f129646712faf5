//! What a worker recorded is reproduced: over stops, kills and broken replies, and beside a worker that runs.

use serde_json::json;

use crate::rig::{
    FAST, NOWHERE, number, recorded_rule, replay, replay_of, rule, sql, trader, wait_for_more_fills,
};
use crate::support::cases::SPEED;
use crate::support::manifest::Manifest;
use crate::support::wait_for;
use crate::support::worker::Home;

/// Everything that the tables hold was compared.
fn rows(data_dir: &std::path::Path) -> u64 {
    [
        "decisions",
        "orders",
        "fills",
        "positions",
        "account_snapshots",
        "risk_events",
        "control_messages",
    ]
    .iter()
    .map(|table| number(data_dir, &format!("SELECT count(*) FROM {table}")))
    .sum()
}

#[test]
fn a_rule_is_reproduced_over_a_stop_and_a_kill() {
    let home = recorded_rule();
    let dir = home.data_dir();
    let report = replay(&dir, &[]).is_reproduced();
    let last = number(&dir, "SELECT max(seq) FROM journal");
    assert_eq!(report["bot"], "default/asked");
    assert_eq!(report["inputs"], last);
    assert_eq!(report["first"]["seq"], 1);
    assert_eq!(report["last"]["seq"], last);
    assert_eq!(
        (&report["starts"], &report["checkpoints"]),
        (&json!(2), &json!(2))
    );
    assert_eq!(report["rows"], rows(&dir));
    assert_eq!(report["saved_state"], true);
    assert_eq!(
        (&report["gaps"], &report["notices"]),
        (&json!([]), &json!([]))
    );
    // A person reads the same.
    let said = replay_of(dir.to_str().unwrap(), &[]);
    assert_eq!(said.code, Some(0));
    assert!(
        said.stdout
            .starts_with("Reproduced: default/asked, inputs 1 to "),
        "{}",
        said.stdout
    );
    let url = format!("sqlite://{}?mode=ro", dir.join("aicoin.db").display());
    assert_eq!(replay_of(&url, &["--json"]).is_reproduced(), report);
}

#[test]
fn a_model_is_reproduced_over_a_kill_and_not_asked_again() {
    let (home, model) = (Home::new(), trader());
    let manifest = Manifest::default();
    let worker = home.start(&manifest, model.base_url(), SPEED);
    wait_for_more_fills(&worker, 3);
    worker.kill();
    let worker = home.start(&manifest, model.base_url(), SPEED);
    wait_for_more_fills(&worker, 3);
    worker.ctl_ok(&["pause"]);
    worker.ctl_ok(&["close-all", "--wait"]);
    let left = worker.stop();
    let asked = model.asked().len();
    let report = replay(left.data_dir(), &[]).is_reproduced();
    assert_eq!(report["starts"], 1);
    assert_eq!(report["rows"], rows(left.data_dir()));
    assert_eq!(report["saved_state"], true);
    assert_eq!(model.asked().len(), asked, "a replay asks nobody");
    let kinds = sql(
        left.data_dir(),
        "SELECT DISTINCT verdict FROM decisions ORDER BY verdict",
    );
    assert_eq!(kinds, ["accepted", "rejected"], "it is worth something");
}

#[test]
fn a_recording_is_replayed_while_its_worker_goes_on_and_after_it_was_killed() {
    let home = Home::without_key();
    let mut worker = home.start(&rule(), NOWHERE, FAST);
    wait_for_more_fills(&worker, 4);
    let early = replay(&home.data_dir(), &[]).is_reproduced();
    assert!(worker.is_running());
    wait_for_more_fills(&worker, 4);
    let late = replay(&home.data_dir(), &[]).is_reproduced();
    assert!(
        late["inputs"].as_u64() > early["inputs"].as_u64(),
        "{early} {late}"
    );
    assert_eq!(late["saved_state"], true);
    worker.kill();
    // Nobody tidied up: the write-ahead log lies beside the database.
    assert!(home.data_dir().join("aicoin.db-wal").exists());
    let after = replay(&home.data_dir(), &[]).is_reproduced();
    assert_eq!(after["saved_state"], true);
    // The directory is free, as it was left.
    let worker = home.start(&rule(), NOWHERE, FAST);
    wait_for_more_fills(&worker, 1);
    worker.stop();
}

#[test]
fn images_are_kept_now_and_then_and_a_gap_that_was_noted_is_told_and_passed_over() {
    let home = Home::without_key();
    let worker = home.start(&rule(), NOWHERE, 3_000);
    let dir = home.data_dir();
    worker.address();
    wait_for("an image in between", || {
        (number(&dir, "SELECT count(*) FROM checkpoints") >= 3).then_some(())
    });
    worker.stop();
    let report = replay(&dir, &[]).is_reproduced();
    assert!(report["checkpoints"].as_u64() >= Some(2), "{report:#}");
    // As after a full disk: some inputs have no place, and the image after them says so.
    let image = number(
        &dir,
        "SELECT min(seq) FROM checkpoints WHERE kind = 'during'",
    );
    sql(
        &dir,
        &format!("DELETE FROM journal WHERE seq BETWEEN {image} - 7 AND {image}"),
    );
    sql(
        &dir,
        &format!("UPDATE checkpoints SET kind = 'loss' WHERE seq = {image}"),
    );
    let report = replay(&dir, &[]).is_reproduced();
    assert_eq!(
        report["gaps"],
        json!([{
            "after_seq": image - 8,
            "until_seq": image,
            "reason": "inputs could not be written down there",
        }])
    );
    assert_eq!(report["saved_state"], true, "it goes on behind it");
}
