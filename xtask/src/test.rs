//! `cargo xtask test`: all steps in order, one line each, a table, and the count as the very last line.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::cli::TestArgs;
use crate::log::Log;
use crate::outcome::Outcome;
use crate::steps::{STEPS, Step};
use crate::tally::Tally;
use crate::workspace::Workspace;

/// A step that is done.
struct Done {
    name: &'static str,
    outcome: Outcome,
    took: Duration,
}

pub(crate) fn test(workspace: &Workspace, args: &TestArgs) -> Result<ExitCode, String> {
    if args.list {
        for step in STEPS {
            println!("{:<13} {}", step.name, step.about);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let steps = chosen(&args.only)?;
    println!(
        "Builds in {}, logs in {}",
        workspace.target.display(),
        workspace.logs.display()
    );
    let mut all: Vec<Done> = Vec::new();
    for step in steps {
        if workspace.is_stopped() {
            break;
        }
        let begun = Instant::now();
        let mut log = Log::create(
            workspace.logs.join(format!("{}.log", step.name)),
            args.verbose,
        )?;
        let outcome = match unmet(step, &all) {
            Some(need) => Outcome::skipped(format!("the step `{need}` failed")),
            None => (step.run)(workspace, &mut log),
        };
        let done = Done {
            name: step.name,
            outcome,
            took: begun.elapsed(),
        };
        say(&done, step, &log);
        all.push(done);
    }
    Ok(conclude(workspace, &all))
}

/// The named steps and what they need, in their order; all of them when none is named.
fn chosen(only: &[String]) -> Result<Vec<&'static Step>, String> {
    if let Some(name) = only
        .iter()
        .find(|name| !STEPS.iter().any(|step| step.name == name.as_str()))
    {
        let names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        return Err(format!(
            "There is no step {name:?}; choose from {}.",
            names.join(", ")
        ));
    }
    let named = |step: &Step| only.is_empty() || only.iter().any(|name| name == step.name);
    let needed = |step: &Step| {
        STEPS
            .iter()
            .any(|other| named(other) && other.needs.contains(&step.name))
    };
    Ok(STEPS
        .iter()
        .filter(|step| named(step) || needed(step))
        .collect())
}

fn unmet(step: &Step, all: &[Done]) -> Option<&'static str> {
    all.iter()
        .find(|done| step.needs.contains(&done.name) && done.outcome.tally.failed > 0)
        .map(|done| done.name)
}

fn say(done: &Done, step: &Step, log: &Log) {
    println!(
        "{:<13} {:<8} {:>7}  {}",
        done.name,
        done.outcome.word(),
        seconds(done.took),
        step.about
    );
    if done.outcome.tally.failed > 0 {
        log.show_tail();
        println!("  the whole log: {}", log.path().display());
    }
}

fn conclude(workspace: &Workspace, all: &[Done]) -> ExitCode {
    let mut total = Tally::default();
    println!(
        "\n{:<13} {:<8} {:>7} {:>7} {:>7} {:>7}",
        "step", "result", "passed", "failed", "skipped", "time"
    );
    for Done {
        name,
        outcome,
        took,
    } in all
    {
        let Tally {
            passed,
            failed,
            skipped,
        } = outcome.tally;
        println!(
            "{name:<13} {:<8} {passed:>7} {failed:>7} {skipped:>7} {:>7}",
            outcome.word(),
            seconds(*took)
        );
        total += outcome.tally;
    }
    let lines = |title: &str, pick: fn(&Outcome) -> &Vec<String>| {
        let mut titled = false;
        for Done { name, outcome, .. } in all {
            for line in pick(outcome) {
                if !std::mem::replace(&mut titled, true) {
                    println!("\n{title}");
                }
                println!("  {name}: {line}");
            }
        }
    };
    lines("Seen:", |outcome| &outcome.notes);
    lines("Skipped, and why:", |outcome| &outcome.skips);
    lines("Failed:", |outcome| &outcome.failures);
    let stopped = workspace.is_stopped();
    if stopped {
        println!("\nStopped by a signal: not every step ran.");
    }
    println!("\n{total}");
    if total.failed > 0 || stopped {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

fn seconds(span: Duration) -> String {
    format!("{:.1} s", span.as_secs_f64())
}
