//! Running a command with its output in a log file and an end: its whole process group dies when its time is up.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::log::Log;
use crate::workspace::Workspace;

/// How often a running command is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// A step that is silent on the terminal says that it lives.
const SIGN_OF_LIFE_EVERY: Duration = Duration::from_secs(60);

/// Why a command did not do its work.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// It could not be started.
    NotStarted(String),
    /// It ended with a failure.
    Failed(ExitStatus),
    /// It took too long and was ended.
    TimedOut(Duration),
    /// Somebody stopped the run.
    Stopped,
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotStarted(sentence) => f.write_str(sentence),
            Self::Failed(status) => write!(f, "ended with {status}"),
            Self::TimedOut(limit) => write!(f, "not done after {} s, and ended", limit.as_secs()),
            Self::Stopped => f.write_str("stopped by a signal"),
        }
    }
}

/// Runs a command to its end, or ends it. All that it prints goes to the log.
pub(crate) fn run(
    workspace: &Workspace,
    log: &mut Log,
    mut command: Command,
    limit: Duration,
) -> Result<(), Trouble> {
    log.heading(&words(&command));
    let output = |file: std::io::Result<File>| {
        file.map(Stdio::from)
            .map_err(|error| Trouble::NotStarted(format!("The log cannot be written: {error}")))
    };
    command
        .stdin(Stdio::null())
        .stdout(output(log.file())?)
        .stderr(output(log.file())?)
        .process_group(0);
    let program = command.get_program().to_string_lossy().into_owned();
    let child = command
        .spawn()
        .map_err(|error| Trouble::NotStarted(format!("{program} cannot be started: {error}")))?;
    wait(workspace, log, child, limit)
}

fn wait(
    workspace: &Workspace,
    log: &mut Log,
    mut child: Child,
    limit: Duration,
) -> Result<(), Trouble> {
    let begun = Instant::now();
    let mut sign_of_life = SIGN_OF_LIFE_EVERY;
    loop {
        let ended = child
            .try_wait()
            .map_err(|error| Trouble::NotStarted(format!("It cannot be waited for: {error}")))?;
        log.follow();
        match ended {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(Trouble::Failed(status)),
            None => {}
        }
        let trouble = if workspace.is_stopped() {
            Some(Trouble::Stopped)
        } else if begun.elapsed() >= limit {
            Some(Trouble::TimedOut(limit))
        } else {
            None
        };
        if let Some(trouble) = trouble {
            end(&mut child);
            return Err(trouble);
        }
        if begun.elapsed() >= sign_of_life {
            sign_of_life += SIGN_OF_LIFE_EVERY;
            log.sign_of_life(begun.elapsed());
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// Ends a command and everything that it started.
fn end(child: &mut Child) {
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let Some(group) = group {
        // Nothing to be done when it is gone already.
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = child.wait();
}

fn words(command: &Command) -> String {
    let args = command.get_args().map(|arg| arg.to_string_lossy());
    std::iter::once(command.get_program().to_string_lossy())
        .chain(args)
        .collect::<Vec<_>>()
        .join(" ")
}
