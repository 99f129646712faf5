//! Probes: `/livez` is about the loop alone, `/readyz` says why not, and both are answered from the first moment on.

use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use crate::pod::busy;
use crate::rig::pod::Pod;
use crate::rig::{self};

const SOON: Duration = Duration::from_secs(30);

/// Somebody else's transaction: nobody can write until it ends.
struct Blocker {
    runtime: tokio::runtime::Runtime,
    connection: sqlx::SqliteConnection,
}

impl Blocker {
    fn begin(pod: &Pod) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let options = SqliteConnectOptions::new()
            .filename(pod.data().join("aicoin.db"))
            .busy_timeout(SOON);
        let connection = runtime.block_on(async {
            let mut connection = options.connect().await.unwrap();
            sqlx::query("BEGIN IMMEDIATE")
                .execute(&mut connection)
                .await
                .unwrap();
            connection
        });
        Self {
            runtime,
            connection,
        }
    }

    fn end(mut self) {
        self.runtime.block_on(async {
            sqlx::query("ROLLBACK")
                .execute(&mut self.connection)
                .await
                .unwrap();
            self.connection.close().await.unwrap();
        });
    }
}

#[test]
fn a_store_that_is_away_makes_it_unready_and_never_dead() {
    let Some(binary) = rig::binary() else { return };
    let pod = Pod::new(&binary, busy);
    let worker = pod.start_trading();
    rig::eventually("ready", SOON, || worker.not_ready().is_empty());
    let blocker = Blocker::begin(&pod);
    rig::eventually("unready", SOON, || worker.not_ready() == ["StoreDown"]);
    // Longer than the loop may be silent.
    let begun = std::time::Instant::now();
    while begun.elapsed() < Duration::from_secs(12) {
        let alive = worker.open("/livez");
        assert_eq!(alive.status, 200, "{alive:?}");
        std::thread::sleep(Duration::from_millis(200));
    }
    blocker.end();
    rig::eventually("ready again", SOON, || worker.not_ready().is_empty());
}

#[test]
fn a_slow_start_is_alive_and_not_ready_and_open_to_nobody_yet() {
    let Some(binary) = rig::binary() else { return };
    let pod = Pod::new(&binary, busy);
    pod.start_trading().stop();
    let blocker = Blocker::begin(&pod);
    let worker = pod.start();
    assert_eq!(worker.open("/livez").status, 200);
    assert_eq!(worker.not_ready(), ["Starting"]);
    let health = worker.open("/api/v1/health").json();
    assert_eq!(health["status"], "degraded", "{health}");
    assert_eq!(
        worker.control()["not_ready"],
        serde_json::json!(["Starting"])
    );
    assert_eq!(worker.open("/metrics").status, 200);
    blocker.end();
    // A control that comes meanwhile waits for the loop.
    assert_eq!(worker.put(2, "Paused").status, 200);
    rig::eventually("ready", SOON, || worker.not_ready().is_empty());
}

#[test]
fn a_frozen_worker_answers_no_probe() {
    let Some(binary) = rig::binary() else { return };
    let pod = Pod::new(&binary, busy);
    let worker = pod.start_trading();
    worker.signal(rustix::process::Signal::STOP);
    let address = worker.address.clone();
    let probe = std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(2)))
            .unwrap();
        stream
            .write_all(b"GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n")
            .unwrap();
        stream.read(&mut [0; 1]).is_err()
    });
    assert!(probe.join().unwrap(), "a probe of 2 s fails");
    worker.signal(rustix::process::Signal::CONT);
    rig::eventually("it lives again", SOON, || {
        worker.open("/livez").status == 200
    });
}
