//! The project's own commands, run as `cargo xtask …`. This file is wiring only.
//!
//! Never: trades, is shipped, or changes anything outside the checkout and the cache folder, but for the tools that
//! `test` installs when they are missing.
#![expect(
    clippy::print_stdout,
    reason = "a command-line tool talks to a terminal"
)]

mod bench;
mod cli;
mod cluster;
mod command;
mod fmt;
mod generate;
mod images;
mod kube_tools;
mod libtest;
mod log;
mod outcome;
mod steps;
mod storm;
mod tally;
mod test;
mod venv;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Verb};
use workspace::Workspace;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.verb {
        Verb::Test(args) => Workspace::find().and_then(|it| test::test(&it, &args)),
        Verb::Fmt => Workspace::find().and_then(|it| fmt::fmt(&it)),
        Verb::Generate(args) => Workspace::find().and_then(|it| generate::generate(&it, &args)),
        Verb::Images(args) => Workspace::find().and_then(|it| images::images(&it, &args)),
        Verb::Bench(args) => Workspace::find().and_then(|it| bench::bench(&it, &args)),
        Verb::Storm(args) => Workspace::find().and_then(|it| storm::storm(&it, &args)),
        // These look for no signals, so that Ctrl-C ends them at once: the testbed's guard takes away what is unfinished.
        Verb::Cluster(verb) => cluster::cluster(&verb),
        Verb::KubeTools => kube_tools::kube_tools(),
    };
    result.unwrap_or_else(|sentence| {
        eprintln!("xtask: {sentence}");
        ExitCode::from(2)
    })
}
