//! How the store is, and how much room it has.

use std::path::Path;

/// The answer to [`crate::Store::probe`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Probe {
    /// How long a small read took, ms.
    pub latency_ms: f64,
    /// What this user may still write on the disk of the data directory; `None` where the system does not say.
    pub free_bytes: Option<u64>,
    /// The size of that disk.
    pub total_bytes: Option<u64>,
    /// What the database takes, its write-ahead log included.
    pub used_bytes: u64,
}

/// Room on the disk of a path: what is free for us, and its whole size.
pub(crate) fn disk_space(path: &Path) -> Option<(u64, u64)> {
    #[cfg(unix)]
    {
        let stat = rustix::fs::statvfs(path).ok()?;
        let free = stat.f_bavail.checked_mul(stat.f_frsize)?;
        let total = stat.f_blocks.checked_mul(stat.f_frsize)?;
        Some((free, total))
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}
