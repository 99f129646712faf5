//! `aicoin-storm`: seeds on the command line, one JSON object or one history out. `cargo xtask storm` runs it.
#![expect(
    clippy::print_stdout,
    reason = "a command-line tool talks to a terminal"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use aicoin_storm::{Bug, Extent, Swarm, Violation, missing, replay, swarm};

/// From so many seeds on every kind of fault and every reason code must have been hit.
const COMPLETE_SEEDS: u64 = 2_000;
/// How many failed seeds get a folder.
const FOLDERS_MAX: usize = 10;

const USAGE: &str =
    "aicoin-storm [--first A] [--seeds N | --minutes M] [--threads T] [--json] [--out DIR]
aicoin-storm --seed N

  --seed N      replay one seed and print what happened
  --first A     the first seed (0)
  --seeds N     how many seeds (2000)
  --minutes M   as many seeds as there are in so many minutes
  --threads T   on so many cores (all)
  --json        print one JSON object
  --out DIR     folders with the histories of seeds that fail";

struct Args {
    seed: Option<u64>,
    first: u64,
    extent: Extent,
    threads: usize,
    json: bool,
    out: PathBuf,
}

fn main() -> ExitCode {
    let args = match parse(std::env::args().skip(1)) {
        Ok(args) => args,
        Err(sentence) => {
            eprintln!("{sentence}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match args.seed {
        Some(seed) => replay_one(seed),
        None => run_many(&args),
    }
}

fn parse(mut words: impl Iterator<Item = String>) -> Result<Args, String> {
    let mut args = Args {
        seed: None,
        first: 0,
        extent: Extent::Seeds(COMPLETE_SEEDS),
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        json: false,
        out: std::env::temp_dir().join("aicoin-storm"),
    };
    while let Some(word) = words.next() {
        if word == "--json" {
            args.json = true;
            continue;
        }
        let value = words
            .next()
            .ok_or_else(|| format!("{word} is no option, or has no value."))?;
        let number = || {
            value
                .parse::<u64>()
                .map_err(|_| format!("{word} takes a number, not {value:?}."))
        };
        match word.as_str() {
            "--seed" => args.seed = Some(number()?),
            "--first" => args.first = number()?,
            "--seeds" => args.extent = Extent::Seeds(number()?),
            "--minutes" => args.extent = Extent::Time(Duration::from_secs(number()? * 60)),
            "--threads" => args.threads = usize::try_from(number()?).unwrap_or(1),
            "--out" => args.out = PathBuf::from(value),
            _ => return Err(format!("There is no option {word:?}.")),
        }
    }
    Ok(args)
}

/// The whole history of one seed.
fn replay_one(seed: u64) -> ExitCode {
    let run = replay(seed, Bug::None);
    for line in run.history.lines() {
        println!("{line}");
    }
    println!(
        "seed {seed}: {} inputs, {} starts, digest {:016x}: {}",
        run.steps,
        run.starts,
        run.digest,
        run.violation
            .as_ref()
            .map_or("everything held".to_owned(), Violation::to_string)
    );
    if run.violation.is_some() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

fn run_many(args: &Args) -> ExitCode {
    let found = swarm(args.first, args.extent, args.threads, Bug::None, false);
    let missing = if found.seeds >= COMPLETE_SEEDS {
        missing(&found.struck, &found.reasons)
    } else {
        Vec::new()
    };
    for (seed, violation) in found.failures.iter().take(FOLDERS_MAX) {
        let folder = args.out.join(format!("seed-{seed}"));
        match write_folder(&folder, *seed, violation) {
            Ok(()) => eprintln!("seed {seed}: {violation}\n  {}", folder.display()),
            Err(error) => eprintln!(
                "seed {seed}: {violation}\n  {} cannot be written: {error}",
                folder.display()
            ),
        }
    }
    for what in &missing {
        eprintln!("never hit: {what}");
    }
    if args.json {
        println!("{}", json(&found, &missing));
    } else {
        println!(
            "{} seeds, {} failed, {} inputs, {} starts, {:.1} bot-days, {:.0} bot-days per CPU-hour",
            found.seeds,
            found.failures.len(),
            found.steps,
            found.starts,
            found.bot_days(),
            found.bot_days_per_cpu_hour()
        );
        for (fault, count) in found.struck.iter() {
            println!("  {:<22} {count}", fault.as_str());
        }
        for (reason, count) in &found.reasons {
            println!("  {:<22} {count}", reason.as_str());
        }
    }
    if found.failures.is_empty() && missing.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Seed, commit, what did not hold, and what happened.
fn write_folder(folder: &Path, seed: u64, violation: &Violation) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let run = replay(seed, Bug::None);
    let mut history = String::new();
    for line in run.history.lines() {
        history.push_str(line);
        history.push('\n');
    }
    std::fs::write(folder.join("history.txt"), history)?;
    let commit = Command::new("git").args(["rev-parse", "HEAD"]).output();
    let commit = commit.map_or_else(
        |_| "unknown".to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    );
    let words = format!(
        "seed {seed}\ncommit {commit}\n{violation}\n\nReplay: cargo xtask storm --seed {seed}\n"
    );
    std::fs::write(folder.join("failure.txt"), words)
}

fn json(found: &Swarm, missing: &[String]) -> serde_json::Value {
    let faults: serde_json::Map<String, serde_json::Value> = found
        .struck
        .iter()
        .map(|(fault, count)| (fault.as_str().to_owned(), count.into()))
        .collect();
    let reasons: serde_json::Map<String, serde_json::Value> = found
        .reasons
        .iter()
        .map(|(reason, count)| (reason.to_string(), (*count).into()))
        .collect();
    serde_json::json!({
        "seeds": found.seeds,
        "failed": found.failures.len(),
        "failed_seeds": found.failures.iter().map(|(seed, _)| *seed).collect::<Vec<u64>>(),
        "steps": found.steps,
        "starts": found.starts,
        "bot_days": found.bot_days(),
        "cpu_seconds": found.cpu.as_secs_f64(),
        "bot_days_per_cpu_hour": found.bot_days_per_cpu_hour(),
        "faults": faults,
        "reasons": reasons,
        "missing": missing,
    })
}
