//! How a step ended.

use crate::command::Trouble;
use crate::tally::Tally;

/// How a step ended, in counts, and in sentences where something has to be said.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) tally: Tally,
    /// What failed.
    pub(crate) failures: Vec<String>,
    /// What was skipped, and why: a skip is never silent.
    pub(crate) skips: Vec<String>,
    /// Figures and other things to be seen.
    pub(crate) notes: Vec<String>,
}

impl Outcome {
    pub(crate) fn passed() -> Self {
        Self {
            tally: Tally::PASSED,
            ..Self::default()
        }
    }

    pub(crate) fn failed(sentence: impl Into<String>) -> Self {
        Self {
            tally: Tally::FAILED,
            failures: vec![sentence.into()],
            ..Self::default()
        }
    }

    pub(crate) fn skipped(reason: impl Into<String>) -> Self {
        Self {
            tally: Tally::SKIPPED,
            skips: vec![reason.into()],
            ..Self::default()
        }
    }

    /// Of a single command.
    pub(crate) fn of(what: &str, result: Result<(), Trouble>) -> Self {
        match result {
            Ok(()) => Self::passed(),
            Err(trouble) => Self::failed(format!("{what}: {trouble}")),
        }
    }

    /// Both together.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.tally += other.tally;
        self.failures.extend(other.failures);
        self.skips.extend(other.skips);
        self.notes.extend(other.notes);
        self
    }

    pub(crate) fn word(&self) -> &'static str {
        if self.tally.failed > 0 {
            "FAILED"
        } else if self.tally.passed == 0 {
            "skipped"
        } else {
            "passed"
        }
    }
}
