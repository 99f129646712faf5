//! The load driver of the operator benchmark: one contender, one fresh control plane, all phases.
//!
//! For: measuring. Never for: choosing or building contenders (`../run` does), or judging the figures.
//! It reads a plan (JSON) from the file that it is given, tells its progress on stderr and prints the figures as one
//! JSON object. It ends, with all that it started, when its stdin is closed.

mod api;
mod audit;
mod bots;
mod contender;
mod measure;
mod observer;
mod patches;
mod phases;
mod plan;
mod plane;
mod process;
mod worker;

use std::io::Read;
use std::process::ExitCode;

/// An error is a sentence.
type Result<T> = std::result::Result<T, String>;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("usage: bench-operator-driver PLAN.json");
        return ExitCode::from(2);
    };
    let outcome = tokio::select! {
        outcome = run(&path) => outcome,
        () = abandoned() => Err("The benchmark was given up.".to_owned()),
    };
    match outcome {
        Ok(figures) => {
            println!("{figures}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(path: &str) -> Result<serde_json::Value> {
    // Another crate may have installed one: either will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let plan = plan::Plan::read(path)?;
    phases::all(&plan).await
}

/// Nobody waits for the figures any more.
async fn abandoned() {
    let (tell, closed) = tokio::sync::oneshot::channel();
    // A thread of its own: the runtime would wait at the end for a read that it had started.
    std::thread::spawn(move || {
        let mut buffer = [0_u8; 64];
        while matches!(std::io::stdin().read(&mut buffer), Ok(read) if read > 0) {}
        tell.send(())
    });
    tokio::select! {
        _ = closed => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
