//! SIGTERM: everything is written down, lease and lock are given back, and the next process trades within seconds.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::pod::busy;
use crate::restart::assert_rows_agree;
use crate::rig::pod::Pod;
use crate::rig::{self};

/// The grace period is 30 s; the worker itself gives up after 20 s.
const GRACE: Duration = Duration::from_secs(20);
const SOON: Duration = Duration::from_secs(30);

#[test]
fn it_stops_cleanly_and_the_next_process_trades_within_seconds() {
    let Some(binary) = rig::binary() else { return };
    let pod = Pod::new(&binary, busy);
    for _ in 0..5 {
        let mut worker = pod.start_trading();
        let orders = pod.db().number("SELECT count(*) FROM orders");
        let begun = Instant::now();
        rig::eventually("it trades", SOON, || {
            pod.db().number("SELECT count(*) FROM orders") > orders
        });
        println!("figure: an order {:?} after the start", begun.elapsed());
        let begun = Instant::now();
        worker.signal(Signal::TERM);
        let status = worker.wait(GRACE);
        println!("figure: stopped within {:?}", begun.elapsed());
        assert_eq!(status.code(), Some(0), "{}", worker.log());
        // A look at the tables would make one: this comes first.
        assert!(
            !pod.data().join("aicoin.db-wal").exists(),
            "the database is one file again"
        );
        assert!(!pod.path("run/aicoin.sock").exists(), "the socket is gone");
        assert_eq!(
            pod.db()
                .number("SELECT count(*) FROM leases WHERE released = true"),
            1,
            "the lease is given back"
        );
        assert_rows_agree(&pod.db(), "stopped");
    }
    let worker = pod.start();
    assert_eq!(worker.control()["crashes_recent"], 0);
}

#[test]
fn a_worker_that_was_just_started_stops_as_cleanly() {
    let Some(binary) = rig::binary() else { return };
    let pod = Pod::new(&binary, busy);
    for pause_ms in [0, 1, 5, 20, 60] {
        let mut worker = pod.start();
        std::thread::sleep(Duration::from_millis(pause_ms));
        worker.signal(Signal::TERM);
        let status = worker.wait(GRACE);
        assert_eq!(status.code(), Some(0), "{pause_ms} ms: {}", worker.log());
    }
    let worker = pod.start();
    rig::eventually("it starts", SOON, || worker.not_ready() == ["NoControl"]);
    assert_eq!(worker.control()["crashes_recent"], 0);
}
