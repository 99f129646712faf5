//! A file that is not there before it is whole: written under another name beside, made durable, and renamed.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::error::BackupError;

/// A file that is being written. Dropped before it is kept, it is gone.
#[derive(Debug)]
pub(super) struct Draft {
    file: File,
    /// Where it is meanwhile.
    path: PathBuf,
    /// Where it goes.
    to: PathBuf,
    force: bool,
    kept: bool,
}

impl Draft {
    pub(super) fn create(to: &Path, force: bool) -> Result<Self, BackupError> {
        refuse_existing(to, force)?;
        let name = to.file_name().ok_or_else(|| BackupError::Unwritable {
            file: to.to_owned(),
            cause: "it is no name of a file".to_owned(),
        })?;
        let mut draft_name = std::ffi::OsString::from(".");
        draft_name.push(name);
        draft_name.push(format!(".{}.new", std::process::id()));
        let path = to.with_file_name(draft_name);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        // Replies of models and the account's history are nobody else's business.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options
            .open(&path)
            .map_err(|error| BackupError::unwritable(to, &error))?;
        Ok(Self {
            file,
            path,
            to: to.to_owned(),
            force,
            kept: false,
        })
    }

    pub(super) fn to(&self) -> &Path {
        &self.to
    }

    /// Makes it durable under its name. Its size, bytes.
    pub(super) fn keep(mut self) -> Result<u64, BackupError> {
        // Somebody may have been faster.
        refuse_existing(&self.to, self.force)?;
        let bytes = self
            .publish()
            .map_err(|error| BackupError::unwritable(&self.to, &error))?;
        self.kept = true;
        Ok(bytes)
    }

    fn publish(&mut self) -> io::Result<u64> {
        self.file.sync_all()?;
        let bytes = self.file.metadata()?.len();
        std::fs::rename(&self.path, &self.to)?;
        let folder = match self.to.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            Some(_) | None => Path::new("."),
        };
        // The name is as durable as what is in it.
        File::open(folder)?.sync_all()?;
        Ok(bytes)
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.kept {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn refuse_existing(to: &Path, force: bool) -> Result<(), BackupError> {
    // A dangling link is something, too.
    if !force && std::fs::symlink_metadata(to).is_ok() {
        return Err(BackupError::Exists {
            file: to.to_owned(),
        });
    }
    Ok(())
}
