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
mod command;
mod fmt;
mod generate;
mod libtest;
mod log;
mod outcome;
mod steps;
mod tally;
mod test;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Verb};
use workspace::Workspace;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = Workspace::find().and_then(|workspace| match cli.verb {
        Verb::Test(args) => test::test(&workspace, &args),
        Verb::Fmt => fmt::fmt(&workspace),
        Verb::Generate(args) => generate::generate(&workspace, &args),
        Verb::Bench(args) => bench::bench(&workspace, &args),
    });
    result.unwrap_or_else(|sentence| {
        eprintln!("xtask: {sentence}");
        ExitCode::from(2)
    })
}
