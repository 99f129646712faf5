//! `aicoin-worker`: the shell around the trading core. This file is wiring only.

mod backtest;
mod backup;
mod cli;
mod ctl;
mod fault;
mod local;
mod manifest;
mod outputs;
mod paper_wire;
mod pod;
mod replay;
mod resolve;
mod secrets;
mod shell;
mod tls_check;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use cli::{Cli, Command};
use fault::Fault;

/// The image's binary is static, and musl's allocator is slow.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// For what is still under way at the end of the program: a name that is looked up, a file that is read.
const LEFT_BEHIND_WITHIN: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match &cli.command {
        Command::Backtest(args) => backtest::backtest(args).map(|()| ExitCode::SUCCESS),
        Command::Local(args) => in_runtime(done(local::local(args))),
        Command::Run(args) => in_runtime(done(pod::run(args))),
        Command::Replay(args) => in_runtime(replay::replay(args)),
        Command::Backup(args) => in_runtime(done(backup::backup(args))),
        Command::Restore(args) => in_runtime(done(backup::restore(args))),
        Command::TlsCheck(args) => in_runtime(done(tls_check::tls_check(args))),
        Command::Ctl(args) => in_runtime(done(ctl::ctl(args))),
    };
    match result {
        Ok(code) => code,
        Err(fault) => {
            eprintln!("aicoin-worker: {fault}");
            ExitCode::from(fault.code())
        }
    }
}

/// Work that either succeeds or says why not.
async fn done(work: impl Future<Output = Result<(), Fault>>) -> Result<ExitCode, Fault> {
    work.await.map(|()| ExitCode::SUCCESS)
}

/// Two threads: the trading loop never shares one with a reader of the page.
fn in_runtime(work: impl Future<Output = Result<ExitCode, Fault>>) -> Result<ExitCode, Fault> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Fault::internal(format!("The async runtime cannot start: {error}.")))?;
    let result = runtime.block_on(work);
    // A task that hangs is not waited for: the program ends when it said so.
    runtime.shutdown_timeout(LEFT_BEHIND_WITHIN);
    result
}
