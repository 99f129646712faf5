//! `aicoin-worker`: the shell around the trading core. This file is wiring only.

mod backtest;
mod cli;
mod ctl;
mod fault;
mod local;
mod manifest;
mod paper_wire;
mod resolve;
mod secrets;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};
use fault::Fault;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match &cli.command {
        Command::Backtest(args) => backtest::backtest(args),
        Command::Local(args) => in_runtime(local::local(args)),
        Command::Ctl(args) => in_runtime(ctl::ctl(args)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("aicoin-worker: {fault}");
            ExitCode::from(fault.code())
        }
    }
}

/// Two threads: the trading loop never shares one with a reader of the page.
fn in_runtime(work: impl Future<Output = Result<(), Fault>>) -> Result<(), Fault> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Fault::internal(format!("The async runtime cannot start: {error}.")))?
        .block_on(work)
}
