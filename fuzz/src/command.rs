//! The command line of a target on the stable toolchain: a bounded run, or some files once.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use rustix::process::{Resource, Rlimit, setrlimit};
use sha2::{Digest, Sha256};

use crate::corpus;
use crate::drive::{Crash, Limits, Report, drive, keep_panics};
use crate::target::Target;

/// The most memory that a run may map, in MiB: ten times what it takes. More is refused by the kernel, and ends it.
const MEMORY_MIB_MAX: u64 = 512;
/// The most processor time of one input, in milliseconds, not optimised.
const INPUT_MS_MAX: u64 = 50;

/// Reads changed examples until one breaks something, or enough of them broke nothing.
#[derive(Debug, Parser)]
struct Args {
    /// Read these files once instead, and let a panic be seen: how an input that broke something is tried again.
    files: Vec<PathBuf>,
    /// How many inputs are read.
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    runs: u64,
    /// The run ends after this even if not all were read.
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    seconds: u64,
    /// The same seed makes the same inputs.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

/// Runs a target as its own program.
#[must_use]
pub fn main(target: &Target) -> ExitCode {
    let args = Args::parse();
    let done = if args.files.is_empty() {
        run(target, &args)
    } else {
        replay(target, &args.files)
    };
    match done {
        Ok(words) => {
            eprintln!("{words}");
            ExitCode::SUCCESS
        }
        Err(words) => {
            eprintln!("{words}");
            ExitCode::FAILURE
        }
    }
}

fn run(target: &Target, args: &Args) -> Result<String, String> {
    let seeds: Vec<Vec<u8>> = corpus::read(target)?
        .into_iter()
        .map(|(_, input)| input)
        .collect();
    bound_memory()?;
    keep_panics();
    let limits = Limits {
        runs: args.runs,
        time: Duration::from_secs(args.seconds),
        input_time: Duration::from_millis(INPUT_MS_MAX),
        seed: args.seed,
    };
    let in_flight = InFlight::create(target)?;
    match drive(target, &seeds, limits, |input| in_flight.note(input)) {
        Ok(report) => {
            in_flight.remove();
            Ok(told(target, report, args))
        }
        Err(crash) => {
            let path = keep(target, &crash)?;
            in_flight.remove();
            Err(format!(
                "{}\nThe input is in {}. To see it again:\n  cargo run -p aicoin-fuzz --bin {} -- {}",
                crash.words,
                path.display(),
                target.name,
                path.display()
            ))
        }
    }
}

fn told(target: &Target, report: Report, args: &Args) -> String {
    let short = if report.runs < args.runs {
        format!(" (of {}: the time was up)", args.runs)
    } else {
        String::new()
    };
    // `figure: ` is what `cargo xtask test` shows.
    format!(
        "figure: {}: {} inputs{short}, {} outcomes, slowest {} µs, at most {} MiB of memory, seed {}",
        target.name,
        report.runs,
        report.outcomes,
        report.slowest.as_micros(),
        peak_kib().div_ceil(1024),
        args.seed
    )
}

fn replay(target: &Target, files: &[PathBuf]) -> Result<String, String> {
    for path in files {
        let input = std::fs::read(path)
            .map_err(|error| format!("{} cannot be read: {error}.", path.display()))?;
        eprintln!("reading {} ({} bytes)", path.display(), input.len());
        target.run(&input);
    }
    Ok(format!("Nothing broke in {} files.", files.len()))
}

/// An input that asks for far too much memory ends the process, and the file of the input that was being read stays.
fn bound_memory() -> Result<(), String> {
    let bytes = Some(MEMORY_MIB_MAX * 1024 * 1024);
    let limit = Rlimit {
        current: bytes,
        maximum: bytes,
    };
    setrlimit(Resource::As, limit)
        .map_err(|error| format!("The memory of this process cannot be bounded: {error}."))
}

/// The most memory that was resident, in KiB; 0 where it is not known.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}

/// Keeps an input that broke something.
fn keep(target: &Target, crash: &Crash) -> Result<PathBuf, String> {
    let digest = Sha256::digest(&crash.input);
    let name: String = digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let path = corpus::artifacts(target).join(format!("crash-{name}"));
    std::fs::write(&path, &crash.input)
        .map_err(|error| format!("{} cannot be written: {error}.", path.display()))?;
    Ok(path)
}

/// The input that is being read, in a file: what ends the whole process (a stack that is used up, memory that there is
/// none of) leaves it behind.
struct InFlight {
    file: File,
    path: PathBuf,
}

impl InFlight {
    fn create(target: &Target) -> Result<Self, String> {
        let folder = corpus::artifacts(target);
        let path = folder.join("in-flight");
        let failed = |path: &Path, error: std::io::Error| {
            format!("{} cannot be written: {error}.", path.display())
        };
        std::fs::create_dir_all(&folder).map_err(|error| failed(&folder, error))?;
        let file = File::create(&path).map_err(|error| failed(&path, error))?;
        Ok(Self { file, path })
    }

    fn note(&self, input: &[u8]) {
        // A run goes on without it: it is only looked at when something went badly wrong.
        let _ = self.file.write_all_at(input, 0);
        let _ = self
            .file
            .set_len(u64::try_from(input.len()).unwrap_or(u64::MAX));
    }

    fn remove(self) {
        let Self { file, path } = self;
        drop(file);
        let _ = std::fs::remove_file(path);
    }
}
