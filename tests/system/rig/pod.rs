//! A pod without a cluster: `aicoin-worker run` with everything that the operator and the kubelet give it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::db::Db;
use super::http::{self, Answer};
use super::process::{self, Ended};
use super::token::Key;
use super::worker::collect;

/// The bot's uid, for which its tokens are.
pub(crate) const UID: &str = "1d2f6c0e-8f6d-4b57-9a52-0a4a5c4a7d11";
/// A log line, or an end, must come within this.
const SOON: Duration = Duration::from_secs(30);

/// What is mounted, and what is kept, over all processes of the pod.
pub(crate) struct Pod {
    binary: PathBuf,
    home: TempDir,
    env: Vec<(String, String)>,
    pub(crate) key: Key,
}

/// One process of the pod. It is killed with the test.
pub(crate) struct Process {
    child: Child,
    err: Arc<Mutex<String>>,
    pub(crate) address: String,
    /// Bearer of control.
    control: String,
}

impl Pod {
    /// A pod with that manifest, 300 times faster than the clock.
    pub(crate) fn new(binary: &Path, manifest: impl FnOnce(&Path) -> PathBuf) -> Self {
        let home = super::scratch();
        for folder in ["keys", "secrets", "run"] {
            std::fs::create_dir(home.path().join(folder)).unwrap();
        }
        let pod = Self {
            binary: binary.to_owned(),
            key: Key::number(1),
            env: vec![("AICOIN_SPEED".to_owned(), "300".to_owned())],
            home,
        };
        pod.set_manifest(manifest);
        pod.publish(&[&pod.key]);
        pod
    }

    pub(crate) fn with_env(mut self, name: &str, value: &str) -> Self {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Another manifest, for the next process.
    pub(crate) fn set_manifest(&self, manifest: impl FnOnce(&Path) -> PathBuf) {
        let written = manifest(self.home.path());
        let bot = self.home.path().join("bot.yaml");
        std::fs::rename(written, bot).unwrap();
    }

    /// The public keys are swapped for these, as the kubelet does it.
    pub(crate) fn publish(&self, keys: &[&Key]) {
        let file = self.home.path().join("keys/keys.json");
        let draft = file.with_extension("new");
        std::fs::write(&draft, Key::published(keys)).unwrap();
        std::fs::rename(draft, file).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path("data")
    }

    pub(crate) fn db(&self) -> Db {
        Db::of(&self.data())
    }

    /// The command of the pod's container.
    fn command(&self, listen: &str) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .arg("run")
            .args(["--listen", listen])
            .arg("--manifest")
            .arg(self.path("bot.yaml"))
            .arg("--control-keys")
            .arg(self.path("keys/keys.json"))
            .arg("--secrets-dir")
            .arg(self.path("secrets"));
        self.environment(&mut command);
        command
    }

    fn environment(&self, command: &mut Command) {
        command
            .env_clear()
            .env("AICOIN_DATA_DIR", self.data())
            .env("AICOIN_SOCKET", self.path("run/aicoin.sock"))
            // As the operator sets it, whether the chart was given authorities or not.
            .env("AICOIN_CA_FILE", self.path("control-keys/ca.crt"))
            .envs(self.env.iter().cloned());
    }

    /// A process, from the moment on when it answers probes.
    #[track_caller]
    pub(crate) fn start(&self) -> Process {
        let mut child = self
            .command("127.0.0.1:0")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let err = collect(child.stderr.take().unwrap());
        let mut process = Process {
            child,
            err,
            address: String::new(),
            control: format!("Bearer {}", self.key.token(UID, "control", 0)),
        };
        let begun = Instant::now();
        process.address = loop {
            let log = process.log();
            if let Some((_, rest)) = log.split_once("address=") {
                break rest.split_whitespace().next().unwrap().to_owned();
            }
            let exited = process.child.try_wait().unwrap();
            assert!(
                exited.is_none() && begun.elapsed() < SOON,
                "it does not serve ({exited:?}): {log}"
            );
            std::thread::sleep(Duration::from_millis(1));
        };
        process
    }

    /// A process that was told to trade.
    #[track_caller]
    pub(crate) fn start_trading(&self) -> Process {
        let process = self.start();
        let answer = process.put(1, "Running");
        assert_eq!(answer.status, 200, "{answer:?} {}", process.log());
        process
    }

    /// A process that is refused: it ends by itself.
    #[track_caller]
    pub(crate) fn refused(&self) -> Ended {
        self.refused_on("127.0.0.1:0")
    }

    /// The same, on an address of the test's choice.
    #[track_caller]
    pub(crate) fn refused_on(&self, address: &str) -> Ended {
        process::run(&mut self.command(address), SOON)
    }

    /// `ctl` as `kubectl exec` runs it: no flags, the container's environment.
    #[track_caller]
    pub(crate) fn ctl(&self, args: &[&str]) -> Ended {
        let mut command = Command::new(&self.binary);
        self.environment(&mut command);
        command.arg("ctl").args(args);
        process::run(&mut command, Duration::from_secs(90))
    }

    #[track_caller]
    pub(crate) fn status(&self) -> Value {
        let ended = self.ctl(&["status", "--json"]);
        assert_eq!(ended.status.code(), Some(0), "{ended:?}");
        serde_json::from_str(&ended.stdout).unwrap()
    }

    /// An hour of the market goes by.
    #[track_caller]
    pub(crate) fn pass_an_hour(&self) {
        let time = || self.status()["time_ms"].as_i64().unwrap();
        let begun = time();
        super::eventually("an hour of the market", SOON, || time() > begun + 3_600_000);
    }
}

impl Process {
    pub(crate) fn log(&self) -> String {
        self.err.lock().unwrap().clone()
    }

    /// Asks without a token.
    #[track_caller]
    pub(crate) fn open(&self, path: &str) -> Answer {
        http::get(&self.address, path, &[])
    }

    /// Asks with that token.
    #[track_caller]
    pub(crate) fn get(&self, path: &str, token: &str) -> Answer {
        let bearer = format!("Bearer {token}");
        http::get(&self.address, path, &[("authorization", &bearer)])
    }

    /// The operator's level.
    #[track_caller]
    pub(crate) fn put(&self, generation: u64, desired: &str) -> Answer {
        let body = json!({"generation": generation, "desired": desired}).to_string();
        let headers = [("authorization", self.control.as_str())];
        http::put(&self.address, "/api/v1/control", &headers, &body)
    }

    /// What the control is.
    #[track_caller]
    pub(crate) fn control(&self) -> Value {
        let headers = [("authorization", self.control.as_str())];
        http::get(&self.address, "/api/v1/control", &headers).json()
    }

    /// Why it is not ready, as `/readyz` says it.
    #[track_caller]
    pub(crate) fn not_ready(&self) -> Vec<String> {
        let answer = self.open("/readyz");
        let reasons: Vec<String> =
            serde_json::from_value(answer.json()["not_ready"].clone()).unwrap();
        assert_eq!(answer.status == 200, reasons.is_empty(), "{answer:?}");
        reasons
    }

    #[track_caller]
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id())
            .ok()
            .and_then(Pid::from_raw)
            .unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Waits until it has ended.
    #[track_caller]
    pub(crate) fn wait(&mut self, limit: Duration) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(
                begun.elapsed() < limit,
                "it did not end within {limit:?}: {}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// kill -9.
    #[track_caller]
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, and a clean end.
    #[track_caller]
    pub(crate) fn stop(mut self) {
        self.signal(Signal::TERM);
        let status = self.wait(SOON);
        assert_eq!(status.code(), Some(0), "{}", self.log());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Ended already, most of the time.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
