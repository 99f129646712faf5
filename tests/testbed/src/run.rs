//! Running a program to its end, for at most so long.

use std::os::unix::process::CommandExt as _;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use crate::{Error, Result};

/// What it printed. A failure is an error with its own last words.
pub(crate) fn output(command: &mut Command, limit: Duration) -> Result<String> {
    let Some(ended) = ended(command, limit)? else {
        return Err(Error::new(format!(
            "`{}` was not done after {} s, and ended.",
            shown(command),
            limit.as_secs()
        )));
    };
    if ended.status.success() {
        return Ok(String::from_utf8_lossy(&ended.stdout).into_owned());
    }
    let words = String::from_utf8_lossy(&ended.stderr);
    let lines: Vec<&str> = words.lines().collect();
    let last = lines
        .get(lines.len().saturating_sub(5)..)
        .unwrap_or_default();
    Err(Error::new(format!(
        "`{}` ended with {}: {}",
        shown(command),
        ended.status,
        last.join("\n").trim()
    )))
}

/// Whether it ended well, and in time; what it says is of no interest.
pub(crate) fn succeeds(command: &mut Command, limit: Duration) -> Result<bool> {
    Ok(ended(command, limit)?.is_some_and(|output| output.status.success()))
}

/// `None` when it had to be ended: a machine that is busy is slow, and whoever looks again may find it better.
fn ended(command: &mut Command, limit: Duration) -> Result<Option<Output>> {
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(|error| Error::new(format!("`{}` cannot be started: {error}.", shown(command))))?;
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    match receiver.recv_timeout(limit) {
        Ok(output) => output
            .map(Some)
            .map_err(|error| Error::new(format!("`{}` has no end: {error}.", shown(command)))),
        Err(_) => {
            if let Some(group) = group {
                // Nothing to be done when it is gone already.
                let _ = kill_process_group(group, Signal::KILL);
            }
            Ok(None)
        }
    }
}

/// The command as a person would type it.
pub(crate) fn shown(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}
