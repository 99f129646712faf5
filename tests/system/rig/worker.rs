//! A running `aicoin-worker local`.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::http::{self, Answer};
use super::process::{self, Ended};

/// The address with its token must be printed within this.
pub(crate) const URL_WITHIN: Duration = Duration::from_secs(5);

/// A worker that runs until the test ends.
pub(crate) struct Worker {
    child: Child,
    binary: PathBuf,
    data_dir: PathBuf,
    out: Arc<Mutex<String>>,
    err: Arc<Mutex<String>>,
    pub(crate) address: String,
    pub(crate) token: String,
    /// From the start of the process to the first answer of `/livez`.
    pub(crate) served_after: Duration,
}

impl Worker {
    /// Starts one and waits until it serves.
    #[track_caller]
    pub(crate) fn start(binary: &Path, manifest: &Path, data_dir: &Path, args: &[&str]) -> Self {
        let begun = Instant::now();
        let mut child = local(binary, manifest, data_dir)
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (out, err) = (
            collect(child.stdout.take().unwrap()),
            collect(child.stderr.take().unwrap()),
        );
        let mut worker = Self {
            child,
            binary: binary.to_owned(),
            data_dir: data_dir.to_owned(),
            out,
            err,
            address: String::new(),
            token: String::new(),
            served_after: Duration::ZERO,
        };
        let json = args.contains(&"--json");
        let url = loop {
            let said = if json {
                worker.stderr()
            } else {
                worker.stdout()
            };
            if let Some(url) = said
                .split_whitespace()
                .find(|word| word.contains("/?token="))
            {
                break url.to_owned();
            }
            let exited = worker.child.try_wait().unwrap();
            assert!(
                exited.is_none() && begun.elapsed() < URL_WITHIN,
                "no URL ({exited:?}): {} {}",
                worker.stdout(),
                worker.stderr()
            );
            std::thread::sleep(Duration::from_millis(1));
        };
        let (address, token) = url
            .strip_prefix("http://")
            .unwrap()
            .split_once("/?token=")
            .unwrap();
        (worker.address, worker.token) = (address.to_owned(), token.to_owned());
        let answer = worker.open("/livez");
        worker.served_after = begun.elapsed();
        assert_eq!(answer.status, 200, "{answer:?}");
        worker
    }

    /// What it printed so far.
    pub(crate) fn stdout(&self) -> String {
        self.out.lock().unwrap().clone()
    }

    /// What it logged so far.
    pub(crate) fn stderr(&self) -> String {
        self.err.lock().unwrap().clone()
    }

    /// The address to open in a browser.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/?token={}", self.address, self.token)
    }

    /// Asks without a token.
    #[track_caller]
    pub(crate) fn open(&self, path: &str) -> Answer {
        http::get(&self.address, path, &[])
    }

    /// Asks with the token.
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Answer {
        http::get(
            &self.address,
            path,
            &[("authorization", &format!("Bearer {}", self.token))],
        )
    }

    /// The status.
    #[track_caller]
    pub(crate) fn status(&self) -> Value {
        self.get("/api/v1/status").json()
    }

    /// One of the counts of the status.
    #[track_caller]
    pub(crate) fn count(&self, what: &str) -> u64 {
        self.status()["counts"][what].as_u64().unwrap()
    }

    /// `aicoin-worker ctl` for this worker.
    #[track_caller]
    pub(crate) fn ctl(&self, args: &[&str]) -> Ended {
        ctl(&self.binary, &self.data_dir, args)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
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
                self.stderr()
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
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Ended already, most of the time.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `aicoin-worker local` on a free port.
pub(crate) fn local(binary: &Path, manifest: &Path, data_dir: &Path) -> Command {
    let mut command = Command::new(binary);
    command
        .arg("local")
        .arg(manifest)
        .arg("--data-dir")
        .arg(data_dir)
        .args(["--listen", "127.0.0.1:0"]);
    command
        .env_remove("RUST_LOG")
        .env_remove("AICOIN_DATA_DIR")
        .env_remove("AICOIN_SOCKET");
    command
}

/// `aicoin-worker ctl` for a data directory.
#[track_caller]
pub(crate) fn ctl(binary: &Path, data_dir: &Path, args: &[&str]) -> Ended {
    let mut command = Command::new(binary);
    command
        .arg("ctl")
        .args(args)
        .arg("--data-dir")
        .arg(data_dir)
        .env_remove("AICOIN_SOCKET");
    process::run(&mut command, Duration::from_secs(90))
}

/// Reads a stream into a text that grows, so that the writer never waits.
pub(crate) fn collect(stream: impl Read + Send + 'static) -> Arc<Mutex<String>> {
    let text = Arc::new(Mutex::new(String::new()));
    let shared = Arc::clone(&text);
    std::thread::spawn(move || {
        let mut lines = BufReader::new(stream);
        let mut line = String::new();
        while lines.read_line(&mut line).is_ok_and(|read| read > 0) {
            shared.lock().unwrap().push_str(&line);
            line.clear();
        }
    });
    text
}
