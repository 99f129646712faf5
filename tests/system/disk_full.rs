//! A disk that is really full: nothing new is opened, nothing is lost, it goes on when there is room again.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::quickstart::{assert_equals_the_tables, summary_of};
use crate::rig::db::Db;
use crate::rig::manifest::Rule;
use crate::rig::worker::Worker;
use crate::rig::{self, process, worker};

const SOON: Duration = Duration::from_secs(60);

/// A few MiB of memory that look like a disk; gone with the test.
struct SmallDisk {
    point: tempfile::TempDir,
}

impl SmallDisk {
    /// `None` prints why the test is skipped.
    fn mount() -> Option<Self> {
        let point = rig::scratch();
        let output = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"])
            .arg(point.path())
            .output();
        let why = match output {
            Ok(output) if output.status.success() => return Some(Self { point }),
            Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            Err(error) => error.to_string(),
        };
        println!("skipped: no small disk can be mounted here ({why})");
        None
    }

    fn data(&self) -> PathBuf {
        self.point.path().join("data")
    }

    /// Takes all the room that is left.
    fn fill(&self) -> PathBuf {
        use std::io::Write;
        let path = self.point.path().join("something-else");
        let mut file = std::fs::File::create(&path).unwrap();
        while file.write_all(&[7; 512]).is_ok() {}
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount")
            .args([Path::new("-l"), self.point.path()])
            .status();
    }
}

#[test]
fn a_full_disk_opens_nothing_and_the_bot_goes_on_when_there_is_room() {
    let Some(binary) = rig::binary() else { return };
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    let folder = rig::scratch();
    let manifest = Rule {
        fast: 1,
        slow: 2,
        stop_loss_pct: Some("2"),
        ..Rule::default()
    }
    .write(folder.path());
    let mut worker = Worker::start(
        &binary,
        &manifest,
        &disk.data(),
        &["--speed", "300", "--json"],
    );
    rig::eventually("it trades", SOON, || worker.count("fills") > 2);
    let other = disk.fill();
    rig::eventually("health says so", SOON, || {
        worker.open("/api/v1/health").json()["status"] == "down"
    });
    rig::eventually("the log says so", SOON, || {
        worker.stderr().contains("is full: free some space")
    });
    assert_eq!(worker.open("/livez").status, 200, "it lives");
    let (orders, time) = (
        worker.count("orders"),
        worker.status()["time_ms"].as_i64().unwrap(),
    );
    rig::eventually("an hour of the market", SOON, || {
        worker.status()["time_ms"].as_i64().unwrap() > time + 3_600_000
    });
    assert_eq!(worker.count("orders"), orders, "nothing new is opened");
    assert_ne!(worker.open("/readyz").status, 200, "it is not ready");
    std::fs::remove_file(other).unwrap();
    rig::eventually("it is well again", SOON, || {
        worker.open("/api/v1/health").json()["status"] == "ok"
    });
    let fills = worker.count("fills");
    rig::eventually("it trades again", SOON, || {
        worker.count("fills") > fills + 2
    });
    worker.signal(rustix::process::Signal::INT);
    assert_eq!(worker.wait(SOON).code(), Some(0), "{}", worker.stderr());
    rig::eventually("the summary is read", SOON, || !worker.stdout().is_empty());
    assert_equals_the_tables(&summary_of(&worker.stdout()), &Db::of(&disk.data()));
}

#[test]
fn a_start_on_a_full_disk_is_refused_with_the_way_out() {
    let Some(binary) = rig::binary() else { return };
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    let folder = rig::scratch();
    let manifest = Rule::default().write(folder.path());
    disk.fill();
    let ended = process::run(&mut worker::local(&binary, &manifest, &disk.data()), SOON);
    ended.assert_refused_with(&["full", "free some space"]);
}
