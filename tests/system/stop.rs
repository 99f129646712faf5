//! Stopping: Ctrl-C and SIGTERM end it cleanly, and nothing is left in the way of the next start.

use std::time::Duration;

use rustix::process::Signal;

use crate::quickstart::{assert_equals_the_tables, summary_of};
use crate::rig::db::Db;
use crate::rig::manifest::Rule;
use crate::rig::worker::Worker;
use crate::rig::{self};

const SOON: Duration = Duration::from_secs(10);

#[test]
fn ctrl_c_and_sigterm_end_it_cleanly() {
    let Some(binary) = rig::binary() else { return };
    for signal in [Signal::INT, Signal::TERM] {
        let dir = rig::scratch();
        let data = dir.path().join("data");
        let manifest = Rule {
            fast: 1,
            slow: 2,
            ..Rule::default()
        }
        .write(dir.path());
        let mut worker = Worker::start(&binary, &manifest, &data, &["--speed", "600", "--json"]);
        rig::eventually("it trades", Duration::from_secs(30), || {
            worker.count("fills") > 2
        });
        worker.signal(signal);
        assert_eq!(
            worker.wait(SOON).code(),
            Some(0),
            "{signal:?}: {}",
            worker.stderr()
        );
        // A look at the tables would make one: this comes first.
        assert!(
            !data.join("aicoin.db-wal").exists(),
            "the database is one file again"
        );
        assert!(!data.join("aicoin.sock").exists(), "the socket is gone");
        rig::eventually("the summary is read", SOON, || !worker.stdout().is_empty());
        assert_equals_the_tables(&summary_of(&worker.stdout()), &Db::of(&data));
        let again = Worker::start(&binary, &manifest, &data, &[]);
        assert_eq!(again.open("/livez").status, 200);
    }
}

#[test]
fn only_one_database_and_nothing_foreign_is_in_the_data_directory() {
    let Some(binary) = rig::binary() else { return };
    let dir = rig::scratch();
    let data = dir.path().join("data");
    let mut worker = Worker::start(
        &binary,
        &Rule::default().write(dir.path()),
        &data,
        &["--run-for", "1s"],
    );
    assert_eq!(worker.wait(SOON).code(), Some(0));
    let mut names: Vec<String> = std::fs::read_dir(&data)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["aicoin.db", "aicoin.lock", "identity"]);
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(
        std::fs::metadata(&data).unwrap().permissions().mode() & 0o777,
        0o700,
        "for this user only"
    );
}
