//! The operator as a process.

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// The binary under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_aicoin-operator");
/// To end, or to say that it cannot begin.
const END_LIMIT: Duration = Duration::from_secs(60);

/// A running one; it is killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Binary {
    child: Child,
}

impl Binary {
    /// Runs it with these arguments, its log in a file.
    pub(crate) fn run(arguments: &[String], log: &Path) -> Self {
        let log = std::fs::File::create(log).unwrap();
        let child = Command::new(PROGRAM)
            .args(arguments)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Self { child }
    }

    /// `STOP`, `CONT`, `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([format!("-{name}"), self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
    }

    /// How it ended.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        let deadline = Instant::now() + END_LIMIT;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Binary {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs it to its end: the exit code, standard output and standard error.
pub(crate) fn ended(arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut child = Command::new(PROGRAM)
        .args(arguments)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).unwrap();
        text
    });
    let mut binary = Binary { child };
    let code = binary.ended().code();
    let mut text = String::new();
    stderr.read_to_string(&mut text).unwrap();
    (code, reader.join().unwrap(), text)
}
