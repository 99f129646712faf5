//! `kubectl tradingbot`: trading bots looked at and controlled from a terminal.
//!
//! This file is wiring only: parse, run, exit code. 0 is done, 1 failed, 2 asked for in a way that cannot be.

mod bot;
mod cli;
mod cluster;
mod completion;
mod confirm;
mod control;
mod exec;
mod fault;
mod logs;
mod out;
mod patch;
mod refusal;
mod report;
mod road;
mod show;
mod status;
mod text;
mod wait;
mod wait_for;
mod waiting;
mod worker;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;

use crate::cli::{Cli, Command};
use crate::fault::Fault;
use crate::out::Out;
use crate::road::Direct;

/// Something may still wait for standard input: it is not waited for.
const END_MAX: Duration = Duration::from_millis(100);

fn main() -> ExitCode {
    let mut out = Out::default();
    // As kubectl's completions want it: the program may be linked under that name.
    let asked_by_kubectl = std::env::args_os().next().is_some_and(|program| {
        std::path::Path::new(&program).ends_with("kubectl_complete-tradingbot")
    });
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            out.fail(&Fault::failed(format!(
                "The system gives no event queue: {error}."
            )));
            return out.code();
        }
    };
    if asked_by_kubectl {
        let words: Vec<String> = std::env::args().skip(1).collect();
        runtime.block_on(completion::answer(&words));
        return out.code();
    }
    let cli = Cli::parse();
    if let Err(fault) = runtime.block_on(run(&cli, &mut out)) {
        out.fail(&fault);
    }
    runtime.shutdown_timeout(END_MAX);
    out.code()
}

async fn run(cli: &Cli, out: &mut Out) -> Result<(), Fault> {
    let connection = &cli.connection;
    let now = k8s_openapi::jiff::Timestamp::now();
    match &cli.command {
        Command::Status(args) => status::run(connection, args, now, out).await,
        Command::Pause(args) => control::run(connection, Direct::Pause, args, false, out).await,
        Command::Resume(args) => control::run(connection, Direct::Resume, args, false, out).await,
        Command::CloseAll(args) => {
            control::run(connection, Direct::CloseAll, &args.control, args.yes, out).await
        }
        Command::Restart(args) => control::restart(connection, args, now, out).await,
        Command::Logs(args) => logs::logs(connection, args).await,
        Command::Wait(args) => wait_for::run(connection, args, out).await,
        Command::Resolve(args) => logs::resolve(connection, args, out).await,
        Command::Completion(args) => {
            completion::print(args.shell);
            Ok(())
        }
        Command::Complete(args) => {
            completion::answer(&args.words).await;
            Ok(())
        }
    }
}
