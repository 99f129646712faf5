//! Figures of a process, from `/proc`.

use crate::Result;

/// Processor time of user and system so far, s.
pub fn cpu_s(pid: u32) -> Result<f64> {
    let stat = read(pid, "stat")?;
    // The name is in parentheses and may have any sign in it.
    let after = stat.rsplit_once(')').map_or("", |(_, after)| after);
    let ticks: Vec<f64> = after
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse().ok())
        .collect();
    if ticks.len() != 2 {
        return Err(format!("/proc/{pid}/stat is not as expected."));
    }
    Ok(ticks.iter().sum::<f64>() / rustix::param::clock_ticks_per_second() as f64)
}

/// Processor time that the whole machine has spent on anything so far, s; also what its host took away.
pub fn machine_s() -> Result<f64> {
    let text = std::fs::read_to_string("/proc/stat")
        .map_err(|error| format!("/proc/stat cannot be read: {error}."))?;
    // cpu user nice system idle iowait irq softirq steal …
    let all: Vec<f64> = text
        .lines()
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(1)
        .take(8)
        .filter_map(|field| field.parse().ok())
        .collect();
    let waiting: f64 = all.iter().skip(3).take(2).sum();
    Ok((all.iter().sum::<f64>() - waiting) / rustix::param::clock_ticks_per_second() as f64)
}

/// Resident memory now and at its highest, MiB.
pub fn memory_mib(pid: u32) -> Result<(f64, f64)> {
    let status = read(pid, "status")?;
    let field = |name: &str| {
        status
            .lines()
            .find_map(|line| {
                line.strip_prefix(name)?
                    .trim()
                    .strip_suffix(" kB")?
                    .trim()
                    .parse::<f64>()
                    .ok()
            })
            .map(|kib| kib / 1024.0)
            .ok_or_else(|| format!("/proc/{pid}/status has no {name}"))
    };
    Ok((field("VmRSS:")?, field("VmHWM:")?))
}

fn read(pid: u32, file: &str) -> Result<String> {
    std::fs::read_to_string(format!("/proc/{pid}/{file}"))
        .map_err(|error| format!("/proc/{pid}/{file} cannot be read: {error}."))
}
