//! The model is an adviser that nobody trusts: a broken reply is rejected with a code and orders nothing, a good one is
//! sized by code and protected by a stop, and the key is never seen again.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::Row;

use crate::rig::db::Db;
use crate::rig::worker::Worker;
use crate::rig::{self};

/// The key that must never be seen again.
const CANARY: &str = "sk-canary-7d1e0b5c9a";

const SOON: Duration = Duration::from_secs(60);

/// What the endpoint says to one market view. `VIEW` and `STOP` are put in: the view's number and a price below the mark.
#[derive(Clone, Copy)]
pub(crate) enum Say {
    /// The model's own text, and why it ended.
    Content(&'static str, &'static str),
    /// Another HTTP status.
    Status(u16),
    /// A body that breaks off.
    Cut,
}

const HOLD: Say = Say::Content(r#"{"schema":1,"view_id":VIEW,"decisions":[]}"#, "stop");

pub(crate) const OPEN: Say = Say::Content(
    r#"{"schema":1,"view_id":VIEW,"decisions":[{"symbol":"BTC","action":"open_long","confidence":90,"risk_bps":20,"stop_px":"STOP","reason":"<b>up</b>"}]}"#,
    "stop",
);

/// Broken in every kind, with the code that each gets.
const BROKEN: &[(Say, &str)] = &[
    (Say::Content("", "stop"), "ReplyEmpty"),
    (Say::Content(" \n\n ", "stop"), "ReplyEmpty"),
    (
        Say::Content(
            r#"{"schema":1,"view_id":VIEW,"decisions":[{"symbol":"BTC""#,
            "length",
        ),
        "ReplyTruncated",
    ),
    (
        Say::Content("I would buy some Bitcoin now.", "stop"),
        "ReplyNotJson",
    ),
    (Say::Content("[1, 2", "stop"), "ReplyTruncated"),
    (
        Say::Content(
            r#"{"schema":1,"view_id":VIEW,"decisions":[]} and more"#,
            "stop",
        ),
        "TrailingText",
    ),
    (
        Say::Content(
            r#"{"schema":1,"schema":1,"view_id":VIEW,"decisions":[]}"#,
            "stop",
        ),
        "DuplicateKey",
    ),
    (
        Say::Content(r#"{"schema":2,"view_id":VIEW,"decisions":[]}"#, "stop"),
        "WrongSchemaVersion",
    ),
    (
        Say::Content(r#"{"schema":1,"view_id":999999,"decisions":[]}"#, "stop"),
        "WrongView",
    ),
    (
        Say::Content(
            r#"{"schema":1,"view_id":VIEW,"decisions":[],"note":"x"}"#,
            "stop",
        ),
        "UnknownField",
    ),
    (
        Say::Content(
            r#"{"schema":1,"view_id":VIEW,"decisions":[{"symbol":"MOON","action":"open_long","confidence":90,"risk_bps":20,"stop_px":"1","reason":"x"}]}"#,
            "stop",
        ),
        "UnknownMarket",
    ),
    (
        Say::Content(
            r#"{"schema":1,"view_id":VIEW,"decisions":[{"symbol":"BTC","action":"open_short","confidence":90,"risk_bps":20,"stop_px":"STOP","reason":"x"}]}"#,
            "stop",
        ),
        "StopWrongSide",
    ),
    (
        Say::Content(
            r#"{"schema":1,"view_id":VIEW,"decisions":[{"symbol":"BTC","action":"open_long","confidence":90,"risk_bps":20,"reason":"x"}]}"#,
            "stop",
        ),
        "StopMissing",
    ),
    (
        Say::Content(
            r#"{"schema":1,"view_id":VIEW,"decisions":[{"symbol":"BTC","action":"open_long","confidence":90,"risk_bps":9999,"stop_px":"STOP","reason":"x"}]}"#,
            "stop",
        ),
        "RiskTooHigh",
    ),
    (
        Say::Content(
            r#"{"schema":1,"view_id":VIEW,"decisions":[{"symbol":"BTC","action":"open_long","confidence":1,"risk_bps":20,"stop_px":"STOP","reason":"x"}]}"#,
            "stop",
        ),
        "ConfidenceTooLow",
    ),
    (
        Say::Content(
            r#"{"schema":1,"view_id":VIEW,"decisions":[{"symbol":"BTC","action":"withdraw","confidence":90,"reason":"x"}]}"#,
            "stop",
        ),
        "BadValue",
    ),
    (Say::Status(400), "AiBadRequest"),
    (Say::Status(402), "AiNoBalance"),
    (Say::Status(500), "AiUnavailable"),
    (Say::Cut, "AiUnavailable"),
];

/// An endpoint that says one thing after another, and the same again to the same view.
pub(crate) struct Endpoint {
    pub(crate) base_url: String,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    script: Vec<Say>,
    /// Views in the order in which they were asked about.
    views: Vec<u64>,
    keys: Vec<String>,
}

impl Endpoint {
    pub(crate) fn start(script: Vec<Say>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Seen {
            script,
            ..Seen::default()
        }));
        let shared = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                // A client that went away is no concern of the endpoint's.
                let _ = answer(stream.unwrap(), &shared);
            }
        });
        Self { base_url, seen }
    }

    pub(crate) fn asked(&self) -> usize {
        self.seen.lock().unwrap().views.len()
    }
}

fn answer(stream: TcpStream, seen: &Mutex<Seen>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut length, mut key) = (0, String::new());
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim().split_once(": ") else {
            if line.trim().is_empty() {
                break;
            }
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap_or(0),
            "authorization" => key = value.to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let request: Value = serde_json::from_slice(&body)?;
    let prompt = request["messages"]
        .as_array()
        .and_then(|all| all.last())
        .and_then(|last| last["content"].as_str())
        .unwrap_or("");
    let number = |after: &str| -> u64 {
        let rest = prompt.rsplit(after).next().unwrap_or("");
        rest.chars()
            .take_while(char::is_ascii_digit)
            .collect::<String>()
            .parse()
            .unwrap_or(0)
    };
    let (view, mark) = (number("view_id: "), number("mark "));
    let say = {
        let mut seen = seen.lock().unwrap();
        if seen.views.last() != Some(&view) {
            seen.views.push(view);
            seen.keys.push(key);
        }
        seen.script
            .get(seen.views.len() - 1)
            .copied()
            .unwrap_or(HOLD)
    };
    let mut stream = stream;
    let reply = |content: String, finish: &str| {
        json!({
            "id": "x", "object": "chat.completion", "model": "deepseek-flash",
            "choices": [{"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": content}}],
            "usage": {"prompt_tokens": 1000, "completion_tokens": 50, "total_tokens": 1050},
        })
        .to_string()
    };
    let (status, text, promised) = match say {
        Say::Content(content, finish) => {
            let content = content
                .replace("VIEW", &view.to_string())
                .replace("STOP", &(mark * 97 / 100).to_string());
            (200, reply(content, finish), None)
        }
        Say::Status(status) => (status, r#"{"error":{"message":"no"}}"#.to_owned(), None),
        Say::Cut => (200, r#"{"id":"x","choices":[{"in"#.to_owned(), Some(5_000)),
    };
    let length = promised.unwrap_or(text.len());
    write!(
        stream,
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{text}"
    )
}

fn manifest(dir: &Path, base_url: &str) -> PathBuf {
    let path = dir.join("ai.yaml");
    let text = format!(
        "apiVersion: aicoin.dev/v1alpha1\nkind: TradingBot\nmetadata: {{name: ai}}\nspec:\n  markets: [BTC]\n  decision:\n    \
         interval: 10s\n    ai:\n      baseUrl: {base_url}\n      apiKeySecretRef: {{name: deepseek, key: api-key}}\n      \
         budget: {{usdPerDay: \"1000\", callsPerHour: 100000}}\n"
    );
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn broken_replies_order_nothing_and_a_good_one_is_sized_and_protected() {
    let Some(binary) = rig::binary() else { return };
    let dir = rig::scratch();
    let data = dir.path().join("data");
    let secrets = dir.path().join("secrets");
    std::fs::create_dir_all(secrets.join("deepseek")).unwrap();
    std::fs::write(secrets.join("deepseek/api-key"), format!("{CANARY}\n")).unwrap();
    // After each failure a good reply, or the circuit breaker would open.
    let mut script: Vec<Say> = BROKEN.iter().flat_map(|(say, _)| [*say, HOLD]).collect();
    script.push(OPEN);
    let before_open = script.len() - 1;
    let endpoint = Endpoint::start(script);
    let secrets = secrets.to_str().unwrap();
    let args = ["--speed", "100", "--secrets-dir", secrets];
    let worker = Worker::start(
        &binary,
        &manifest(dir.path(), &endpoint.base_url),
        &data,
        &args,
    );
    assert_eq!(worker.status()["decider"], "ai deepseek-flash");
    rig::eventually("a position", SOON, || {
        worker.status()["positions"]
            .as_array()
            .is_some_and(|all| !all.is_empty())
    });
    assert!(endpoint.asked() > before_open, "{}", endpoint.asked());

    let db = Db::of(&data);
    let codes: Vec<String> = db
        .rows("SELECT code FROM decisions WHERE verdict = 'rejected' ORDER BY id")
        .iter()
        .map(|row| row.get(0))
        .collect();
    let expected: Vec<&str> = BROKEN.iter().map(|(_, code)| *code).collect();
    assert_eq!(codes[..expected.len().min(codes.len())], expected[..]);
    let first = db.number("SELECT min(decision) FROM orders");
    let opened = db
        .number("SELECT min(id) FROM decisions WHERE verdict = 'accepted' AND action LIKE 'open%'");
    assert_eq!(first, opened, "no order of a decision before the good one");

    // 0.2 % of 10,000 USD at risk over a stop 3 % away is about 667 USD: code computes the size, and the stop rests.
    let position = worker.status()["positions"][0].clone();
    let notional = rig::number::amount(&position, "notional") / 1_000_000_000_000_000_000;
    assert!((500..=1000).contains(&notional), "{position}");
    assert_eq!(position["protected"], true, "{position}");
    assert!(position["stop_price"].is_string(), "{position}");

    let status = worker.status();
    assert_eq!(status["ai"]["breaker"], "closed", "{status}");
    assert!(
        endpoint
            .seen
            .lock()
            .unwrap()
            .keys
            .iter()
            .all(|key| key == &format!("Bearer {CANARY}"))
    );
    let shown = worker.get("/api/v1/decisions").body;
    assert_nowhere(&worker, &data, &[shown, status.to_string()]);
}

#[test]
fn an_endpoint_that_is_down_opens_the_breaker_and_health_says_so() {
    let Some(binary) = rig::binary() else { return };
    let dir = rig::scratch();
    let data = dir.path().join("data");
    let secrets = dir.path().join("secrets");
    std::fs::create_dir_all(secrets.join("deepseek")).unwrap();
    std::fs::write(secrets.join("deepseek/api-key"), CANARY).unwrap();
    let endpoint = Endpoint::start(vec![Say::Status(402); 1000]);
    let args = ["--speed", "20", "--secrets-dir", secrets.to_str().unwrap()];
    let worker = Worker::start(
        &binary,
        &manifest(dir.path(), &endpoint.base_url),
        &data,
        &args,
    );
    rig::eventually("the breaker opens", SOON, || {
        worker.status()["ai"]["breaker"] == "open"
    });
    let health = worker.open("/api/v1/health").json();
    assert_eq!(
        (&health["status"], &health["parts"]["ai"]["status"]),
        (&json!("degraded"), &json!("degraded")),
        "{health}"
    );
    assert_eq!(worker.open("/livez").status, 200);
    assert_eq!(worker.count("orders"), 0);
    rig::eventually("the log has the words", SOON, || {
        worker.stderr().contains("AI decision failed")
    });
    assert_nowhere(&worker, &data, &[health.to_string()]);
}

/// The key is in no file, log or answer.
#[track_caller]
fn assert_nowhere(worker: &Worker, data: &Path, texts: &[String]) {
    for text in texts.iter().chain(&[
        worker.stdout(),
        worker.stderr(),
        worker.open("/metrics").body,
    ]) {
        assert!(!text.contains(CANARY), "{text}");
    }
    for entry in std::fs::read_dir(data).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap_or_default();
        assert!(
            !bytes
                .windows(CANARY.len())
                .any(|window| window == CANARY.as_bytes()),
            "{}",
            path.display()
        );
    }
}
