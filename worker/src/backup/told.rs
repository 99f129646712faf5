//! What a person sees of it: a bar while it lasts, and what it came to.

use std::cell::Cell;
use std::io::{IsTerminal, Write as _};

use aicoin_store::backup::{BackupReport, Progress};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::fault::Fault;

/// A bar; on a terminal only.
pub(super) struct Bar {
    bar: ProgressBar,
    /// What is being done, as the bar says it.
    doing: Cell<&'static str>,
}

impl Bar {
    pub(super) fn new() -> Self {
        let bar = if std::io::stderr().is_terminal() {
            ProgressBar::new(0)
        } else {
            ProgressBar::hidden()
        };
        let style = ProgressStyle::with_template("{msg:9} {bar:30} {percent:>3} %  {eta} left")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style);
        Self {
            bar,
            doing: Cell::new(""),
        }
    }

    pub(super) fn show(&self, progress: Progress) {
        let Progress { doing, done, total } = progress;
        if self.doing.replace(doing) != doing {
            self.bar.set_message(doing);
            self.bar.set_length(total);
            self.bar.reset_eta();
        }
        self.bar.set_position(done);
    }

    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

/// Prints what was done, for a person or a program.
pub(super) fn print(as_json: bool, begin: &str, report: &BackupReport) -> Result<(), Fault> {
    let total: u64 = report.rows.iter().map(|(_, rows)| *rows).sum();
    let text = if as_json {
        let tables: serde_json::Map<String, serde_json::Value> = report
            .rows
            .iter()
            .map(|(table, rows)| ((*table).to_owned(), json!(rows)))
            .collect();
        let report = json!({
            "bot": report.bot,
            "taken_at_ms": report.taken_at_ms,
            "file_bytes": report.file_bytes,
            "rows": total,
            "tables": tables,
        });
        format!("{report}\n")
    } else {
        let time = jiff::Timestamp::from_millisecond(report.taken_at_ms)
            .map_or_else(|_| "an unknown time".to_owned(), |time| time.to_string());
        format!(
            "{begin}: {total} rows of {} tables as of {time}, {} bytes.\n",
            report.rows.len(),
            report.file_bytes
        )
    };
    std::io::stdout()
        .write_all(text.as_bytes())
        .map_err(|error| Fault::usage(format!("The report cannot be printed: {error}.")))
}
