//! A bot that idles is small, and is there at once.

use std::time::Duration;

use crate::rig::worker::Worker;
use crate::rig::{self};

/// What a bot may hold while it waits.
const RESIDENT_KB_MAX: u64 = 25 * 1024;

fn resident_kb(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn an_idle_bot_stays_below_25_mb() {
    let Some(binary) = rig::binary() else { return };
    let dir = rig::scratch();
    let manifest = rig::in_checkout("examples/quickstart.yaml");
    let worker = Worker::start(&binary, &manifest, &dir.path().join("data"), &[]);
    std::thread::sleep(Duration::from_secs(5));
    let resident = resident_kb(worker.pid());
    // Somebody looks at it.
    for path in [
        "status",
        "orders",
        "decisions",
        "candles?market=BTC&limit=500",
    ] {
        assert_eq!(worker.get(&format!("/api/v1/{path}")).status, 200);
    }
    let looked_at = resident_kb(worker.pid());
    println!(
        "figure: idle, {:.1} MB resident, {:.1} MB after the page's requests; {:.0} ms from start to serving",
        mb(resident),
        mb(looked_at),
        worker.served_after.as_secs_f64() * 1e3
    );
    assert!(
        resident < RESIDENT_KB_MAX && looked_at < RESIDENT_KB_MAX,
        "{resident} and {looked_at} kB"
    );
}

fn mb(kb: u64) -> f64 {
    f64::from(u32::try_from(kb).unwrap()) / 1024.0
}
