//! The log: on standard error, plain sentences with fields; `RUST_LOG` chooses what is in it.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Starts the log at that level, unless `RUST_LOG` says otherwise.
pub(crate) fn init(level: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let started = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .try_init();
    if let Err(error) = started {
        eprintln!("The log cannot start: {error}.");
    }
}
