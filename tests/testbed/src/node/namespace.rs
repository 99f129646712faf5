//! A node's own network, mounts and processes, held by one process: with it, everything in them ends.

use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::rig::MARK;
use crate::{Error, Result, cache, rig, wait};

const SCRIPT: &str = include_str!("namespace.sh");
/// Only mounts and files are made.
const LIMIT: Duration = Duration::from_secs(20);

/// The namespaces of a node.
#[derive(Debug)]
pub(super) struct Namespace {
    /// As the host counts.
    pid: u32,
    /// `unshare`, when this process started it.
    child: Option<Child>,
}

impl Namespace {
    /// Makes them.
    pub(super) fn make(folder: &Path, cgroup: &str) -> Result<Self> {
        // A file, so that a list of processes stays readable.
        let script = folder.join("namespace.sh");
        cache::write(&script, SCRIPT)?;
        let log = folder.join("namespace.log");
        let file = File::create(&log).map_err(|error| Error::file(&log, "written", &error))?;
        let mut child = Command::new("unshare")
            .args(["--net", "--mount", "--pid", "--fork", "--kill-child"])
            .arg("sh")
            .args([&script, folder, Path::new(cgroup)])
            .env(MARK, folder)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(file)
            .spawn()
            .map_err(|error| Error::new(format!("unshare cannot be started: {error}.")))?;
        let pid = wait::until("the node's namespaces are made", LIMIT, || {
            if let Some(status) = child.try_wait().ok().flatten() {
                let words = std::fs::read_to_string(&log).unwrap_or_default();
                return Err(Error::new(format!(
                    "The node's namespaces cannot be made ({status}): {}",
                    words.trim()
                )));
            }
            Ok(noted(folder))
        })?;
        Ok(Self {
            pid,
            child: Some(child),
        })
    }

    /// Those that another process made, when they are still there.
    pub(super) fn find(folder: &Path) -> Option<Self> {
        let pid = noted(folder)?;
        rig::marked(folder)
            .any(|marked| marked == pid)
            .then_some(Self { pid, child: None })
    }

    pub(super) fn pid(&self) -> u32 {
        self.pid
    }

    /// What comes before a program that shall run in them.
    pub(super) fn entry(&self) -> Vec<String> {
        ["nsenter", "--net", "--mount", "--pid", "--target"]
            .map(str::to_owned)
            .into_iter()
            .chain([self.pid.to_string(), "--".to_owned()])
            .collect()
    }
}

/// It was killed before: this only lets no zombie stay.
impl Drop for Namespace {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.try_wait();
        }
    }
}

fn noted(folder: &Path) -> Option<u32> {
    let text = std::fs::read_to_string(folder.join("namespace")).ok()?;
    text.trim().parse().ok()
}
