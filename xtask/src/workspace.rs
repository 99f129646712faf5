//! Where things are: the checkout, the cache folder, the builds.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The signals that stop a run: Ctrl-C, a polite kill, a terminal that goes away.
const STOPS: [i32; 3] = [
    signal_hook::consts::SIGINT,
    signal_hook::consts::SIGTERM,
    signal_hook::consts::SIGHUP,
];

/// The checkout and what belongs to it.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    /// Everything that is built: outside the checkout, so that a clean one builds warm.
    pub(crate) target: PathBuf,
    /// One log file per step of the last run.
    pub(crate) logs: PathBuf,
    /// A cache for byte code, so that Python writes none beside the sources.
    pub(crate) pycache: PathBuf,
    stopped: Arc<AtomicBool>,
}

impl Workspace {
    /// Finds the folders. `Err` is a sentence.
    pub(crate) fn find() -> Result<Self, String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .ok_or("The checkout has no folder.")?
            .to_owned();
        let cache = match (std::env::var_os("XDG_CACHE_HOME"), std::env::var_os("HOME")) {
            (Some(cache), _) if !cache.is_empty() => PathBuf::from(cache),
            (_, Some(home)) => PathBuf::from(home).join(".cache"),
            (_, None) => {
                return Err(
                    "Neither XDG_CACHE_HOME nor HOME is set: there is no cache folder.".to_owned(),
                );
            }
        }
        .join("aicoin");
        let target = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| cache.join("target"), PathBuf::from);
        // Commands run in the checkout, wherever this one was started.
        let target = std::path::absolute(&target)
            .map_err(|error| format!("{}: {error}.", target.display()))?;
        // Two checkouts share the builds and not the logs.
        let checkout = root
            .to_string_lossy()
            .trim_start_matches('/')
            .replace('/', "-");
        let stopped = Arc::new(AtomicBool::new(false));
        for signal in STOPS {
            signal_hook::flag::register(signal, Arc::clone(&stopped))
                .map_err(|error| format!("Signals cannot be watched: {error}."))?;
        }
        Ok(Self {
            root,
            target,
            logs: cache.join("logs").join(checkout),
            pycache: cache.join("pycache"),
            stopped,
        })
    }

    /// Somebody wants it to end.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// A command that runs in the checkout, with the builds in the cache.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("PYTHONPYCACHEPREFIX", &self.pycache);
        // What `cargo run` told this program about itself would make build scripts run again that look at it.
        for (name, _) in std::env::vars_os() {
            let own = name.to_string_lossy();
            if own == "CARGO" || own.starts_with("CARGO_PKG_") || own.starts_with("CARGO_MANIFEST_")
            {
                command.env_remove(&name);
            }
        }
        command
    }

    /// `cargo` with these arguments.
    pub(crate) fn cargo(&self, args: &[&str]) -> Command {
        let mut command = self.command("cargo");
        command.args(args).env("CARGO_TERM_COLOR", "never");
        command
    }

    /// Where the `images` step writes.
    pub(crate) fn images(&self) -> PathBuf {
        self.target.join("images")
    }

    /// The worker that the `release` step builds.
    pub(crate) fn worker(&self) -> PathBuf {
        self.target.join("release").join("aicoin-worker")
    }

    /// The simulator that the `release` step builds.
    pub(crate) fn simulator(&self) -> PathBuf {
        self.target.join("release").join("aicoin-sim")
    }
}

/// Whether a program is on the PATH.
pub(crate) fn on_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}
