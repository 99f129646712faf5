//! The command line. Each flag is described once, here; help comes from it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aicoin_api::names::pod;
use aicoin_domain::TimeMs;
use clap::builder::FalseyValueParser;
use clap::{Args, Parser, Subcommand};

/// AI-driven trading bots: run one locally or in a pod, backtest one, control one.
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
    /// Run a TradingBot in its pod, controlled by the operator. The defaults are what the operator mounts.
    Run(RunArgs),
    /// Run a TradingBot's rule over recorded candles.
    Backtest(BacktestArgs),
    /// Feed what a bot recorded through the core again, compare everything that comes out, and try other limits on it.
    Replay(ReplayArgs),
    /// Pause, resume, flatten, settle or look at a bot that runs on this machine, or in this pod.
    Ctl(CtlArgs),
    /// Write everything that a bot has written down into one file, while it goes on trading.
    Backup(BackupArgs),
    /// Fill an empty place with a backup: a bot that is started there goes on where the backup was taken.
    Restore(RestoreArgs),
    /// Call an HTTPS address with the authorities that the worker trusts, and say what came of it.
    #[command(hide = true)]
    TlsCheck(TlsCheckArgs),
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
    /// More certificate authorities for outgoing calls, as PEM, beside the public ones that are compiled in.
    #[arg(long, value_name = "FILE", env = "AICOIN_CA_FILE")]
    pub ca_file: Option<PathBuf>,
    /// The third yes that mode Live needs.
    #[arg(long, env = "AICOIN_ALLOW_LIVE", value_parser = FalseyValueParser::new())]
    pub allow_live: bool,
}

/// Flags of `run`.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The TradingBot manifest that the operator wrote.
    #[arg(long, value_name = "FILE", default_value_os_t = in_dir(pod::MANIFEST_DIR, pod::MANIFEST_FILE))]
    pub manifest: PathBuf,
    /// Where the API listens.
    #[arg(long, value_name = "ADDRESS", default_value_t = SocketAddr::from(([0, 0, 0, 0], pod::PORT)))]
    pub listen: SocketAddr,
    /// Where everything is kept: aicoin.db, the lock and the list of starts.
    #[arg(long, value_name = "DIR", env = "AICOIN_DATA_DIR", default_value = pod::DATA_DIR)]
    pub data_dir: PathBuf,
    /// The control socket; in the data directory unless said otherwise.
    #[arg(long, value_name = "PATH", env = "AICOIN_SOCKET")]
    pub socket: Option<PathBuf>,
    /// Secrets are read from DIR/<secret name>/<key>, again and again.
    #[arg(long, value_name = "DIR", default_value = pod::SECRETS_DIR)]
    pub secrets_dir: PathBuf,
    /// The public keys of control tokens, read live.
    #[arg(long, value_name = "FILE", default_value_os_t = in_dir(pod::CONTROL_KEYS_DIR, pod::CONTROL_KEYS_FILE))]
    pub control_keys: PathBuf,
    /// The size of the volume: database and log stay under 80 % of it.
    #[arg(long, value_name = "BYTES", env = "AICOIN_STORAGE_BYTES")]
    pub storage_bytes: Option<u64>,
    /// The volume goes with the pod: say so in the status.
    #[arg(long, env = "AICOIN_STORAGE_EPHEMERAL", value_parser = FalseyValueParser::new())]
    pub storage_ephemeral: bool,
    /// How much the log says; RUST_LOG wins.
    #[arg(long, value_name = "LEVEL", env = "AICOIN_LOG_LEVEL", default_value = "info",
        value_parser = ["error", "warn", "info", "debug", "trace"])]
    pub log_level: String,
    /// More certificate authorities for outgoing calls, as PEM, beside the public ones that are compiled in.
    #[arg(long, value_name = "FILE", env = "AICOIN_CA_FILE")]
    pub ca_file: Option<PathBuf>,
    /// The third yes that mode Live needs.
    #[arg(long, env = "AICOIN_ALLOW_LIVE", value_parser = FalseyValueParser::new())]
    pub allow_live: bool,
    /// Simulated time runs this many times faster than the clock: for trying things out on a simulated market.
    #[arg(long, value_name = "N", env = "AICOIN_SPEED", default_value = "1", value_parser = speed, hide = true)]
    pub speed: f64,
}

/// Flags of `tls-check`.
#[derive(Debug, Args)]
pub(crate) struct TlsCheckArgs {
    /// The address, like https://host:port/.
    pub url: String,
    /// More certificate authorities, as PEM, beside the public ones that are compiled in.
    #[arg(long, value_name = "FILE", env = "AICOIN_CA_FILE")]
    pub ca_file: Option<PathBuf>,
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

/// Flags of `replay`.
#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// The data directory of a bot, which may be running, or a sqlite: URL of its database.
    #[arg(value_name = "DATA_DIR|DATABASE_URL")]
    pub source: String,
    /// The bot, as namespace/name, where there are several.
    #[arg(long, value_name = "BOT")]
    pub bot: Option<String>,
    /// Begin at the image of the core nearest before this time: RFC 3339, or milliseconds since 1970.
    #[arg(long, value_name = "TIME", value_parser = crate::replay::time::parse)]
    pub from: Option<TimeMs>,
    /// End with the last input up to this time.
    #[arg(long, value_name = "TIME", value_parser = crate::replay::time::parse)]
    pub to: Option<TimeMs>,
    /// Try other limits on the recorded decisions: a TradingBot (its whole `risk`, gaps filled as for a bot), or a file
    /// with nothing but `risk:` (the limits that it names; the others stay as they were).
    #[arg(long, value_name = "FILE.yaml")]
    pub risk: Option<PathBuf>,
    /// Print one JSON object on standard output.
    #[arg(long)]
    pub json: bool,
}

/// Where a store is.
#[derive(Debug, Args)]
pub(crate) struct StoreArgs {
    /// The data directory of the bot.
    #[arg(
        long,
        value_name = "DIR",
        env = "AICOIN_DATA_DIR",
        default_value = "./aicoin-data"
    )]
    pub data_dir: PathBuf,
    /// The database instead of a data directory: a sqlite: URL.
    #[arg(long, value_name = "URL")]
    pub database_url: Option<String>,
}

/// Flags of `backup`.
#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    /// The file that is written. It appears when it is whole.
    #[arg(long, value_name = "FILE")]
    pub to: PathBuf,
    #[command(flatten)]
    pub store: StoreArgs,
    /// The bot, as namespace/name, where there are several.
    #[arg(long, value_name = "BOT")]
    pub bot: Option<String>,
    /// Replace the file if it is there.
    #[arg(long)]
    pub force: bool,
    /// Print one JSON object on standard output.
    #[arg(long)]
    pub json: bool,
}

/// Flags of `restore`.
#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    /// The backup.
    #[arg(long, value_name = "FILE")]
    pub from: PathBuf,
    #[command(flatten)]
    pub store: StoreArgs,
    /// Print one JSON object on standard output.
    #[arg(long)]
    pub json: bool,
}

/// Flags of `ctl`.
#[derive(Debug, Args)]
pub(crate) struct CtlArgs {
    /// What to do with the bot.
    #[arg(value_enum)]
    pub verb: Verb,
    /// The number of the risk event, for `resolve`.
    #[arg(value_name = "EVENT", required_if_eq("verb", "resolve"))]
    pub event: Option<u64>,
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
    /// Settle a risk event: what was stopped until somebody looks at it goes on.
    Resolve,
    /// Show how the bot is.
    Status,
}

fn in_dir(dir: &str, file: &str) -> PathBuf {
    Path::new(dir).join(file)
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
