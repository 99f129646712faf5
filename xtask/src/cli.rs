//! The command line.

use std::ffi::OsString;

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
    /// List the benchmarks, or run one.
    Bench(BenchArgs),
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

#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// Which one; without it they are listed.
    pub(crate) name: Option<String>,
    /// Handed on to it.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) args: Vec<OsString>,
}
