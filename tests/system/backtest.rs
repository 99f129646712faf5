//! A backtest comes to what the rules say: `bench/backtest/reference.py`, which shares no code with us, is the judge.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::rig::manifest::Rule;
use crate::rig::number::{amount, count, units};
use crate::rig::{self, process};

/// Candles that are made for these tests.
const ROWS: &str = "20000";
/// A millionth of a dollar.
const TOLERANCE: i128 = 1_000_000_000_000;

const LIMIT: Duration = Duration::from_secs(120);

fn python() -> Option<Command> {
    let mut command = Command::new("python3");
    if command.arg("--version").output().is_err() {
        println!("skipped: there is no python3 to run the independent reference");
        return None;
    }
    let mut command = Command::new("python3");
    // No byte code beside the sources.
    command.arg("-B");
    Some(command)
}

#[track_caller]
fn generate(folder: &Path, mut python: Command) -> PathBuf {
    let path = folder.join("generated.csv");
    let ended = process::run(
        python
            .arg(rig::in_checkout("bench/backtest/candles.py"))
            .arg(ROWS)
            .arg(&path),
        LIMIT,
    );
    assert!(ended.status.success(), "{ended:?}");
    path
}

#[track_caller]
fn ours(binary: &Path, manifest: &Path, candles: &Path) -> Value {
    let ended = process::run(
        Command::new(binary)
            .arg("backtest")
            .arg(manifest)
            .arg("--candles")
            .arg(candles)
            .arg("--json"),
        LIMIT,
    );
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}"))
}

#[track_caller]
fn judge(rule: &Rule<'_>, candles: &Path) -> Value {
    let mut python = python().unwrap();
    python
        .arg(rig::in_checkout("bench/backtest/reference.py"))
        .arg(candles)
        .args([
            "--balance",
            "10000",
            "--notional",
            rule.notional,
            "--interval",
            rule.interval,
        ])
        .args([
            "--fast",
            &rule.fast.to_string(),
            "--slow",
            &rule.slow.to_string(),
        ])
        .args(["--slippage-bps", &rule.slippage_bps.to_string()]);
    if let Some(pct) = rule.stop_loss_pct {
        python.args(["--stop-loss-pct", pct]);
    }
    let ended = process::run(&mut python, LIMIT);
    assert!(ended.status.success(), "{ended:?}");
    serde_json::from_str(&ended.stdout).unwrap()
}

#[track_caller]
fn assert_equal(rule: &Rule<'_>, ours: &Value, judged: &Value) {
    for key in ["bars", "signals", "orders", "fills"] {
        assert_eq!(count(ours, key), count(judged, key), "{key} of {rule:?}");
    }
    for key in ["start_equity", "final_equity", "fees", "funding"] {
        let (ours, judged) = (amount(ours, key), amount(judged, key));
        assert!(
            (ours - judged).abs() <= TOLERANCE,
            "{key} of {rule:?}: {ours} and {judged}, in 10^-18"
        );
    }
    let trades = |value: &Value| value["trades"].as_array().unwrap().clone();
    let (our_trades, judged_trades) = (trades(ours), trades(judged));
    assert_eq!(our_trades.len(), judged_trades.len(), "trades of {rule:?}");
    for (one, other) in our_trades.iter().zip(&judged_trades) {
        assert_eq!(one["side"], other["side"], "{rule:?}: {one} {other}");
        assert_eq!(
            amount(one, "size"),
            amount(other, "size"),
            "{rule:?}: {one} {other}"
        );
        // The judge's profit is after fees.
        let net = amount(one, "pnl") - amount(one, "fees");
        assert!(
            (net - amount(other, "pnl")).abs() <= TOLERANCE,
            "{rule:?}: {one} {other}"
        );
    }
    let drawdown = |value: &Value| units(value["max_drawdown_pct"].as_str().unwrap());
    assert!(
        (drawdown(ours) - drawdown(judged)).abs() <= TOLERANCE,
        "drawdown of {rule:?}: {} {}",
        ours["max_drawdown_pct"],
        judged["max_drawdown_pct"]
    );
    assert!(count(ours, "fills") > 20, "nothing happens with {rule:?}");
    assert!(
        ours["elapsed_s"].is_number() && ours["bars_per_s"].is_number(),
        "{ours}"
    );
}

#[test]
fn a_backtest_equals_the_independent_reference_on_generated_candles() {
    let Some(binary) = rig::binary() else { return };
    let Some(python) = python() else { return };
    let dir = rig::scratch();
    let candles = generate(dir.path(), python);
    // None of these trades its account away: then the exchange refuses, and the judge knows no margin.
    let plain = Rule::default();
    let rules = [
        plain.clone(),
        Rule {
            fast: 5,
            slow: 8,
            ..plain.clone()
        },
        Rule {
            fast: 1,
            slow: 2,
            notional: "333.33",
            ..plain.clone()
        },
        Rule {
            fast: 20,
            slow: 100,
            slippage_bps: 7,
            ..plain.clone()
        },
        Rule {
            stop_loss_pct: Some("0.3"),
            ..plain.clone()
        },
        Rule {
            stop_loss_pct: Some("2"),
            slippage_bps: 7,
            ..plain.clone()
        },
        Rule {
            fast: 3,
            slow: 9,
            stop_loss_pct: Some("0.3"),
            slippage_bps: 7,
            notional: "500",
            ..plain.clone()
        },
        Rule {
            interval: "3m",
            ..plain.clone()
        },
        Rule {
            interval: "3m",
            stop_loss_pct: Some("0.3"),
            slippage_bps: 7,
            ..plain.clone()
        },
        Rule {
            interval: "15m",
            fast: 4,
            slow: 12,
            stop_loss_pct: Some("2"),
            notional: "5000",
            ..plain.clone()
        },
    ];
    for rule in &rules {
        let manifest = rule.write(dir.path());
        assert_equal(
            rule,
            &ours(&binary, &manifest, &candles),
            &judge(rule, &candles),
        );
    }
    println!(
        "figure: {} backtests of {ROWS} generated candles equal the reference",
        rules.len()
    );
}

#[test]
fn a_backtest_equals_the_independent_reference_on_real_candles() {
    let Some(binary) = rig::binary() else { return };
    let candles = rig::root().join("../shared/data/btc-perp-1m-2022-01.csv");
    if !candles.is_file() {
        println!(
            "skipped: the optional test data ../shared/data/btc-perp-1m-2022-01.csv is not there"
        );
        return;
    }
    if python().is_none() {
        return;
    }
    let dir = rig::scratch();
    let plain = Rule::default();
    for rule in [
        plain.clone(),
        Rule {
            stop_loss_pct: Some("0.3"),
            ..plain.clone()
        },
        Rule {
            stop_loss_pct: Some("2"),
            slippage_bps: 7,
            interval: "3m",
            ..plain.clone()
        },
        Rule {
            fast: 5,
            slow: 30,
            interval: "15m",
            slippage_bps: 3,
            notional: "4000",
            ..plain
        },
    ] {
        let manifest = rule.write(dir.path());
        let result = ours(&binary, &manifest, &candles);
        assert_equal(&rule, &result, &judge(&rule, &candles));
        println!(
            "real candles, {rule:?}: {} bars, {} fills, {}",
            result["bars"], result["fills"], result["final_equity"]
        );
    }
}

#[test]
fn the_same_backtest_twice_gives_the_same_result() {
    let Some(binary) = rig::binary() else { return };
    let Some(python) = python() else { return };
    let dir = rig::scratch();
    let candles = generate(dir.path(), python);
    let manifest = Rule {
        stop_loss_pct: Some("0.3"),
        ..Rule::default()
    }
    .write(dir.path());
    let run = || {
        let mut result = ours(&binary, &manifest, &candles);
        let speed = result["bars_per_s"].as_f64().unwrap();
        for measured in ["elapsed_s", "bars_per_s"] {
            result.as_object_mut().unwrap().remove(measured);
        }
        (result, speed)
    };
    let ((one, speed), (other, _)) = (run(), run());
    assert_eq!(one, other);
    println!(
        "figure: backtest with stops, {:.2} M bars/s on {ROWS} candles, others at work beside it",
        speed / 1e6
    );
}

#[test]
fn a_backtest_for_people_writes_a_page_with_a_chart() {
    let Some(binary) = rig::binary() else { return };
    let Some(python) = python() else { return };
    let dir = rig::scratch();
    let candles = generate(dir.path(), python);
    let page = dir.path().join("report.html");
    let manifest = rig::in_checkout("examples/paper-rule.yaml");
    let ended = process::run(
        Command::new(&binary)
            .arg("backtest")
            .arg(manifest)
            .arg("--candles")
            .arg(&candles)
            .arg("--report")
            .arg(&page),
        LIMIT,
    );
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    for word in [
        "return",
        "max drawdown",
        "Sharpe",
        "trades",
        "win rate",
        "fees",
        "report.html",
    ] {
        assert!(ended.stdout.contains(word), "{word}: {}", ended.stdout);
    }
    assert_eq!(ended.stderr, "", "no progress bar where nobody looks");
    let page = std::fs::read_to_string(page).unwrap();
    assert!(
        page.contains("<svg") && page.contains("polyline") && !page.contains("<script"),
        "{page}"
    );
}
