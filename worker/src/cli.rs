//! The command line. Each flag is described once, here; help comes from it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

/// AI-driven trading bots: run one locally, backtest one, control one.
#[derive(Debug, Parser)]
#[command(name = "aicoin-worker", version, about, max_term_width = 100)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a TradingBot on this machine, with a page to watch it and nothing else needed.
    Local(LocalArgs),
    /// Run a TradingBot's rule over recorded candles.
    Backtest(BacktestArgs),
    /// Pause, resume, flatten or look at a bot that runs on this machine.
    Ctl(CtlArgs),
}

/// Flags of `local`.
#[derive(Debug, Args)]
pub(crate) struct LocalArgs {
    /// The TradingBot manifest, the very same YAML that a cluster takes.
    pub manifest: PathBuf,
    /// Where the page and the API listen.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8000")]
    pub listen: SocketAddr,
    /// Where everything is kept: aicoin.db, the lock and the control socket.
    #[arg(
        long,
        value_name = "DIR",
        env = "AICOIN_DATA_DIR",
        default_value = "./aicoin-data"
    )]
    pub data_dir: PathBuf,
    /// The control socket; in the data directory unless said otherwise.
    #[arg(long, value_name = "PATH", env = "AICOIN_SOCKET")]
    pub socket: Option<PathBuf>,
    /// Simulated time runs this many times faster than the clock.
    #[arg(long, value_name = "N", default_value = "1", value_parser = speed)]
    pub speed: f64,
    /// Stop by itself after this long, by the wall clock (for example 30s, 5m, 1h).
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub run_for: Option<Duration>,
    /// Secrets are read from DIR/<secret name>/<key>.
    #[arg(long, value_name = "DIR")]
    pub secrets_dir: Option<PathBuf>,
    /// At the end, print one JSON object on standard output and nothing else; all the rest goes to standard error.
    #[arg(long)]
    pub json: bool,
    /// The third yes that mode Live needs.
    #[arg(long, env = "AICOIN_ALLOW_LIVE")]
    pub allow_live: bool,
}

/// Flags of `backtest`.
#[derive(Debug, Args)]
pub(crate) struct BacktestArgs {
    /// The TradingBot manifest.
    pub manifest: PathBuf,
    /// A CSV file (time,open,high,low,close,volume) for the first market, or MARKET=FILE for a certain one; repeatable.
    #[arg(long, value_name = "[MARKET=]FILE", required = true)]
    pub candles: Vec<String>,
    /// Print one JSON object on standard output.
    #[arg(long)]
    pub json: bool,
    /// Where the page with the equity chart goes [default: backtest-report.html; none with --json].
    #[arg(long, value_name = "FILE.html")]
    pub report: Option<PathBuf>,
}

/// Flags of `ctl`.
#[derive(Debug, Args)]
pub(crate) struct CtlArgs {
    /// What to do with the bot.
    #[arg(value_enum)]
    pub verb: Verb,
    /// The data directory of the bot.
    #[arg(
        long,
        value_name = "DIR",
        env = "AICOIN_DATA_DIR",
        default_value = "./aicoin-data"
    )]
    pub data_dir: PathBuf,
    /// The bot's control socket; in the data directory unless said otherwise.
    #[arg(long, value_name = "PATH", env = "AICOIN_SOCKET")]
    pub socket: Option<PathBuf>,
    /// Come back only once it is effective, not just accepted.
    #[arg(long)]
    pub wait: bool,
    /// How long to wait at most.
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration)]
    pub timeout: Duration,
    /// Print the whole status as JSON.
    #[arg(long)]
    pub json: bool,
}

/// What `ctl` can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Verb {
    /// Open nothing more; stops and exits go on.
    Pause,
    /// Lift the local hold.
    Resume,
    /// Flatten every position and cancel every order.
    CloseAll,
    /// Show how the bot is.
    Status,
}

/// `30s`, `5m`, `1h`, `250ms`, or several of them: `1h30m`.
fn duration(text: &str) -> Result<Duration, String> {
    let span: aicoin_api::bot::Span = text.parse().map_err(|error| format!("{text:?} {error}"))?;
    u64::try_from(span.0.0)
        .map(Duration::from_millis)
        .map_err(|_| "it must not be negative".to_owned())
}

/// From a tenth to ten thousand: faster, and the page shows nothing but a blur.
fn speed(text: &str) -> Result<f64, String> {
    let speed: f64 = text
        .parse()
        .map_err(|_| format!("{text:?} is not a number"))?;
    if (0.1..=10_000.0).contains(&speed) {
        Ok(speed)
    } else {
        Err("it must be from 0.1 to 10000".to_owned())
    }
}
