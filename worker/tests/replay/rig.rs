//! Recordings to be replayed, and the replay of one.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tempfile::TempDir;

use crate::support::manifest::Manifest;
use crate::support::model::{Model, says};
use crate::support::worker::{Home, Worker};

/// No model listens there: the rule decides.
pub(crate) const NOWHERE: &str = "http://127.0.0.1:9";
/// Simulated seconds in a second, for a rule.
pub(crate) const FAST: u32 = 300;

/// A rule that trades often.
pub(crate) fn rule() -> Manifest {
    Manifest {
        markets: "BTC, ETH",
        rule: true,
        risk: r#"{stopLossPct: "1", maxPositionNotional: "2000"}"#,
        ..Manifest::default()
    }
}

/// What a replay printed.
#[derive(Debug)]
pub(crate) struct Replayed {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Replayed {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// All of it is as it was recorded.
    #[track_caller]
    pub(crate) fn is_reproduced(&self) -> Value {
        assert_eq!(self.code, Some(0), "{self:#?}");
        let report = self.json();
        assert_eq!(report["reproduced"], true, "{report:#}");
        assert_eq!(report["difference"], Value::Null, "{report:#}");
        report
    }

    /// Something differs: the difference.
    #[track_caller]
    pub(crate) fn differs(&self) -> Value {
        assert_eq!(self.code, Some(1), "{self:#?}");
        let report = self.json();
        assert_eq!(report["reproduced"], false, "{report:#}");
        report["difference"].clone()
    }
}

/// `aicoin-worker replay`, as a person types it.
pub(crate) fn replay_of(source: &str, arguments: &[&str]) -> Replayed {
    let output = Command::new(env!("CARGO_BIN_EXE_aicoin-worker"))
        .arg("replay")
        .arg(source)
        .args(arguments)
        .output()
        .unwrap();
    Replayed {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The same of a data directory, for a program.
pub(crate) fn replay(data_dir: &Path, arguments: &[&str]) -> Replayed {
    let mut all = arguments.to_vec();
    all.push("--json");
    replay_of(data_dir.to_str().unwrap(), &all)
}

/// Waits until a worker has so many more fills than it had.
pub(crate) fn wait_for_more_fills(worker: &Worker, more: u64) {
    let fills = |status: &Value| status["counts"]["fills"].as_u64().unwrap();
    let before = fills(&worker.status());
    worker.wait_for_status("more fills", |status| fills(status) >= before + more);
}

/// A rule that traded, was stopped, traded again, was killed, and traded on in one market more, with other stops.
pub(crate) fn recorded_rule() -> Home {
    let home = Home::without_key();
    let start = |manifest: &Manifest| home.start(manifest, NOWHERE, FAST);
    let worker = start(&rule());
    wait_for_more_fills(&worker, 6);
    worker.stop();
    let worker = start(&rule());
    wait_for_more_fills(&worker, 6);
    worker.kill();
    let worker = start(&Manifest {
        markets: "ETH, SOL",
        risk: r#"{stopLossPct: "0.5"}"#,
        ..rule()
    });
    wait_for_more_fills(&worker, 6);
    worker.stop();
    home
}

/// A model that opens, closes, and now and then says nonsense.
pub(crate) fn trader() -> Model {
    Model::start(|asked| match asked.view % 4 {
        1 => says(asked.reply(&json!([asked.long("BTC")]))),
        3 => says(asked.reply(&json!([
            {"symbol": "BTC", "action": "close", "confidence": 70, "reason": "Enough."}
        ]))),
        0 => says("I would rather not say."),
        _ => asked.hold(),
    })
}

/// What a test asks of a database by hand.
pub(crate) fn sql(data_dir: &Path, query: &str) -> Vec<String> {
    let options = SqliteConnectOptions::new().filename(data_dir.join("aicoin.db"));
    let query = query.to_owned();
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(async {
            let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
            let rows = sqlx::query_scalar(sqlx::AssertSqlSafe(query))
                .fetch_all(&mut connection)
                .await
                .unwrap();
            connection.close().await.unwrap();
            rows
        })
}

/// One number.
pub(crate) fn number(data_dir: &Path, query: &str) -> u64 {
    let query = format!("SELECT CAST(({query}) AS TEXT)");
    sql(data_dir, &query)[0].parse().unwrap()
}

/// A copy of a recording, to be spoiled.
pub(crate) fn copy_of(data_dir: &Path) -> TempDir {
    let copy = TempDir::new().unwrap();
    std::fs::copy(data_dir.join("aicoin.db"), copy.path().join("aicoin.db")).unwrap();
    copy
}
