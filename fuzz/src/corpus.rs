//! The examples that a run begins with: `corpus/NAME`, one input per file.

use std::path::{Path, PathBuf};

use crate::target::Target;

/// This package's folder.
fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where inputs go that broke something, as cargo-fuzz has it.
pub(crate) fn artifacts(target: &Target) -> PathBuf {
    folder().join("artifacts").join(target.name)
}

/// The files of a target's corpus in the order of their names, with what is in each.
///
/// # Errors
/// A sentence, when a file cannot be read or there is none.
pub(crate) fn read(target: &Target) -> Result<Vec<(PathBuf, Vec<u8>)>, String> {
    let corpus = folder().join("corpus").join(target.name);
    let failed =
        |error: std::io::Error| format!("The corpus {} cannot be read: {error}.", corpus.display());
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(&corpus).map_err(failed)? {
        paths.push(entry.map_err(failed)?.path());
    }
    // A folder's own order differs from machine to machine.
    paths.sort();
    if paths.is_empty() {
        return Err(format!("The corpus {} is empty.", corpus.display()));
    }
    paths
        .into_iter()
        .map(|path| Ok((path.clone(), std::fs::read(&path).map_err(failed)?)))
        .collect()
}
