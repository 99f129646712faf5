//! Reading what `cargo test … -- --show-output` prints: counts, failures, and tests that skipped themselves.
//!
//! A test that cannot run here prints `skipped: REASON` and ends; libtest counts it as passed, this program does not.
//! A line that begins with `figure: ` is shown in the summary.

use crate::outcome::Outcome;
use crate::tally::Tally;

/// What a log says.
pub(crate) fn read(log: &str) -> Outcome {
    let mut outcome = Outcome::default();
    // Tests that libtest takes for passed and that did nothing.
    let mut idle = 0;
    // Whose output it is, and whether it said already that it is skipped.
    let (mut test, mut said) = ("", false);
    for line in log.lines() {
        if let Some(counts) = line.strip_prefix("test result: ") {
            outcome.tally += counts_of(counts);
        } else if let Some(name) = line
            .strip_prefix("---- ")
            .and_then(|rest| rest.strip_suffix(" stdout ----"))
        {
            (test, said) = (name, false);
        } else if let Some((name, result)) = line
            .strip_prefix("test ")
            .and_then(|rest| rest.rsplit_once(" ... "))
        {
            if result.starts_with("FAILED") {
                outcome.failures.push(name.to_owned());
            } else if let Some(reason) = result.strip_prefix("ignored") {
                let reason = reason.strip_prefix(", ").unwrap_or("no reason is given");
                outcome.skips.push(format!("{name}: {reason}"));
            }
        } else if let Some(reason) = line.strip_prefix("skipped: ") {
            if !said && !outcome.failures.iter().any(|failed| failed == test) {
                said = true;
                idle += 1;
                outcome.skips.push(format!("{test}: {reason}"));
            }
        } else if let Some(figure) = line.strip_prefix("figure: ") {
            outcome.notes.push(figure.to_owned());
        }
    }
    outcome.tally.passed = outcome.tally.passed.saturating_sub(idle);
    outcome.tally.skipped += idle;
    outcome
}

/// `ok. 3 passed; 0 failed; 1 ignored; …`
fn counts_of(line: &str) -> Tally {
    let mut tally = Tally::default();
    for part in line.split(['.', ';']) {
        let Some((number, word)) = part.trim().split_once(' ') else {
            continue;
        };
        let Ok(number) = number.parse::<u64>() else {
            continue;
        };
        match word {
            "passed" => tally.passed += number,
            "failed" => tally.failed += number,
            "ignored" => tally.skipped += number,
            _ => {}
        }
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "
running 4 tests
test ctl::pause ... ok
test disk_full ... ok
test slow ... ignored, figures, not a promise
test wrong ... FAILED

successes:

---- ctl::pause stdout ----
figure: accepted after 3 ms

---- disk_full stdout ----
skipped: no tmpfs can be mounted here
skipped: said twice, counted once

failures:

---- wrong stdout ----
skipped: it failed all the same

test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s

test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.50s
";

    #[test]
    fn a_test_that_skipped_itself_is_not_counted_as_passed() {
        let outcome = read(LOG);
        assert_eq!(
            outcome.tally,
            Tally {
                passed: 6,
                failed: 1,
                skipped: 2
            }
        );
        assert_eq!(outcome.failures, ["wrong"]);
        assert_eq!(
            outcome.skips,
            [
                "slow: figures, not a promise",
                "disk_full: no tmpfs can be mounted here"
            ]
        );
        assert_eq!(outcome.notes, ["accepted after 3 ms"]);
    }

    #[test]
    fn a_log_without_results_counts_nothing() {
        assert_eq!(read("error: could not compile").tally, Tally::default());
    }
}
