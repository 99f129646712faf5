//! What was changed by hand is found, and named by the first input that it concerns.

use std::path::Path;

use serde_json::Value;

use crate::rig::{copy_of, number, recorded_rule, replay, sql};

/// Spoils a copy of a recording; what the replay of it says.
#[track_caller]
fn spoiled(dir: &Path, changes: &[&str]) -> Value {
    let copy = copy_of(dir);
    for change in changes {
        sql(copy.path(), change);
    }
    replay(copy.path(), &[]).differs()
}

#[track_caller]
fn check(difference: &Value, kind: &str, seq: Option<u64>, words: &str) {
    let about = difference["about"].as_str().unwrap();
    assert_eq!(difference["kind"], kind, "{difference:#}");
    assert_eq!(difference["seq"].as_u64(), seq, "{difference:#}");
    assert!(about.contains(words), "{difference:#}");
}

#[test]
fn every_kind_of_change_is_found_and_named() {
    let home = recorded_rule();
    let dir = home.data_dir();
    replay(&dir, &[]).is_reproduced();
    let last = number(&dir, "SELECT max(seq) FROM journal");
    let middle = last / 2;

    // An entry of the journal.
    let told = format!("UPDATE journal SET input = '\"Wake\"' WHERE seq = {middle}");
    check(
        &spoiled(&dir, &[&told]),
        "input",
        Some(middle),
        "changed after it was written",
    );
    let time = format!("UPDATE journal SET time_ms = time_ms + 1 WHERE seq = {middle}");
    check(
        &spoiled(&dir, &[&time]),
        "input",
        Some(middle),
        "changed after it was written",
    );
    let outputs = format!("UPDATE journal SET outputs = '[]' WHERE seq = {middle}");
    check(
        &spoiled(&dir, &[&outputs]),
        "input",
        Some(middle),
        "changed after it was written",
    );
    let gone = format!("DELETE FROM journal WHERE seq = {middle}");
    check(
        &spoiled(&dir, &[&gone]),
        "input",
        Some(middle),
        &format!("The input {middle} is missing"),
    );

    // The end of the journal: what was saved is of a later moment.
    let end = format!("DELETE FROM journal WHERE seq > {last} - 3");
    let difference = spoiled(&dir, &[&end]);
    assert!(
        ["row", "saved_state"].contains(&difference["kind"].as_str().unwrap()),
        "{difference:#}"
    );
    let saved = "UPDATE bots SET saved_state = json_set(saved_state, '$.state.account.cash', '1')";
    let difference = spoiled(&dir, &[saved]);
    check(&difference, "saved_state", Some(last), "state.account.cash");
    assert_eq!(difference["expected"], "\"1\"");

    // A start, and what it went on from.
    let start = number(&dir, "SELECT max(seq) FROM checkpoints");
    let of_start = format!("WHERE seq = {start}");
    let image = format!(
        "UPDATE checkpoints SET state = json_set(state, '$.state.ids.decision', 4711) {of_start}"
    );
    check(
        &spoiled(&dir, &[&image]),
        "restart",
        Some(start),
        "state.ids.decision",
    );
    let lost = format!("DELETE FROM checkpoints {of_start}");
    check(
        &spoiled(&dir, &[&lost]),
        "restart",
        Some(start + 1),
        "the image of its start is missing",
    );

    // Another core than the one that traded: its outputs are others.
    let limit = "UPDATE checkpoints SET state = json_set(state, '$.config.risk.max_position_notional', '20')
                 WHERE seq = 0";
    let difference = spoiled(&dir, &[limit]);
    assert_eq!(difference["kind"], "outputs", "{difference:#}");
    let seq = difference["seq"].as_u64().unwrap();
    let decided = number(
        &dir,
        "SELECT min(seq) FROM journal WHERE outputs LIKE '%\"Decided\"%'",
    );
    assert_eq!(seq, decided, "the first decision: {difference:#}");
    assert!(
        difference["came"]
            .as_str()
            .unwrap()
            .contains("PositionNotional"),
        "{difference:#}"
    );
}

#[test]
fn every_kind_of_row_that_was_changed_is_found_and_named() {
    let home = recorded_rule();
    let dir = home.data_dir();
    let order = "(SELECT cloid FROM orders ORDER BY rowid LIMIT 1 OFFSET 3)";
    let cloid = sql(&dir, &format!("SELECT {order}"))[0].clone();
    let writes = |words: &str| {
        number(
            &dir,
            &format!("SELECT max(seq) FROM journal WHERE outputs LIKE '%\"Persist\"%{words}%'"),
        )
    };

    let size = format!("UPDATE orders SET size = '7' WHERE cloid = '{cloid}'");
    let difference = spoiled(&dir, &[&size]);
    check(
        &difference,
        "row",
        Some(writes(&cloid)),
        &format!("The column size of orders with cloid {cloid}"),
    );
    assert_eq!(difference["expected"], "\"7\"");

    let status = format!("UPDATE orders SET status = 'UNKNOWN' WHERE cloid = '{cloid}'");
    check(
        &spoiled(&dir, &[&status]),
        "row",
        Some(writes(&cloid)),
        "The column status of orders",
    );

    let decision = "DELETE FROM decisions WHERE id = 2";
    let difference = spoiled(&dir, &[decision]);
    check(
        &difference,
        "row",
        difference["seq"].as_u64(),
        "decisions and the replay do not agree on the row with id 2",
    );
    assert_eq!(difference["expected"], "no such row");

    let invented = "INSERT INTO decisions (bot, id, source, action, reason, verdict, mark_price, view, spec_generation,
                        lease_epoch, time_ms)
                    SELECT bot, 100000, source, action, reason, verdict, mark_price, view, spec_generation, lease_epoch,
                        time_ms FROM decisions LIMIT 1";
    let difference = spoiled(&dir, &[invented]);
    check(&difference, "row", None, "the row with id 100000");
    assert_eq!(difference["came"], "no such row");

    for (table, column) in [
        ("fills", "price"),
        ("positions", "realized_pnl"),
        ("account_snapshots", "equity"),
        ("control_messages", "in_force"),
        ("decisions", "verdict"),
    ] {
        let change = format!(
            "UPDATE {table} SET {column} = '17' WHERE lease_epoch = (SELECT max(lease_epoch) FROM {table})"
        );
        let difference = spoiled(&dir, &[&change]);
        check(
            &difference,
            "row",
            difference["seq"].as_u64(),
            &format!("The column {column} of {table}"),
        );
        assert!(
            difference["seq"].is_u64() && difference["time"].is_string(),
            "{difference:#}"
        );
    }
}
