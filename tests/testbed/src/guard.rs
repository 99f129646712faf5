//! A process that takes everything away when its owner ends, by whatever means: a killed test, a `static` that is never
//! dropped, Ctrl-C.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use crate::{Error, Result, cache, run, wait};

/// What it does; a shell script, because it must be there without having been built.
const SCRIPT: &str = include_str!("guard.sh");

/// How long taking away may last.
const LIMIT: Duration = Duration::from_secs(60);

/// Watches over a folder and what runs for it.
#[derive(Debug)]
pub(crate) struct Guard {
    folder: PathBuf,
    child: Child,
    /// Open for as long as the owner lives.
    life: Option<ChildStdin>,
}

impl Guard {
    /// From now on the folder and its processes end with this process.
    pub(crate) fn watch(folder: &Path) -> Result<Self> {
        // A file, so that a list of processes stays readable.
        let path = folder.join("guard.sh");
        cache::write(&path, SCRIPT)?;
        let mut child = Command::new("sh")
            .args([&path, Path::new("wait"), folder])
            // A group of its own, so that what ends the owner's group does not end it.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| Error::new(format!("sh cannot be started: {error}.")))?;
        let life = child.stdin.take();
        Ok(Self {
            folder: folder.to_owned(),
            child,
            life,
        })
    }

    /// The folder and its processes stay when this process ends.
    pub(crate) fn leave(mut self) -> Result<()> {
        if let Some(mut life) = self.life.take() {
            life.write_all(b"leave\n")
                .map_err(|error| Error::new(format!("The guard is gone: {error}.")))?;
        }
        self.ended()
    }

    /// Takes all away and says what could not be.
    pub(crate) fn finish(mut self) -> Result<()> {
        self.life.take();
        self.ended()
    }

    fn ended(&mut self) -> Result<()> {
        let what = format!("{} is taken away", self.folder.display());
        let child = &mut self.child;
        let status = wait::until(&what, LIMIT, || {
            child
                .try_wait()
                .map_err(|error| Error::new(format!("The guard cannot be waited for: {error}.")))
        })?;
        if status.success() {
            Ok(())
        } else {
            Err(Error::new(format!(
                "Something is left of {}.",
                self.folder.display()
            )))
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Who wants to know whether it worked calls `finish`.
        if self.life.take().is_some() {
            let _ = self.ended();
        }
    }
}

/// Takes away what another process left.
pub(crate) fn take_away(folder: &Path) -> Result<()> {
    let mut sh = Command::new("sh");
    sh.args(["-c", SCRIPT, "guard.sh", "now"]).arg(folder);
    run::output(&mut sh, LIMIT).map(drop)
}
