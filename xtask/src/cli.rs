//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// The project's own commands.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Run everything that must hold; what the tests need is installed or built.
    Test(TestArgs),
    /// Format all Rust code.
    Fmt,
    /// Make the files that are made from others: the CRD, the chart's values and schema.
    Generate(GenerateArgs),
    /// A real Kubernetes cluster to try things on: one node, on this machine.
    #[command(subcommand)]
    Cluster(ClusterVerb),
    /// Build the container images as OCI archives.
    Images(ImagesArgs),
    /// Build the Kubernetes programs that tests run, and install the packages that a node needs.
    KubeTools,
    /// List the benchmarks, or run one.
    Bench(BenchArgs),
    /// Run the fault simulator: many seeds, or one with its history.
    Storm(StormArgs),
}

#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// Run only these steps, and what they need; repeatable.
    #[arg(long, value_name = "NAME")]
    pub(crate) only: Vec<String>,
    /// List the steps and run none.
    #[arg(long)]
    pub(crate) list: bool,
    /// Show what the steps print while they run; it is in the log files in any case.
    #[arg(long, short)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Args)]
pub(crate) struct GenerateArgs {
    /// Write nothing; fail when a file is stale.
    #[arg(long)]
    pub(crate) check: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ClusterVerb {
    /// Bring it up, unless it is up, and print its kubeconfig file.
    Up,
    /// Take it away with all that is in it.
    Down,
    /// Print its kubeconfig file.
    Kubeconfig,
    /// Bring images to it: OCI archives, as `cargo xtask images` writes them.
    Load {
        /// The archives.
        #[arg(required = true)]
        archives: Vec<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ImagesArgs {
    /// The folder for the archives; it is made when it is missing.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct StormArgs {
    /// `--seed N`; or `--first A --seeds N` or `--minutes M`, with `--threads T`, `--json`, `--out DIR`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) args: Vec<OsString>,
}

#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// Which one; without it they are listed.
    pub(crate) name: Option<String>,
    /// Handed on to it.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) args: Vec<OsString>,
}
