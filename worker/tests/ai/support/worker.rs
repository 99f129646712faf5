//! The worker's process: started on a manifest, talked to, ended, and what it left.

use std::io::{BufRead as _, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::Value;
use tempfile::TempDir;

use super::manifest::Manifest;
use super::{http, rows, wait_for};

const PROGRAM: &str = env!("CARGO_BIN_EXE_aicoin-worker");

/// The key that must never be seen anywhere but in the header of a call.
pub(crate) const KEY: &str = "sk-canary-93f1c07be2";

/// A directory of a test's own: manifest, secrets and data.
pub(crate) struct Home(TempDir);

impl Home {
    /// With the key in its place.
    pub(crate) fn new() -> Self {
        let home = Self::without_key();
        home.put_key(KEY);
        home
    }

    pub(crate) fn without_key() -> Self {
        let home = Self(TempDir::new().unwrap());
        std::fs::create_dir_all(home.secrets_dir().join("deepseek")).unwrap();
        home
    }

    pub(crate) fn put_key(&self, text: &str) {
        std::fs::write(self.secrets_dir().join("deepseek/api-key"), text).unwrap();
    }

    pub(crate) fn take_key(&self) {
        std::fs::remove_file(self.secrets_dir().join("deepseek/api-key")).unwrap();
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.0.path().join("data")
    }

    fn secrets_dir(&self) -> PathBuf {
        self.0.path().join("secrets")
    }

    /// The command that runs a manifest. It ends by itself, whatever becomes of the test.
    pub(crate) fn command(&self, manifest: &Manifest, base_url: &str, speed: u32) -> Command {
        let path = self.0.path().join("bot.yaml");
        std::fs::write(&path, manifest.yaml(base_url)).unwrap();
        let mut command = Command::new(PROGRAM);
        command
            .arg("local")
            .arg(path)
            .args(["--listen", "127.0.0.1:0", "--run-for", "90s", "--json"])
            .args(["--speed", &speed.to_string()])
            .arg("--data-dir")
            .arg(self.data_dir())
            .arg("--secrets-dir")
            .arg(self.secrets_dir())
            .env_remove("RUST_LOG")
            .env_remove("AICOIN_DATA_DIR")
            .env_remove("AICOIN_SOCKET")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn start(&self, manifest: &Manifest, base_url: &str, speed: u32) -> Worker {
        Worker::of(self.command(manifest, base_url, speed), self.data_dir())
    }
}

/// A worker that runs. It is killed with the test.
pub(crate) struct Worker {
    child: Child,
    data_dir: PathBuf,
    log: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<String>>,
}

impl Worker {
    pub(crate) fn of(mut command: Command, data_dir: PathBuf) -> Self {
        let mut child = command.spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (out, error) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let readers = vec![
            collect(out, Arc::default()),
            collect(error, Arc::clone(&log)),
        ];
        Self {
            child,
            data_dir,
            log,
            readers,
        }
    }

    /// Standard error so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub(crate) fn wait_for_log(&self, words: &str) {
        wait_for(words, || self.log().contains(words).then_some(()));
    }

    /// Where it listens, and the token.
    pub(crate) fn address(&self) -> (SocketAddr, String) {
        let url = wait_for("the URL", || {
            let log = self.log();
            let url = log.split_once("http://")?.1.split_once('\n')?.0.to_owned();
            url.contains("?token=").then_some(url)
        });
        let (address, token) = url.split_once("/?token=").unwrap();
        (address.parse().unwrap(), token.to_owned())
    }

    /// The body of a GET.
    pub(crate) fn get(&self, path: &str) -> String {
        let (address, token) = self.address();
        let (status, text) = http::get(address, path, &token);
        assert!(matches!(status, 200 | 503), "{path}: {text}");
        text
    }

    pub(crate) fn health(&self) -> Value {
        let text = self.get("/api/v1/health");
        let body = text.split_once("\r\n\r\n").unwrap().1;
        let (start, end) = (body.find('{').unwrap(), body.rfind('}').unwrap());
        serde_json::from_str(&body[start..=end]).unwrap()
    }

    /// `ctl`, as a person types it.
    pub(crate) fn ctl(&self, arguments: &[&str]) -> Output {
        Command::new(PROGRAM)
            .arg("ctl")
            .args(arguments)
            .arg("--data-dir")
            .arg(&self.data_dir)
            .env_remove("AICOIN_SOCKET")
            .output()
            .unwrap()
    }

    pub(crate) fn ctl_ok(&self, arguments: &[&str]) -> String {
        let output = self.ctl(arguments);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success(),
            "{arguments:?}: {text} {}",
            String::from_utf8_lossy(&output.stderr)
        );
        text
    }

    pub(crate) fn status(&self) -> Value {
        self.address();
        serde_json::from_str(&self.ctl_ok(&["status", "--json"])).unwrap()
    }

    pub(crate) fn wait_for_status(&self, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        wait_for(what, || Some(self.status()).filter(&is))
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// The hard end, as by a machine that dies.
    pub(crate) fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.log()
    }

    /// Ends it as Ctrl-C would, and looks whether what it prints is what it stored.
    pub(crate) fn stop(mut self) -> Left {
        let stopped = Command::new("sh")
            .arg("-c")
            .arg(format!("kill -TERM {}", self.child.id()))
            .status()
            .unwrap();
        assert!(stopped.success(), "{}", self.log());
        let left = self.end();
        assert_eq!(left.code, Some(0), "{}", left.stderr);
        left.check_counts();
        left
    }

    /// Waits until it ends by itself.
    pub(crate) fn end(&mut self) -> Left {
        let code = wait_for("the end", || self.child.try_wait().unwrap()).code();
        let mut texts = self.readers.drain(..).map(|reader| reader.join().unwrap());
        let (stdout, stderr) = (texts.next().unwrap(), texts.next().unwrap());
        Left {
            code,
            stdout,
            stderr,
            data_dir: self.data_dir.clone(),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a worker leaves behind.
pub(crate) struct Left {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    data_dir: PathBuf,
}

impl Left {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap()
    }

    pub(crate) fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    pub(crate) fn decisions(&self) -> Vec<Value> {
        rows::decisions(&self.data_dir)
    }

    pub(crate) fn orders(&self) -> Vec<Value> {
        rows::orders(&self.data_dir)
    }

    pub(crate) fn fills(&self) -> Vec<Value> {
        rows::fills(&self.data_dir)
    }

    /// Nothing was ever ordered.
    pub(crate) fn check_no_order(&self) {
        assert_eq!(self.orders(), Vec::<Value>::new());
        let json = self.json();
        assert_eq!((&json["orders"], &json["fills"]), (&0.into(), &0.into()));
        assert_eq!(json["positions"].as_array().unwrap().len(), 0);
    }

    fn check_counts(&self) {
        let json = self.json();
        let counted = [
            ("decisions", self.decisions().len()),
            ("orders", self.orders().len()),
            ("fills", self.fills().len()),
            ("risk_events", rows::risk_events(&self.data_dir).len()),
        ];
        for (name, count) in counted {
            assert_eq!(json[name], count, "{name}");
        }
    }
}

fn collect(stream: impl Read + Send + 'static, shared: Arc<Mutex<String>>) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        let mut line = Vec::new();
        while reader
            .read_until(b'\n', &mut line)
            .is_ok_and(|count| count > 0)
        {
            shared
                .lock()
                .unwrap()
                .push_str(&String::from_utf8_lossy(&line));
            line.clear();
        }
        shared.lock().unwrap().clone()
    })
}
