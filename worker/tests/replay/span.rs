//! A part of a recording: from the nearest image before a time, up to a time.

use serde_json::{Value, json};

use crate::rig::{number, recorded_rule, replay, sql};

#[test]
fn a_part_begins_at_the_nearest_image_before_it_and_ends_with_its_last_input() {
    let home = recorded_rule();
    let dir = home.data_dir();
    let starts = sql(
        &dir,
        "SELECT seq || ' ' || time_ms FROM checkpoints ORDER BY seq",
    );
    let start = |nth: usize| -> (u64, i64) {
        let (seq, time) = starts[nth].split_once(' ').unwrap();
        (seq.parse().unwrap(), time.parse().unwrap())
    };
    let (second, third) = (start(1), start(2));
    let last = number(&dir, "SELECT max(seq) FROM journal");

    // The last input of the process before has the time of the start.
    let after_start = (third.1 + 1).to_string();
    let from = replay(&dir, &["--from", &after_start]).is_reproduced();
    assert_eq!(from["first"]["seq"], third.0 + 1);
    assert_eq!(from["inputs"], last - third.0);
    assert_eq!(
        (&from["starts"], &from["saved_state"]),
        (&json!(0), &json!(true))
    );

    // In the middle of the second process: its image, and the end of what was asked for.
    let middle = (second.1 + third.1) / 2;
    let to = (middle + third.1) / 2;
    let part = replay(
        &dir,
        &["--from", &middle.to_string(), "--to", &to.to_string()],
    )
    .is_reproduced();
    assert_eq!(part["first"]["seq"], second.0 + 1);
    let until = number(
        &dir,
        &format!("SELECT max(seq) FROM journal WHERE time_ms <= {to}"),
    );
    assert_eq!(part["last"]["seq"], until);
    assert_eq!(part["inputs"], until - second.0);
    assert_eq!(part["saved_state"], false);
    assert!(part["rows"].as_u64() > Some(0), "{part:#}");

    // Both forms of a time mean the same.
    let time = part["last"]["time"].as_str().unwrap();
    let same = replay(&dir, &["--from", &middle.to_string(), "--to", time]).is_reproduced();
    assert_eq!(same["last"], part["last"]);

    // Earlier than everything: it begins where the recording does, and says so.
    let early = replay(&dir, &["--from", "2001-01-01T00:00:00Z"]).is_reproduced();
    assert_eq!(early["first"]["seq"], 1);
    let notices = early["notices"].as_array().unwrap();
    assert_eq!(notices.len(), 1, "{early:#}");
    assert!(
        notices[0]
            .as_str()
            .unwrap()
            .starts_with("The recording begins later than asked for"),
        "{early:#}"
    );

    // Nothing happened so early: nothing is replayed.
    let none = replay(&dir, &["--to", "2001-01-01T00:00:00Z"]).is_reproduced();
    assert_eq!((&none["inputs"], &none["last"]), (&json!(0), &Value::Null));
}
