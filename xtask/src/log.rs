//! The log of a step: a file that its commands write, and this program reads.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Lines of a failed step that are shown.
const TAIL_LINES: usize = 40;
/// The part of a log that is read to find them.
const TAIL_BYTES: u64 = 64 * 1024;

/// A step's log.
#[derive(Debug)]
pub(crate) struct Log {
    path: PathBuf,
    file: File,
    /// How much of it was shown; `None` shows nothing.
    shown: Option<u64>,
}

impl Log {
    /// An empty log. With `verbose` it is shown as it grows.
    pub(crate) fn create(path: PathBuf, verbose: bool) -> Result<Self, String> {
        let failed = |error: std::io::Error| {
            format!("The log {} cannot be written: {error}.", path.display())
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        // Appending, because two handles write: this program's and the command's.
        File::create(&path).map_err(failed)?;
        let file = File::options().append(true).open(&path).map_err(failed)?;
        Ok(Self {
            path,
            file,
            shown: verbose.then_some(0),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A handle for a command.
    pub(crate) fn file(&self) -> std::io::Result<File> {
        self.file.try_clone()
    }

    /// A line that says what follows.
    pub(crate) fn heading(&mut self, words: &str) {
        // A log that cannot be written is noticed by the command's own handle.
        let _ = writeln!(self.file, "\n$ {words}");
    }

    /// Everything that was written.
    pub(crate) fn text(&self) -> String {
        std::fs::read(&self.path).map_or_else(
            |_| String::new(),
            |bytes| String::from_utf8_lossy(&bytes).into_owned(),
        )
    }

    /// Shows what is new.
    pub(crate) fn follow(&mut self) {
        let Some(shown) = self.shown else { return };
        let new = read_from(&self.path, SeekFrom::Start(shown));
        print!("{new}");
        self.shown = Some(shown + u64::try_from(new.len()).unwrap_or(0));
    }

    /// Says that a silent step lives, with the line that it wrote last.
    pub(crate) fn sign_of_life(&self, elapsed: Duration) {
        if self.shown.is_none() {
            let end = self.end();
            let last = end
                .lines()
                .rfind(|line| !line.trim().is_empty())
                .unwrap_or_default()
                .trim();
            let short: String = last.chars().take(90).collect();
            println!("  … {} min: {short}", elapsed.as_secs() / 60);
        }
    }

    /// Shows how it ended, unless all of it was shown.
    pub(crate) fn show_tail(&self) {
        if self.shown.is_some() {
            return;
        }
        let end = self.end();
        let lines: Vec<&str> = end.lines().collect();
        for line in lines.iter().skip(lines.len().saturating_sub(TAIL_LINES)) {
            println!("  | {line}");
        }
    }

    fn end(&self) -> String {
        let length = std::fs::metadata(&self.path).map_or(0, |metadata| metadata.len());
        read_from(
            &self.path,
            SeekFrom::Start(length.saturating_sub(TAIL_BYTES)),
        )
    }
}

fn read_from(path: &Path, from: SeekFrom) -> String {
    let mut bytes = Vec::new();
    // What cannot be read is not shown; the file's name is.
    let _ = File::open(path).and_then(|mut file| {
        file.seek(from)?;
        file.read_to_end(&mut bytes)
    });
    String::from_utf8_lossy(&bytes).into_owned()
}
