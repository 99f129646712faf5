//! A running `aicoin-sim`: the venue, and what it knows itself.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::http;
use super::keys::MASTER;
use super::worker::collect;

/// Its line must be printed within this.
const LISTENS_WITHIN: Duration = Duration::from_secs(10);
const LINE: &str = "aicoin-sim listens on http://";

/// A simulator that runs until the test ends.
pub(crate) struct Sim {
    child: Child,
    out: Arc<Mutex<String>>,
    err: Arc<Mutex<String>>,
    pub(crate) address: String,
}

impl Sim {
    /// Starts one on a free port.
    #[track_caller]
    pub(crate) fn start(binary: &Path, args: &[String]) -> Self {
        let mut child = Command::new(binary)
            .args(["--listen", "127.0.0.1:0"])
            .args(args)
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", binary.display()));
        let out = collect(child.stdout.take().unwrap());
        let err = collect(child.stderr.take().unwrap());
        let mut sim = Self {
            child,
            out,
            err,
            address: String::new(),
        };
        let begun = Instant::now();
        while sim.address.is_empty() {
            let said = sim.out.lock().unwrap().clone();
            if let Some(address) = said.lines().find_map(|line| line.strip_prefix(LINE)) {
                address.trim_end_matches('/').clone_into(&mut sim.address);
            }
            let exited = sim.child.try_wait().unwrap();
            assert!(
                exited.is_none() && begun.elapsed() < LISTENS_WITHIN,
                "aicoin-sim says no address ({exited:?}): {said} {}",
                sim.log()
            );
            std::thread::sleep(Duration::from_millis(2));
        }
        sim
    }

    /// The base URL of venue and model.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it logged.
    pub(crate) fn log(&self) -> String {
        self.err.lock().unwrap().clone()
    }

    /// Plans faults.
    #[track_caller]
    pub(crate) fn faults(&self, rules: &Value) {
        self.post("/sim/faults", rules);
    }

    /// The rules with what they did so far.
    #[track_caller]
    pub(crate) fn planned(&self) -> Value {
        self.get("/sim/faults")
    }

    /// No more faults.
    #[track_caller]
    pub(crate) fn clear_faults(&self) {
        let answer = http::ask("DELETE", &self.address, "/sim/faults", &[], "");
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    /// The simulated time.
    #[track_caller]
    pub(crate) fn time(&self) -> i64 {
        self.get("/sim/time")["time"].as_i64().unwrap()
    }

    /// A price moves at once, by so many percent.
    #[track_caller]
    pub(crate) fn shock(&self, coin: &str, percent: &str) {
        self.post("/sim/shock", &json!({"coin": coin, "pct": percent}));
    }

    /// Does that to all sockets: `disconnect` or `silence`.
    #[track_caller]
    pub(crate) fn sockets(&self, what: &str, ms: u64) {
        self.post("/sim/sockets", &json!({"do": what, "ms": ms}));
    }

    /// Approves an agent for the account, or changes it.
    #[track_caller]
    pub(crate) fn agent(&self, address: &str, valid_until: i64) {
        self.post(
            "/sim/agent",
            &json!({"user": MASTER.address, "agent": address, "name": "sim-1", "validUntil": valid_until}),
        );
    }

    /// All that the venue knows.
    #[track_caller]
    pub(crate) fn ledger(&self) -> Value {
        self.get("/sim/ledger")
    }

    /// What the venue knows of the account.
    #[track_caller]
    pub(crate) fn account(&self) -> Value {
        let ledger = self.get(&format!("/sim/ledger?user={}", MASTER.address));
        let accounts = ledger["accounts"]
            .as_array()
            .unwrap_or_else(|| panic!("no accounts: {ledger}"));
        accounts
            .iter()
            .find(|account| account["user"] == MASTER.address)
            .unwrap_or_else(|| panic!("no account {}: {ledger}", MASTER.address))
            .clone()
    }

    /// The orders of the account that ever were, open and over.
    #[track_caller]
    pub(crate) fn orders(&self) -> Vec<Value> {
        let account = self.account();
        let of = |key: &str| account[key].as_array().cloned().unwrap();
        [of("orders"), of("openOrders")].concat()
    }

    /// The signed size of a position of the account; `None` when there is none.
    #[track_caller]
    pub(crate) fn position(&self, coin: &str) -> Option<String> {
        let account = self.account();
        let positions = account["positions"].as_array().unwrap();
        let position = positions.iter().find(|position| position["coin"] == coin)?;
        Some(position["szi"].as_str().unwrap().to_owned())
    }

    #[track_caller]
    fn get(&self, path: &str) -> Value {
        let answer = http::get(&self.address, path, &[]);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.json()
    }

    /// Posts JSON; the answer is JSON.
    #[track_caller]
    pub(crate) fn post(&self, path: &str, body: &Value) -> Value {
        let answer = http::ask("POST", &self.address, path, &[], &body.to_string());
        assert_eq!(answer.status, 200, "{path} {body}: {answer:?}");
        answer.json()
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        // Ended already when a test broke it.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            // Beside the test's own words, which are what counts.
            let _ = writeln!(std::io::stdout(), "--- aicoin-sim\n{}", self.log());
        }
    }
}
