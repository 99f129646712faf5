//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

/// The operator of aicoin: TradingBots on a cluster.
#[derive(Debug, Parser)]
#[command(name = "aicoin-operator", version, about)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the operator.
    Run(Box<RunArgs>),
    /// Print the definition of the TradingBot as YAML.
    Crd,
    /// Ask an address until it answers 200: the chart's test.
    Check(CheckArgs),
}

/// How the operator runs.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Where /metrics, /healthz and /readyz are.
    #[arg(long, env = "AICOIN_LISTEN", default_value = "0.0.0.0:8080")]
    pub listen: SocketAddr,
    /// How much is logged: error, warn, info, debug or trace.
    #[arg(long, env = "AICOIN_LOG_LEVEL", default_value = "info", value_parser = ["error", "warn", "info", "debug", "trace"])]
    pub log_level: String,
    /// The image of workers that name none.
    #[arg(long, env = "AICOIN_WORKER_IMAGE")]
    pub worker_image: String,
    /// The private key of control tokens: Ed25519, PEM (PKCS#8). Read again when it changes.
    #[arg(long, env = "AICOIN_CONTROL_KEY_FILE")]
    pub control_key_file: PathBuf,
    /// From the publication of a changed key to its first signature.
    #[arg(long, env = "AICOIN_CONTROL_KEY_OVERLAP", default_value = "150s", value_parser = span)]
    pub control_key_overlap: Duration,
    /// Look after this namespace only; repeatable. Without it, after all.
    #[arg(long = "namespace", env = "AICOIN_NAMESPACES", value_delimiter = ',')]
    pub namespaces: Vec<String>,
    /// The operator's own namespace: the Lease is there.
    #[arg(long, env = "POD_NAMESPACE")]
    pub operator_namespace: String,
    /// The Lease that replicas contend for.
    #[arg(long, env = "AICOIN_LEASE_NAME", default_value = "aicoin-operator")]
    pub lease_name: String,
    /// How long a lease that nobody renews stands.
    #[arg(long, env = "AICOIN_LEASE_DURATION", default_value = "15s", value_parser = span)]
    pub lease_duration: Duration,
    /// How long a leader goes on without renewing it.
    #[arg(long, env = "AICOIN_LEASE_RENEW_DEADLINE", default_value = "10s", value_parser = span)]
    pub lease_renew_deadline: Duration,
    /// How often it is renewed, or tried for.
    #[arg(long, env = "AICOIN_LEASE_RETRY_PERIOD", default_value = "2s", value_parser = span)]
    pub lease_retry_period: Duration,
    /// There is no other replica: contend for nothing.
    #[arg(long, env = "AICOIN_NO_LEADER_ELECTION")]
    pub no_leader_election: bool,
    /// Make no NetworkPolicy for workers.
    #[arg(long, env = "AICOIN_NO_NETWORK_POLICY")]
    pub no_network_policy: bool,
    /// Live bots may trade: the third yes.
    #[arg(long, env = "AICOIN_ALLOW_LIVE")]
    pub allow_live: bool,
    /// More certificate authorities for workers: a file of PEM certificates.
    #[arg(long, env = "AICOIN_EXTRA_CA_FILE")]
    pub extra_ca_file: Option<PathBuf>,
    /// More egress rules of workers: a JSON array of NetworkPolicy egress rules.
    #[arg(long, env = "AICOIN_EXTRA_EGRESS")]
    pub extra_egress: Option<String>,
    /// Call all workers here instead of at their pods; for benchmarks.
    #[arg(long, env = "AICOIN_WORKER_URL")]
    pub worker_url: Option<String>,
    /// Bots that are reconciled at once; a few more are kept free for what hurries.
    #[arg(long, env = "AICOIN_CONCURRENCY", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=512))]
    pub concurrency: u16,
    /// Talk to this cluster; without it, to the one that the pod is in.
    #[arg(long)]
    pub kubeconfig: Option<PathBuf>,
    /// This replica; its pod's name unless said otherwise.
    #[arg(long, env = "POD_NAME")]
    pub identity: Option<String>,
}

/// What to ask.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The address.
    #[arg(long)]
    pub url: String,
    /// How long to go on asking.
    #[arg(long, default_value = "10s", value_parser = span)]
    pub timeout: Duration,
}

fn span(text: &str) -> Result<Duration, String> {
    text.parse::<aicoin_api::bot::Span>()
        .map_err(|error| format!("it {error}"))
        .and_then(|span| {
            u64::try_from(span.0.0)
                .map(Duration::from_millis)
                .map_err(|_| "it is negative".to_owned())
        })
}
