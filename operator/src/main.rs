//! `aicoin-operator`. This file is wiring only.

use std::process::ExitCode;

use aicoin_operator::cli::{Cli, Command};
use aicoin_operator::{check, run};
use clap::Parser;

/// glibc keeps what the first list needed; musl's own allocator is slow.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        Command::Run(args) => in_runtime(run::run(*args)),
        Command::Check(args) => {
            in_runtime(async move { check::check(&args.url, args.timeout).await })
        }
        Command::Crd => run::print_crd(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("aicoin-operator: {sentence}");
            ExitCode::FAILURE
        }
    }
}

fn in_runtime(work: impl Future<Output = Result<(), String>>) -> Result<(), String> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| format!("The async runtime cannot start: {error}."))?
        .block_on(work)
}
