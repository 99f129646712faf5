//! What happened in a run, as lines that a person can read. Costs nothing unless somebody wants to read it.

use std::collections::VecDeque;
use std::fmt::Write as _;

/// How many lines are kept: the last ones say why.
const LINES_MAX: usize = 200_000;

/// The history of a run.
#[derive(Debug, Default)]
pub struct History {
    is_kept: bool,
    began_at: i64,
    lines: VecDeque<String>,
}

impl History {
    pub(crate) fn new(is_kept: bool, began_at: i64) -> Self {
        Self {
            is_kept,
            began_at,
            lines: VecDeque::new(),
        }
    }

    /// Whether lines are kept: what is costly to word is worded only then.
    pub(crate) const fn is_kept(&self) -> bool {
        self.is_kept
    }

    /// A line at that time.
    pub(crate) fn say(&mut self, now: i64, words: impl FnOnce() -> String) {
        if !self.is_kept {
            return;
        }
        if self.lines.len() == LINES_MAX {
            self.lines.pop_front();
        }
        let (secs, ms) = ((now - self.began_at) / 1000, (now - self.began_at) % 1000);
        let mut line = String::new();
        // Writing to a string cannot fail.
        let _ = write!(
            line,
            "{:02}:{:02}:{:02}.{ms:03} {}",
            secs / 3600,
            secs / 60 % 60,
            secs % 60,
            words()
        );
        self.lines.push_back(line);
    }

    /// The lines, the oldest first.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }
}
