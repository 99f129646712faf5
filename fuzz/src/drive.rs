//! The bounded run: examples, then changed ones, until enough of them were read or the time is up.

use std::cell::RefCell;
use std::collections::HashSet;
use std::panic::{self, AssertUnwindSafe};
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use crate::mutate::mutate;
use crate::random::Random;
use crate::target::Target;

/// The most inputs that are changed further: more would be too thinly spread.
const POOL_MAX: usize = 2048;

/// When a run ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// So many inputs, the corpus included.
    pub(crate) runs: u64,
    /// Or when this is over: for slow machines.
    pub(crate) time: Duration,
    /// The most processor time of one input.
    pub(crate) input_time: Duration,
    /// The same seed makes the same inputs.
    pub(crate) seed: u64,
}

/// A run that found nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    /// Inputs that were read.
    pub(crate) runs: u64,
    /// Different things that came of them.
    pub(crate) outcomes: usize,
    /// The longest processor time of one.
    pub(crate) slowest: Duration,
}

/// An input that broke something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Crash {
    /// The input.
    pub(crate) input: Vec<u8>,
    /// What it broke.
    pub(crate) words: String,
}

/// Runs a target. `before` hears of each input before it is read.
pub(crate) fn drive(
    target: &Target,
    seeds: &[Vec<u8>],
    limits: Limits,
    mut before: impl FnMut(&[u8]),
) -> Result<Report, Crash> {
    let began = Instant::now();
    let mut random = Random::new(limits.seed);
    let mut pool: Vec<Vec<u8>> = seeds.to_vec();
    let mut outcomes = HashSet::new();
    let mut report = Report {
        runs: 0,
        outcomes: 0,
        slowest: Duration::ZERO,
    };
    let mut waiting = seeds.iter().cloned();
    while report.runs < limits.runs && began.elapsed() < limits.time {
        let (input, is_seed) = match waiting.next() {
            Some(seed) => (seed, true),
            None => (changed(target, &pool, &mut random), false),
        };
        before(&input);
        let (outcome, took) = one(target, &input, limits.input_time)?;
        report.runs += 1;
        report.slowest = report.slowest.max(took);
        if outcomes.insert(outcome) && !is_seed && pool.len() < POOL_MAX {
            pool.push(input);
        }
    }
    report.outcomes = outcomes.len();
    Ok(report)
}

/// One of the pool, changed.
fn changed(target: &Target, pool: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let empty: &[u8] = &[];
    let mut pick = || {
        pool.get(random.below(pool.len()))
            .map_or(empty, Vec::as_slice)
    };
    let (one, other) = (pick(), pick());
    let mut input = mutate(one, other, random);
    input.truncate(target.input_bytes_max);
    input
}

/// Reads one input. What came of it, and its processor time.
fn one(target: &Target, input: &[u8], limit: Duration) -> Result<(u64, Duration), Crash> {
    let crash = |words: String| Crash {
        input: input.to_vec(),
        words,
    };
    let (outcome, mut took) = timed(target, input).map_err(crash)?;
    // The first time it may have paid for a page that the system brought, or for a thread's first use of something.
    for _ in 0..2 {
        if took <= limit {
            break;
        }
        took = took.min(timed(target, input).map_err(crash)?.1);
    }
    if took > limit {
        return Err(crash(format!(
            "It took {} ms of processor time; {} ms is the most.",
            took.as_millis(),
            limit.as_millis()
        )));
    }
    Ok((outcome, took))
}

fn timed(target: &Target, input: &[u8]) -> Result<(u64, Duration), String> {
    let began = processor_time();
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| target.run(input)));
    let took = processor_time().saturating_sub(began);
    match outcome {
        Ok(outcome) => Ok((outcome, took)),
        Err(_) => Err(PANIC.with_borrow_mut(std::mem::take)),
    }
}

/// What this thread has had of the processor.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or(0),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}

thread_local! {
    /// The words of the last panic of this thread.
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// From now on a panic's words are kept instead of printed.
pub(crate) fn keep_panics() {
    panic::set_hook(Box::new(|info| {
        let words = info.to_string();
        PANIC.with_borrow_mut(|kept| *kept = words);
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::Signature;

    fn limits() -> Limits {
        Limits {
            runs: 20_000,
            time: Duration::from_secs(60),
            input_time: Duration::from_millis(50),
            seed: 1,
        }
    }

    fn target(check: fn(&[u8], Signature) -> Signature) -> Target {
        Target {
            name: "planted",
            input_bytes_max: 1024,
            check,
        }
    }

    fn seeds() -> Vec<Vec<u8>> {
        vec![br#"{"size":"1","side":"B"}"#.to_vec()]
    }

    #[test]
    fn a_planted_panic_is_found_with_its_input_and_the_same_one_for_the_same_seed() {
        let negative = target(|input, signature| {
            let value: Option<serde_json::Value> = serde_json::from_slice(input).ok();
            let size = value.as_ref().and_then(|value| value.get("size")?.as_str());
            assert!(!size.is_some_and(|size| size.starts_with('-')), "negative");
            signature
        });
        let run = || drive(&negative, &seeds(), limits(), |_| {}).unwrap_err();
        let crash = run();
        assert!(String::from_utf8_lossy(&crash.input).contains("\"-"));
        assert_eq!(crash.input, run().input);
    }

    #[test]
    fn an_input_that_takes_too_long_is_found() {
        let slow = target(|input, signature| {
            let began = processor_time();
            while input.len() > 64 && processor_time() - began < Duration::from_millis(80) {
                std::hint::spin_loop();
            }
            signature
        });
        let crash = drive(&slow, &seeds(), limits(), |_| {}).unwrap_err();
        assert!(crash.input.len() > 64);
        assert!(crash.words.contains("50 ms is the most"), "{}", crash.words);
    }

    #[test]
    fn a_run_reads_as_many_inputs_as_it_was_told_and_the_corpus_first() {
        let mut first = Vec::new();
        let report = drive(
            &target(|_, signature| signature),
            &seeds(),
            Limits {
                runs: 10,
                ..limits()
            },
            |input| {
                if first.is_empty() {
                    first = input.to_vec();
                }
            },
        )
        .unwrap();
        assert_eq!((report.runs, report.outcomes), (10, 1));
        assert_eq!(first, seeds().remove(0));
    }
}
