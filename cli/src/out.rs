//! Standard output and standard error. The only place that writes.
//!
//! Never: passes a character on that does something to a terminal.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use crate::fault::Fault;
use crate::text;

/// How far the exit code has come: the worst of all bots decides.
#[derive(Debug, Default)]
pub(crate) struct Out {
    code: u8,
}

impl Out {
    /// A result, on standard output.
    pub(crate) fn say(&mut self, text: &str) {
        write(&mut std::io::stdout().lock(), &text::screen(text));
    }

    /// A step on the way, on standard error.
    pub(crate) fn note(&mut self, text: &str) {
        write(&mut std::io::stderr().lock(), &text::screen(text));
    }

    /// Something went wrong: a sentence on standard error, and the exit code.
    pub(crate) fn fail(&mut self, fault: &Fault) {
        self.code = self.code.max(fault.code());
        self.note(&format!("kubectl-tradingbot: {fault}"));
    }

    /// The end.
    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }
}

/// Is somebody there who can type an answer?
pub(crate) fn can_be_asked() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Who reads from a pipe may have seen enough: that is no failure of the command.
fn write(stream: &mut impl std::io::Write, text: &str) {
    let end = if text.ends_with('\n') { "" } else { "\n" };
    let _ = write!(stream, "{text}{end}").and_then(|()| stream.flush());
}

/// A question without a line end behind it.
pub(crate) fn prompt(text: &str) {
    let mut stream = std::io::stderr().lock();
    let _ = write!(stream, "{}", text::screen(text)).and_then(|()| stream.flush());
}
