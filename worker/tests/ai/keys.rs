//! The key: what happens without one, and where it must never be seen.

use serde_json::json;

use crate::support::cases::SPEED;
use crate::support::manifest::Manifest;
use crate::support::model::{Answer, Model, completion, says};
use crate::support::worker::{Home, KEY, Worker};

const OPEN_NOWHERE: &str = "http://127.0.0.1:9";

/// Everything that a bot serves.
const PATHS: &[&str] = &[
    "/metrics",
    "/livez",
    "/readyz",
    "/api/v1/health",
    "/api/v1/status",
    "/api/v1/account",
    "/api/v1/positions",
    "/api/v1/orders",
    "/api/v1/fills",
    "/api/v1/decisions",
    "/api/v1/risk-events",
    "/api/v1/account-snapshots",
    "/api/v1/candles?market=BTC",
    "/api/v1/openapi.json",
];

#[test]
fn without_a_key_the_rule_decides_and_it_is_said() {
    let home = Home::without_key();
    let manifest = Manifest {
        rule: true,
        ..Manifest::default()
    };
    let worker = home.start(&manifest, OPEN_NOWHERE, 500);
    let status = worker.wait_for_status("a decision", |status| status["counts"]["decisions"] != 0);
    let notice = status["notice"].as_str().unwrap();
    for word in ["deepseek/api-key", "emaCross", "deepseek-flash"] {
        assert!(notice.contains(word), "{notice}");
    }
    assert_eq!(status["decider"], "rule emaCross");
    assert_eq!(status["ai"], json!(null));
    assert!(
        worker
            .ctl_ok(&["status"])
            .contains("notice     The manifest asks for the AI")
    );
    let left = worker.stop();
    assert_eq!(
        left.stderr.lines().filter(|line| *line == notice).count(),
        1,
        "{}",
        left.stderr
    );
    assert!(left.decisions().iter().all(|row| row["source"] != "ai"));
    assert!(!left.orders().is_empty());
}

/// Starts what must not start: exit code 2, one sentence, nothing on standard output.
fn refused(home: &Home, manifest: &Manifest) -> String {
    let mut worker = home.start(manifest, OPEN_NOWHERE, 1);
    let left = worker.end();
    assert_eq!(
        (left.code, left.stdout.as_str()),
        (Some(2), ""),
        "{}",
        left.stderr
    );
    let lines: Vec<&str> = left.stderr.lines().collect();
    assert_eq!(lines.len(), 1, "{}", left.stderr);
    assert!(
        lines[0].starts_with("aicoin-worker: ") && lines[0].ends_with('.'),
        "{}",
        lines[0]
    );
    assert!(!home.data_dir().exists());
    lines[0].to_owned()
}

#[test]
fn without_a_key_and_without_a_rule_it_does_not_start() {
    let sentence = refused(&Home::without_key(), &Manifest::default());
    for word in ["spec.decision.ai", "deepseek/api-key", "spec.decision.rule"] {
        assert!(sentence.contains(word), "{sentence}");
    }
}

#[test]
fn a_file_that_holds_no_key_is_refused_even_where_a_rule_is_named() {
    for text in ["", " \n", "two words", "sk-line\nsk-line", "sk-\u{fc}"] {
        let home = Home::without_key();
        home.put_key(text);
        let sentence = refused(
            &home,
            &Manifest {
                rule: true,
                ..Manifest::default()
            },
        );
        assert!(sentence.contains("deepseek/api-key"), "{sentence}");
        assert!(
            !sentence.contains("sk-") && !sentence.contains("two"),
            "{sentence}"
        );
    }
}

/// The key with a character between its letters that nobody sees.
fn hidden() -> String {
    KEY.replacen("canary", "can\u{200b}ary", 1)
}

/// A provider that repeats the key wherever it can.
fn talkative() -> Model {
    Model::start(|asked| {
        assert_eq!(asked.authorization, format!("Bearer {KEY}"));
        let wish =
            |reason: &str| asked.reply(&json!([asked.long_but("BTC", json!({"reason": reason}))]));
        match asked.view {
            1 => {
                let mut body = completion(&wish(&format!("Your key is {KEY}.")), "stop");
                body["id"] = json!(format!("id-{KEY}"));
                body["model"] = json!(format!("model-{KEY}"));
                body["choices"][0]["message"]["reasoning_content"] = json!(format!("I see {KEY}"));
                Answer::status(200, &[], body.to_string())
            }
            2 => Answer::status(
                401,
                &[],
                json!({"error": {"message": format!("Bad key {KEY}")}}).to_string(),
            ),
            3 => Answer::status(
                500,
                &[&format!("x-request-id: {KEY}")],
                format!("<html>{KEY}</html>"),
            ),
            5 => says(format!("{{\"{KEY}\": 1}}")),
            6 => says(asked.reply(&json!([asked.long_but("BTC", json!({"symbol": KEY}))]))),
            // Spelled so that it is the key only once it is read, or once what cannot be seen is taken out.
            8 => says(wish("ESCAPED").replace("ESCAPED", &KEY.replacen("sk", "\\u0073\\u006b", 1))),
            9 => {
                let mut body = completion(&wish(&hidden()), "stop");
                body["model"] = json!(hidden());
                body["id"] = json!(hidden());
                Answer::status(200, &[], body.to_string())
            }
            11 => Answer::status(
                400,
                &[],
                json!({"error": {"message": hidden()}}).to_string(),
            ),
            12 => says(
                wish("ESCAPED")
                    .replace("ESCAPED", "x")
                    .replace("\"BTC\"", &format!("\"\\u0073{}\"", &KEY[1..])),
            ),
            _ => asked.hold(),
        }
    })
}

fn check_served(worker: &Worker) {
    for path in PATHS {
        let text = worker.get(path);
        assert!(!text.contains(KEY), "{path}: {text}");
    }
}

#[test]
fn the_key_is_seen_nowhere_but_in_the_header_of_a_call() {
    let home = Home::without_key();
    // As `echo` writes it.
    home.put_key(&format!("{KEY}\n"));
    let model = talkative();
    let mut command = home.command(&Manifest::default(), model.base_url(), SPEED);
    command.env("RUST_LOG", "trace");
    let worker = Worker::of(command, home.data_dir());
    model.wait_until_asked_about(13);
    check_served(&worker);
    let said = worker.ctl_ok(&["status", "--json"]);
    let left = worker.stop();
    // The log at its most talkative level is there to be looked at.
    assert!(left.stderr.contains("TRACE"), "{}", left.stderr);
    for (name, text) in [
        ("stdout", &left.stdout),
        ("stderr", &left.stderr),
        ("ctl", &said),
    ] {
        assert!(!text.contains(KEY), "{name}: {text}");
    }
    let decisions = left.decisions();
    assert_eq!(decisions[0]["reason"], "Your key is [redacted].");
    assert_eq!(decisions[0]["model"], "model-[redacted]");
    for entry in std::fs::read_dir(left.data_dir()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap_or_default();
        assert!(
            !bytes
                .windows(KEY.len())
                .any(|window| window == KEY.as_bytes()),
            "{}",
            path.display()
        );
    }
}

#[test]
fn with_a_key_the_model_decides_even_where_a_rule_is_named() {
    let home = Home::new();
    let model = Model::start(crate::support::model::Asked::hold);
    let manifest = Manifest {
        rule: true,
        ..Manifest::default()
    };
    let worker = home.start(&manifest, model.base_url(), SPEED);
    model.wait_until_asked(3);
    let status = worker.status();
    assert_eq!(
        (&status["decider"], &status["notice"]),
        (&json!("ai deepseek-flash"), &json!(null))
    );
    let left = worker.stop();
    assert!(left.decisions().iter().all(|row| row["source"] == "ai"));
}

#[test]
fn a_key_that_is_taken_away_leaves_the_position_its_stop() {
    let home = Home::new();
    let model = Model::start(|asked| match asked.view {
        1 => says(asked.reply(&json!([asked.long("BTC")]))),
        _ => asked.hold(),
    });
    // The rule has no opinion for a long time: it would close what it does not want.
    let manifest = Manifest {
        interval: "1m",
        rule: true,
        ..Manifest::default()
    };
    let worker = home.start(&manifest, model.base_url(), SPEED);
    worker.wait_for_status("a protected position", |status| {
        status["positions"][0]["protected"] == true
    });
    let stop = worker.stop().json()["positions"][0]["stop_price"].clone();
    home.take_key();
    let worker = home.start(&manifest, OPEN_NOWHERE, 1);
    let status = worker.wait_for_status("a start", |status| status["ready"] == true);
    assert_eq!(status["decider"], "rule emaCross");
    assert_eq!(status["positions"][0]["stop_price"], stop, "{status}");
    assert_eq!(status["positions"][0]["protected"], true, "{status}");
    worker.stop();
}
