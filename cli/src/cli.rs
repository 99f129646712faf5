//! The command line. Each flag is described once, here; help and completions come from it.

use std::path::PathBuf;
use std::time::Duration;

use aicoin_api::names::condition;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::wait::Goal;

/// Look at trading bots in a cluster, and control them.
#[derive(Debug, Parser)]
#[command(
    name = "kubectl-tradingbot",
    bin_name = "kubectl tradingbot",
    version,
    about,
    max_term_width = 100
)]
pub(crate) struct Cli {
    /// Which cluster.
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Which cluster and namespace, as kubectl has it.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Connection {
    /// The kubeconfig file [default: KUBECONFIG, or ~/.kube/config].
    #[arg(long, global = true, value_name = "FILE", help_heading = "Cluster")]
    pub(crate) kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig.
    #[arg(long, global = true, value_name = "NAME", help_heading = "Cluster")]
    pub(crate) context: Option<String>,
    /// The namespace [default: the context's].
    #[arg(short, long, global = true, value_name = "NAME", value_parser = dns_name, help_heading = "Cluster")]
    pub(crate) namespace: Option<String>,
    /// How long one answer of the API server may take.
    #[arg(long, global = true, value_name = "SPAN", default_value = "10s", value_parser = span, help_heading = "Cluster")]
    pub(crate) request_timeout: Duration,
    /// Say which patch is sent.
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show one bot with its positions and last decisions, or all bots as a table.
    Status(StatusArgs),
    /// Open nothing more; stops and exits go on.
    Pause(ControlArgs),
    /// Trade again.
    Resume(ControlArgs),
    /// Close every position and cancel every order, then stay flat. Asks for a typed confirmation.
    CloseAll(CloseAllArgs),
    /// Restart the worker once, with the operator's current image.
    Restart(RestartArgs),
    /// Show the worker's log.
    Logs(LogsArgs),
    /// Come back once something is true of a bot.
    Wait(WaitArgs),
    /// Say that a risk event is dealt with, so that the bot may open again.
    Resolve(ResolveArgs),
    /// Print a completion script; `kubectl` prints the one that kubectl itself calls.
    Completion(CompletionArgs),
    /// Answer kubectl's question for completions.
    #[command(name = "__complete", hide = true, disable_help_flag = true)]
    Complete(CompleteArgs),
}

/// Flags of `status`.
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// The bot; all of them when left out.
    #[arg(value_name = "NAME", value_parser = bot_name)]
    pub(crate) name: Option<String>,
    /// The bots of all namespaces.
    #[arg(short = 'A', long, conflicts_with_all = ["name", "namespace"])]
    pub(crate) all_namespaces: bool,
    /// How to print it.
    #[arg(short, long, value_enum, value_name = "FORMAT")]
    pub(crate) output: Option<Format>,
}

/// A format for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// One JSON object.
    Json,
}

/// Which bots.
#[derive(Debug, Args)]
pub(crate) struct Targets {
    /// The bots.
    #[arg(value_name = "NAME", value_parser = bot_name, required_unless_present_any = ["all", "all_namespaces"])]
    pub(crate) names: Vec<String>,
    /// Every bot of the namespace.
    #[arg(long, conflicts_with = "names")]
    pub(crate) all: bool,
    /// Every bot of every namespace.
    #[arg(short = 'A', long, conflicts_with_all = ["names", "namespace"])]
    pub(crate) all_namespaces: bool,
}

/// Waiting for the effect.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Waiting {
    /// Come back only once it is true, not just accepted.
    #[arg(long)]
    pub(crate) wait: bool,
    /// How long --wait waits at most.
    #[arg(long, value_name = "SPAN", default_value = "2m", value_parser = span)]
    pub(crate) timeout: Duration,
}

/// Flags of `pause` and `resume`.
#[derive(Debug, Args)]
pub(crate) struct ControlArgs {
    /// Which bots.
    #[command(flatten)]
    pub(crate) targets: Targets,
    /// Set or lift the annotation aicoin.dev/hold instead of spec.desiredState: GitOps does not revert it.
    #[arg(long, conflicts_with = "direct")]
    pub(crate) hold: bool,
    /// Do not patch: talk to the worker in its pod (`kubectl exec`) and set or lift its local hold.
    #[arg(long)]
    pub(crate) direct: bool,
    /// How long the worker's acceptance is waited for before the second road is taken; 0s: neither is done.
    #[arg(long, value_name = "SPAN", default_value = "10s", value_parser = span_or_zero, conflicts_with = "direct")]
    pub(crate) fallback_after: Duration,
    /// Print the patch as a kubectl command, and send nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Waiting.
    #[command(flatten)]
    pub(crate) waiting: Waiting,
}

/// Flags of `close-all`.
#[derive(Debug, Args)]
pub(crate) struct CloseAllArgs {
    /// As for the others.
    #[command(flatten)]
    pub(crate) control: ControlArgs,
    /// Ask for no confirmation.
    #[arg(short, long)]
    pub(crate) yes: bool,
}

/// Flags of `restart`.
#[derive(Debug, Args)]
pub(crate) struct RestartArgs {
    /// Which bots.
    #[command(flatten)]
    pub(crate) targets: Targets,
    /// Print the patch as a kubectl command, and send nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Waiting.
    #[command(flatten)]
    pub(crate) waiting: Waiting,
}

/// Flags of `logs`.
#[derive(Debug, Args)]
pub(crate) struct LogsArgs {
    /// The bot.
    #[arg(value_name = "NAME", value_parser = bot_name)]
    pub(crate) name: String,
    /// Go on with what comes.
    #[arg(short, long)]
    pub(crate) follow: bool,
    /// The worker before the last restart.
    #[arg(short, long)]
    pub(crate) previous: bool,
    /// Only the last lines.
    #[arg(long, value_name = "LINES")]
    pub(crate) tail: Option<u32>,
    /// Only what is younger.
    #[arg(long, value_name = "SPAN", value_parser = span)]
    pub(crate) since: Option<Duration>,
}

/// Flags of `wait`.
#[derive(Debug, Args)]
pub(crate) struct WaitArgs {
    /// The bots.
    #[arg(value_name = "NAME", value_parser = bot_name, required = true)]
    pub(crate) names: Vec<String>,
    /// What must be true.
    #[arg(long = "for", value_enum, value_name = "WHAT")]
    pub(crate) what: What,
    /// How long at most.
    #[arg(long, value_name = "SPAN", default_value = "30s", value_parser = span)]
    pub(crate) timeout: Duration,
}

/// What can be waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum What {
    /// Nothing is opened any more: condition TradingPaused.
    Paused,
    /// Everything is closed: condition PositionsClosed.
    Closed,
    /// The pod is ready, and what is asked for is in force: condition Ready.
    Ready,
    /// The control that is asked for, whichever it is, was accepted and became true.
    Effective,
}

impl What {
    /// What it is in the status.
    pub(crate) const fn goal(self) -> Goal {
        match self {
            Self::Paused => Goal::Condition(condition::TRADING_PAUSED),
            Self::Closed => Goal::Condition(condition::POSITIONS_CLOSED),
            Self::Ready => Goal::Condition(condition::READY),
            Self::Effective => Goal::Effective,
        }
    }
}

/// Flags of `resolve`.
#[derive(Debug, Args)]
pub(crate) struct ResolveArgs {
    /// The bot.
    #[arg(value_name = "NAME", value_parser = bot_name)]
    pub(crate) name: String,
    /// The number of the risk event.
    #[arg(value_name = "ID")]
    pub(crate) id: u64,
}

/// Flags of `completion`.
#[derive(Debug, Args)]
pub(crate) struct CompletionArgs {
    /// The shell.
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// Who completes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    /// Bash.
    Bash,
    /// Zsh.
    Zsh,
    /// Fish.
    Fish,
    /// kubectl: the program `kubectl_complete-tradingbot`, in any shell that completes kubectl.
    Kubectl,
}

/// The words typed so far.
#[derive(Debug, Args)]
pub(crate) struct CompleteArgs {
    /// The last one is the one to complete.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) words: Vec<String>,
}

/// A name as Kubernetes allows it. It becomes part of an address: nothing else may be in it.
fn dns_name(text: &str) -> Result<String, String> {
    let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let whole = text
        .bytes()
        .all(|byte| inside(byte) || byte == b'-' || byte == b'.');
    let ends = text.bytes().next().is_some_and(inside) && text.bytes().last().is_some_and(inside);
    if whole && ends && text.len() <= 253 {
        Ok(text.to_owned())
    } else {
        Err("a name has lower-case letters, digits, '-' and '.' only".to_owned())
    }
}

/// `btc`, `tb/btc` or `tradingbot/btc`.
fn bot_name(text: &str) -> Result<String, String> {
    let name = match text.split_once('/') {
        Some((
            "tb"
            | "tradingbot"
            | "tradingbots"
            | "tradingbot.aicoin.dev"
            | "tradingbots.aicoin.dev",
            name,
        )) => name,
        _ => text,
    };
    dns_name(name)
}

/// `30s`, `5m`, `1h30m`: above zero.
fn span(text: &str) -> Result<Duration, String> {
    match span_or_zero(text)? {
        Duration::ZERO => Err("it must be above 0: nothing waits for ever here".to_owned()),
        span => Ok(span),
    }
}

fn span_or_zero(text: &str) -> Result<Duration, String> {
    let span: aicoin_api::bot::Span = text.parse().map_err(|error| format!("{text:?} {error}"))?;
    u64::try_from(span.0.0)
        .map(Duration::from_millis)
        .map_err(|_| "it must not be negative".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_flags_do_not_contradict_each_other() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_name_cannot_become_another_address() {
        assert_eq!(bot_name("btc-1.x"), Ok("btc-1.x".to_owned()));
        assert_eq!(bot_name("tb/btc"), Ok("btc".to_owned()));
        assert_eq!(bot_name("tradingbots.aicoin.dev/btc"), Ok("btc".to_owned()));
        for bad in [
            "",
            "btc/status",
            "../x",
            "tb/",
            "pod/x",
            "-x",
            "x-",
            "BTC",
            "b?c",
            "b c",
            "b%2f",
        ] {
            assert!(bot_name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_wait_has_an_end() {
        assert_eq!(span("1m30s"), Ok(Duration::from_secs(90)));
        assert!(span("0s").is_err());
        assert_eq!(span_or_zero("0s"), Ok(Duration::ZERO));
        assert!(span("90").is_err());
    }

    #[test]
    fn every_bot_must_be_asked_for_in_words() {
        let parses = |line: &str| Cli::try_parse_from(line.split(' ')).is_ok();
        assert!(parses("x close-all btc eth"));
        assert!(parses("x close-all --all"));
        assert!(parses("x close-all --all-namespaces"));
        assert!(!parses("x close-all"));
        assert!(!parses("x close-all btc --all"));
        assert!(!parses("x close-all -A -n trading"));
        assert!(!parses("x pause btc --hold --direct"));
        assert!(!parses("x wait btc"));
        assert!(parses(
            "x wait tb/btc --for=paused --context a --kubeconfig b -n c"
        ));
    }
}
