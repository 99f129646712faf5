//! Many seeds, on all cores.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use aicoin_domain::Reason;

use crate::bug::Bug;
use crate::fault::Struck;
use crate::judge::Violation;
use crate::run::{Run, run};

/// How far a swarm goes.
#[derive(Clone, Copy, Debug)]
pub enum Extent {
    /// So many seeds.
    Seeds(u64),
    /// Until so much time is over.
    Time(Duration),
}

/// What came of many seeds.
#[derive(Debug, Default)]
pub struct Swarm {
    /// Seeds that were run.
    pub seeds: u64,
    /// Those in which something did not hold, the lowest first.
    pub failures: Vec<(u64, Violation)>,
    /// Inputs that cores took.
    pub steps: u64,
    /// Processes that were started.
    pub starts: u64,
    /// Simulated bot-days, in millionths.
    pub bot_days_ppm: u64,
    /// Faults that struck.
    pub struck: Struck,
    /// Reason codes that were given.
    pub reasons: BTreeMap<Reason, u64>,
    /// Time of processors that it took.
    pub cpu: Duration,
}

impl Swarm {
    /// Simulated bot-days.
    #[must_use]
    pub fn bot_days(&self) -> f64 {
        Duration::from_micros(self.bot_days_ppm).as_secs_f64()
    }

    /// Simulated bot-days in an hour of one processor.
    #[must_use]
    pub fn bot_days_per_cpu_hour(&self) -> f64 {
        self.bot_days() * 3600.0 / self.cpu.as_secs_f64().max(1e-9)
    }

    fn add(&mut self, run: Run) {
        self.seeds += 1;
        self.steps += run.steps;
        self.starts += run.starts;
        self.bot_days_ppm += run.bot_days_ppm();
        self.struck.add(&run.struck);
        for (reason, count) in run.reasons {
            *self.reasons.entry(reason).or_default() += count;
        }
        if let Some(violation) = run.violation {
            self.failures.push((run.seed, violation));
        }
    }

    fn merge(&mut self, other: Self) {
        self.seeds += other.seeds;
        self.steps += other.steps;
        self.starts += other.starts;
        self.bot_days_ppm += other.bot_days_ppm;
        self.struck.add(&other.struck);
        for (reason, count) in other.reasons {
            *self.reasons.entry(reason).or_default() += count;
        }
        self.failures.extend(other.failures);
        self.cpu += other.cpu;
    }
}

/// Runs seeds from `first` on, each on one of so many threads. `until_failure` ends it with the first that fails.
#[must_use]
pub fn swarm(first: u64, extent: Extent, threads: usize, bug: Bug, until_failure: bool) -> Swarm {
    let next = AtomicU64::new(first);
    let failed = AtomicU64::new(u64::MAX);
    let begun = Instant::now();
    let work = || {
        let mut own = Swarm::default();
        let cpu_before = cpu_time();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            let is_over = match extent {
                Extent::Seeds(count) => seed >= first.saturating_add(count),
                Extent::Time(span) => begun.elapsed() >= span,
            };
            if is_over || seed > failed.load(Ordering::Relaxed) {
                break;
            }
            let run = run(seed, bug);
            if until_failure && run.violation.is_some() {
                failed.fetch_min(seed, Ordering::Relaxed);
            }
            own.add(run);
        }
        own.cpu = cpu_time().saturating_sub(cpu_before);
        own
    };
    let mut all = Swarm::default();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(work)).collect();
        for thread in threads {
            if let Ok(own) = thread.join() {
                all.merge(own);
            }
        }
    });
    all.failures.sort_by_key(|(seed, _)| *seed);
    all
}

/// What this thread has used of a processor; on systems that do not say so, time that went by.
fn cpu_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = text.split(' ').next().and_then(|text| text.parse().ok());
    nanos.map_or_else(since_begin, Duration::from_nanos)
}

fn since_begin() -> Duration {
    use std::sync::OnceLock;
    static BEGIN: OnceLock<Instant> = OnceLock::new();
    BEGIN.get_or_init(Instant::now).elapsed()
}
