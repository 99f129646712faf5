//! The starts of a bot on one data directory, for the crash breaker: a process that dies again and again stops opening
//! positions, although each new one forgets why the last one died.
//!
//! A small file beside the database, because a damaged database may be what it dies of. A start counts as one after a
//! crash when the process before it did not say that it stopped. Only the owner of the directory's lock may come here.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::shell::Crashes;

const FILE: &str = "starts.json";
/// So many crashes within five minutes halt the bot.
pub(crate) const CRASHES_MAX: u32 = 3;
/// Crashes that are remembered: more than the breaker looks at.
const REMEMBERED_MAX: usize = 16;
/// The file has some 400 bytes.
const FILE_BYTES_MAX: u64 = 16 * 1024;

/// What stands in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Noted {
    /// A process runs, or died without a word.
    running: bool,
    /// When processes were started after one that had died, wall clock, ms, oldest first.
    crashes_ms: Vec<i64>,
}

/// The starts so far, this one noted.
#[derive(Debug)]
pub(crate) struct Starts {
    dir: PathBuf,
    noted: Noted,
    /// This start came after a crash, and there were too many lately.
    trips: bool,
}

impl Starts {
    /// Notes this start.
    pub(crate) fn note(dir: &Path, now_ms: i64) -> Self {
        let before = read(&dir.join(FILE));
        let after_crash = before.running;
        let mut crashes_ms = before.crashes_ms;
        if after_crash {
            crashes_ms.push(now_ms);
        }
        let forgotten = crashes_ms.len().saturating_sub(REMEMBERED_MAX);
        crashes_ms.drain(..forgotten);
        let recent = Crashes::at(crashes_ms.clone()).recent(now_ms);
        let starts = Self {
            dir: dir.to_owned(),
            noted: Noted {
                running: true,
                crashes_ms,
            },
            trips: after_crash && recent >= CRASHES_MAX,
        };
        starts.write();
        starts
    }

    /// When earlier processes crashed.
    pub(crate) fn crashes(&self) -> Crashes {
        Crashes::at(self.noted.crashes_ms.clone())
    }

    /// The bot is to be halted.
    pub(crate) const fn trips(&self) -> bool {
        self.trips
    }

    /// This process stops in order. What was counted stays counted.
    pub(crate) fn stopped(mut self) {
        self.noted.running = false;
        self.write();
    }

    /// A disk that cannot take it must not keep the bot from closing positions: it is said, and that is all.
    fn write(&self) {
        if let Err(error) = write(&self.dir, &self.noted) {
            tracing::warn!(
                "The start cannot be noted in {}: {error}; crashes are not counted",
                self.dir.join(FILE).display()
            );
        }
    }
}

/// A file that nobody can read counts as a process that died while it wrote it.
fn read(file: &Path) -> Noted {
    let text = match fs::metadata(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Noted::default(),
        Ok(metadata) if metadata.len() <= FILE_BYTES_MAX => fs::read_to_string(file),
        Ok(_) => Err(io::Error::other("it is too large")),
        Err(error) => Err(error),
    };
    let noted = text.and_then(|text| serde_json::from_str(&text).map_err(io::Error::other));
    noted.unwrap_or_else(|error| {
        tracing::warn!("{} cannot be read: {error}", file.display());
        Noted {
            running: true,
            crashes_ms: Vec::new(),
        }
    })
}

/// Written beside and renamed: a crash leaves the whole file, the old or the new one.
fn write(dir: &Path, noted: &Noted) -> io::Result<()> {
    let draft = dir.join("starts.new");
    let mut file = File::create(&draft)?;
    serde_json::to_writer(&mut file, noted)?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    fs::rename(&draft, dir.join(FILE))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000_000;

    #[test]
    fn the_third_crash_within_five_minutes_trips_it() {
        let dir = tempfile::tempdir().unwrap();
        let trips: Vec<(bool, u32)> = (0..5)
            .map(|number| {
                let now_ms = NOW + number * 1_000;
                let starts = Starts::note(dir.path(), now_ms);
                (starts.trips(), starts.crashes().recent(now_ms))
            })
            .collect();
        assert_eq!(
            trips,
            [(false, 0), (false, 1), (false, 2), (true, 3), (true, 4)]
        );
    }

    #[test]
    fn crashes_that_are_far_apart_do_not() {
        let dir = tempfile::tempdir().unwrap();
        for number in 0..40 {
            let starts = Starts::note(dir.path(), NOW + number * 151_000);
            assert!(!starts.trips(), "{number}");
            assert!(starts.noted.crashes_ms.len() <= REMEMBERED_MAX);
        }
    }

    #[test]
    fn a_clean_stop_is_no_crash_and_makes_none_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        for _ in 0..10 {
            let starts = Starts::note(dir.path(), NOW);
            assert_eq!(starts.crashes().recent(NOW), 0);
            starts.stopped();
        }
        for _ in 0..3 {
            Starts::note(dir.path(), NOW);
        }
        let starts = Starts::note(dir.path(), NOW);
        assert_eq!((starts.trips(), starts.crashes().recent(NOW)), (true, 3));
        starts.stopped();
        let starts = Starts::note(dir.path(), NOW);
        assert_eq!((starts.trips(), starts.crashes().recent(NOW)), (false, 3));
        drop(starts);
        assert!(Starts::note(dir.path(), NOW).trips());
    }

    #[test]
    fn a_damaged_file_counts_as_a_crash_and_stops_nobody() {
        let dir = tempfile::tempdir().unwrap();
        for text in ["", "{", "[]", &"x".repeat(20_000)] {
            fs::write(dir.path().join(FILE), text).unwrap();
            let starts = Starts::note(dir.path(), NOW);
            assert_eq!((starts.trips(), starts.crashes().recent(NOW)), (false, 1));
        }
    }
}
