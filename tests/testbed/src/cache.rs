//! The folders outside the checkout: what is built once, and the state of what runs.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::{Error, Result};

/// `$XDG_CACHE_HOME/aicoin`, or `~/.cache/aicoin`.
pub(crate) fn folder() -> Result<PathBuf> {
    let named = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let cache = match (named("XDG_CACHE_HOME"), named("HOME")) {
        (Some(cache), _) => cache,
        (None, Some(home)) => home.join(".cache"),
        (None, None) => {
            return Err(Error::new(
                "Neither XDG_CACHE_HOME nor HOME is set: there is no cache folder.",
            ));
        }
    };
    std::path::absolute(cache.join("aicoin"))
        .map_err(|error| Error::new(format!("The cache folder has no absolute path: {error}.")))
}

/// Where a node or control plane of this process keeps its state; a new name at every call.
pub(crate) fn new_run(kind: &str) -> Result<PathBuf> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    run(&format!("{kind}-{}-{count}", std::process::id()))
}

/// Where the state with this name is kept.
pub(crate) fn run(name: &str) -> Result<PathBuf> {
    Ok(folder()?.join("run").join(name))
}

/// Makes a folder and all above it.
pub(crate) fn make(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|error| Error::file(folder, "made", &error))
}

/// Writes a whole file.
pub(crate) fn write(path: &Path, text: impl AsRef<[u8]>) -> Result<()> {
    std::fs::write(path, text).map_err(|error| Error::file(path, "written", &error))
}

/// Waits until no other process holds the lock of this name. It is given back with the file, or when the process ends.
pub(crate) fn lock(path: &Path) -> Result<File> {
    if let Some(folder) = path.parent() {
        make(folder)?;
    }
    let file = File::options()
        .create(true)
        .append(true)
        .open(path)
        .map_err(|error| Error::file(path, "opened", &error))?;
    file.lock()
        .map_err(|error| Error::file(path, "locked", &error))?;
    Ok(file)
}
