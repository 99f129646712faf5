//! What is wrong is refused with one sentence that says what, where and how to mend it; exit code 2, nothing started.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::rig::manifest::Rule;
use crate::rig::process::{self, Ended};
use crate::rig::worker::Worker;
use crate::rig::{self, worker};

const LIMIT: Duration = Duration::from_secs(20);

const CSV: &str = "time,open,high,low,close,volume\n";

#[track_caller]
fn backtest(binary: &Path, manifest: &Path, candles: &str) -> Ended {
    process::run(
        Command::new(binary)
            .arg("backtest")
            .arg(manifest)
            .args(["--json", "--candles", candles]),
        LIMIT,
    )
}

#[test]
fn a_wrong_manifest_is_refused_with_the_field_and_the_fix() {
    let Some(binary) = rig::binary() else { return };
    let dir = rig::scratch();
    let good = std::fs::read_to_string(Rule::default().write(dir.path())).unwrap();
    let change = |from: &str, to: &str| good.replace(from, to);
    let table: &[(&str, String, &[&str])] = &[
        (
            "unknown field",
            change("markets:", "markts:"),
            &["markts", "markets"],
        ),
        (
            "unknown nested field",
            change("notional", "notonal"),
            &["notonal", "notional"],
        ),
        (
            "unknown market",
            change("[BTC]", "[BTCC]"),
            &["spec.markets", "BTCC"],
        ),
        (
            "fast above slow",
            change("fast: 10", "fast: 30"),
            &["fast", "slow"],
        ),
        (
            "no number",
            change("\"10000\"", "\"lots\""),
            &["startingBalance"],
        ),
        ("not YAML", "a: [".to_owned(), &["not valid"]),
        (
            "another kind",
            change("kind: TradingBot", "kind: Pod"),
            &["TradingBot"],
        ),
        ("nobody decides", change("rule:", "rul:"), &["rul"]),
        (
            "live",
            change("spec:\n", "spec:\n  mode: Live\n"),
            &["acknowledgeRisk"],
        ),
        (
            "stopped",
            change("spec:\n", "spec:\n  desiredState: Stopped\n"),
            &["desiredState"],
        ),
        ("empty", String::new(), &["TradingBot"]),
    ];
    for (what, text, words) in table {
        let path = dir.path().join("bad.yaml");
        std::fs::write(&path, text).unwrap();
        let data = dir.path().join("data");
        let ended = process::run(&mut worker::local(&binary, &path, &data), LIMIT);
        println!("{what}: {}", ended.stderr.trim());
        ended.assert_refused_with(words);
        assert!(
            !data.exists(),
            "{what}: nothing is started, nothing is made"
        );
    }
}

#[test]
fn a_missing_file_is_refused_with_its_name() {
    let Some(binary) = rig::binary() else { return };
    let dir = rig::scratch();
    let absent = dir.path().join("absent");
    process::run(
        &mut worker::local(&binary, &absent, &dir.path().join("data")),
        LIMIT,
    )
    .assert_refused_with(&["absent"]);
    process::run(
        &mut worker::local(&binary, dir.path(), &dir.path().join("data")),
        LIMIT,
    )
    .assert_refused_with(&["cannot be read"]);
    let manifest = Rule::default().write(dir.path());
    backtest(&binary, &manifest, absent.to_str().unwrap())
        .assert_refused_with(&["absent", "cannot be read"]);
    backtest(&binary, &absent, "x.csv").assert_refused_with(&["absent", "cannot be read"]);
}

#[test]
fn a_malformed_candle_file_is_refused_with_the_line() {
    let Some(binary) = rig::binary() else { return };
    let dir = rig::scratch();
    let manifest = Rule::default().write(dir.path());
    let row = |minute: u64| format!("{},100,101,99,100,5\n", 1_640_991_660_000 + minute * 60_000);
    let table: &[(&str, Vec<u8>, &[&str])] = &[
        (
            "a word for a number",
            format!("{CSV}{}1640991720000,100,101,99,x,5\n", row(0)).into(),
            &["Line 3", "close", "x"],
        ),
        (
            "a cell too few",
            format!("{CSV}{}{}1640991780000,100,101\n", row(0), row(1)).into(),
            &["Line 4", "low"],
        ),
        (
            "time goes back",
            format!("{CSV}{}{}", row(1), row(0)).into(),
            &["Line 3", "time"],
        ),
        (
            "time twice",
            format!("{CSV}{}{}", row(0), row(0)).into(),
            &["Line 3", "time"],
        ),
        (
            "high below low",
            format!("{CSV}1640991660000,100,98,99,100,5\n").into(),
            &["Line 2"],
        ),
        (
            "below zero",
            format!("{CSV}1640991660000,-1,101,-1,100,5\n").into(),
            &["Line 2", "open"],
        ),
        ("no header", row(0).into(), &["Line 1", "time"]),
        (
            "not text",
            [CSV.as_bytes(), b"\xff\xfe\x00,1,1,1,1,1\n"].concat(),
            &["Line 2"],
        ),
        ("nothing", Vec::new(), &["time"]),
        ("no candles", CSV.into(), &["no candles"]),
    ];
    for (what, bytes, words) in table {
        let path = dir.path().join("candles.csv");
        std::fs::write(&path, bytes).unwrap();
        let ended = backtest(&binary, &manifest, path.to_str().unwrap());
        println!("{what}: {}", ended.stderr.trim());
        ended.assert_refused_with(words);
    }
}

#[test]
fn candles_that_do_not_fit_the_interval_are_refused() {
    let Some(binary) = rig::binary() else { return };
    let dir = rig::scratch();
    let path = dir.path().join("candles.csv");
    let rows: String = (0..50_u64)
        .map(|row| format!("{},100,101,99,100,5\n", 1_640_995_200_000 + row * 180_000))
        .collect();
    std::fs::write(&path, format!("{CSV}{rows}")).unwrap();
    for (interval, words) in [("1m", "coarser"), ("4m", "no multiple")] {
        let manifest = Rule {
            interval,
            ..Rule::default()
        }
        .write(dir.path());
        backtest(&binary, &manifest, path.to_str().unwrap())
            .assert_refused_with(&["decision.interval", words]);
    }
    let manifest = Rule {
        interval: "15m",
        ..Rule::default()
    }
    .write(dir.path());
    assert_eq!(
        backtest(&binary, &manifest, path.to_str().unwrap())
            .status
            .code(),
        Some(0)
    );
    backtest(&binary, &manifest, &format!("DOGE={}", path.display()))
        .assert_refused_with(&["DOGE", "BTC"]);
}

#[test]
fn a_port_that_is_taken_is_refused_with_the_way_out() {
    let Some(binary) = rig::binary() else { return };
    let dir = rig::scratch();
    let manifest = Rule::default().write(dir.path());
    let first = Worker::start(&binary, &manifest, &dir.path().join("one"), &[]);
    let mut command = Command::new(&binary);
    command
        .arg("local")
        .arg(&manifest)
        .args(["--listen", &first.address])
        .arg("--data-dir")
        .arg(dir.path().join("other"));
    process::run(&mut command, LIMIT).assert_refused_with(&[&first.address, "--listen"]);
}

#[test]
fn a_data_directory_that_cannot_be_used_is_refused() {
    let Some(binary) = rig::binary() else { return };
    let dir = rig::scratch();
    let manifest = Rule::default().write(dir.path());
    let file = dir.path().join("file");
    std::fs::write(&file, "not a folder").unwrap();
    process::run(&mut worker::local(&binary, &manifest, &file), LIMIT)
        .assert_refused_with(&["file"]);

    let damaged = dir.path().join("damaged");
    std::fs::create_dir(&damaged).unwrap();
    std::fs::write(
        damaged.join("aicoin.db"),
        "this is no database, whatever its name says".repeat(100),
    )
    .unwrap();
    process::run(&mut worker::local(&binary, &manifest, &damaged), LIMIT)
        .assert_refused_with(&["aicoin.db"]);

    let deep = dir.path().join("x".repeat(100));
    process::run(&mut worker::local(&binary, &manifest, &deep), LIMIT)
        .assert_refused_with(&["107", "socket"]);
}

#[test]
fn an_ai_without_key_and_without_rule_does_not_start() {
    let Some(binary) = rig::binary() else { return };
    let dir = rig::scratch();
    let manifest = rig::in_checkout("examples/deepseek-paper.yaml");
    let data = dir.path().join("data");
    process::run(&mut worker::local(&binary, &manifest, &data), LIMIT).assert_refused_with(&[
        "spec.decision",
        "key",
        "rule",
    ]);
    assert!(!data.exists());
}

#[test]
fn wrong_flags_are_refused_with_a_usage() {
    let Some(binary) = rig::binary() else { return };
    for args in [
        &["local"][..],
        &["local", "x.yaml", "--speed", "0"],
        &["local", "x.yaml", "--run-for", "30"],
        &["local", "x.yaml", "--listen", "somewhere"],
        &["backtest", "x.yaml"],
        &["ctl", "explode"],
        &["fly"],
    ] {
        let ended = process::run(Command::new(&binary).args(args), LIMIT);
        assert_eq!(ended.status.code(), Some(2), "{args:?}: {ended:?}");
        assert!(
            ended.stdout.is_empty() && ended.stderr.contains("--help"),
            "{args:?}: {ended:?}"
        );
    }
}
