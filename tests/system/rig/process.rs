//! Running a program to its end, for at most so long.

use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// How a program ended, and what it said.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// It refused with exit code 2 and one sentence, to a person and not to a programmer.
    #[track_caller]
    pub(crate) fn assert_refused_with(&self, words: &[&str]) {
        assert_eq!(self.status.code(), Some(2), "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        let sentence = self
            .stderr
            .strip_prefix("aicoin-worker: ")
            .unwrap_or_else(|| panic!("{self:?}"));
        assert_eq!(sentence.lines().count(), 1, "one line: {self:?}");
        assert!(
            sentence.trim_end().ends_with(['.', '?']),
            "a sentence: {self:?}"
        );
        for trace in ["panicked", "RUST_BACKTRACE", "src/", "Error {", "Err("] {
            assert!(!sentence.contains(trace), "{trace}: {self:?}");
        }
        for word in words {
            assert!(sentence.contains(word), "{word:?} is not in: {sentence}");
        }
    }
}

/// Runs it to the end.
#[track_caller]
pub(crate) fn run(command: &mut Command, limit: Duration) -> Ended {
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .env_remove("RUST_LOG")
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let pid = i32::try_from(child.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw)
        .unwrap();
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    match receiver.recv_timeout(limit) {
        Ok(output) => {
            let output = output.unwrap();
            let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
            Ended {
                status: output.status,
                stdout: text(output.stdout),
                stderr: text(output.stderr),
            }
        }
        Err(_) => {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            panic!("not done within {limit:?}: {command:?}");
        }
    }
}
