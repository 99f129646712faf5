//! The data directory belongs to one process. The system lets go of the lock when the process dies, however it dies.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::error::StoreError;

const LOCK_FILE: &str = "aicoin.lock";

/// Held as long as the data directory is ours.
#[derive(Debug)]
pub(crate) struct DirLock {
    file: File,
}

impl Drop for DirLock {
    fn drop(&mut self) {
        // Closing alone is not enough while a child process that is just starting still shares the open file.
        let _ = self.file.unlock();
    }
}

impl DirLock {
    /// Makes the directory, where it is not there, and takes it. Never waits.
    pub(crate) fn take(dir: &Path) -> Result<Self, StoreError> {
        make_dir(dir).map_err(|error| StoreError::from_io(dir, &error))?;
        let path = dir.join(LOCK_FILE);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| StoreError::from_io(&path, &error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::Locked {
                    dir: dir.to_owned(),
                    pid: read_pid(&mut file),
                });
            }
            Err(TryLockError::Error(error)) => return Err(StoreError::from_io(&path, &error)),
        }
        write_pid(&mut file).map_err(|error| StoreError::from_io(&path, &error))?;
        Ok(Self { file })
    }
}

fn make_dir(dir: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    // Replies of models and the account's history are nobody else's business.
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

fn write_pid(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn read_pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
