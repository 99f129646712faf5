//! The control plane that quick tests run on: there within seconds, whole, and gone afterwards.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test panics when something is not as it must be, and prints what it measured"
)]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use aicoin_testbed::Component;
use aicoin_testbed::control_plane::{ControlPlane, Options};
use aicoin_testbed::tools::{self, Tool};

/// Set for a process that this test starts from its own binary.
const CHILD: &str = "AICOIN_TESTBED_CHILD";

fn start(options: &Options) -> ControlPlane {
    ControlPlane::start(options).unwrap()
}

fn ran(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Processes that have the folder in their environment.
fn processes_of(folder: &str) -> Vec<String> {
    let mark = format!("AICOIN_TESTBED={folder}");
    std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter(|entry| {
            std::fs::read(entry.path().join("environ")).is_ok_and(|environ| {
                environ
                    .split(|byte| *byte == 0)
                    .any(|one| one == mark.as_bytes())
            })
        })
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

fn eventually(what: &str, limit: Duration, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < limit, "not within {limit:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn it_is_ready_within_seconds_and_leaves_nothing_behind() {
    tools::ensure(&[Tool::Etcd, Tool::KubeApiserver, Tool::Kubectl]).unwrap();
    let begun = Instant::now();
    let plane = start(&Options::default());
    let took = begun.elapsed();
    println!("figure: control plane ready in {:.1} s", took.as_secs_f64());
    assert!(took < Duration::from_secs(30), "{took:?}");

    let version = ran(plane.kubectl().unwrap().args(["get", "--raw", "/version"]));
    assert!(version.contains("\"gitVersion\": \"v1.36"), "{version}");

    let folder = plane.folder().to_owned();
    assert_eq!(processes_of(folder.to_str().unwrap()).len(), 2);
    plane.down().unwrap();
    assert_eq!(processes_of(folder.to_str().unwrap()), [""; 0]);
    assert!(!folder.exists());
}

#[test]
fn it_ends_when_the_process_that_started_it_is_killed() {
    if let Some(file) = std::env::var_os(CHILD) {
        let plane = start(&Options::default());
        std::fs::write(file, plane.folder().to_str().unwrap()).unwrap();
        // Until it is killed.
        std::thread::sleep(Duration::from_secs(60));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("folder");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "it_ends_when_the_process_that_started_it_is_killed",
        ])
        .env(CHILD, &file)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut plane = String::new();
    eventually("the child has one", Duration::from_secs(60), || {
        plane = std::fs::read_to_string(&file).unwrap_or_default();
        !plane.is_empty()
    });
    assert_eq!(processes_of(&plane).len(), 2);
    child.kill().unwrap();
    child.wait().unwrap();
    eventually("nothing is left", Duration::from_secs(20), || {
        processes_of(&plane).is_empty() && !std::path::Path::new(&plane).exists()
    });
}

#[test]
fn the_api_server_can_go_away_and_come_back_with_its_objects() {
    let plane = start(&Options::default());
    let kubectl = |args: &[&str]| ran(plane.kubectl().unwrap().args(args));
    kubectl(&["create", "namespace", "kept"]);
    plane.stop(Component::Apiserver).unwrap();
    assert_eq!(plane.pid(Component::Apiserver), None);
    let refused = plane
        .kubectl()
        .unwrap()
        .args(["get", "namespace", "kept"])
        .output()
        .unwrap();
    assert!(!refused.status.success());
    plane.start_again(Component::Apiserver).unwrap();
    assert_eq!(
        kubectl(&["get", "namespace", "kept", "-o", "name"]),
        "namespace/kept\n"
    );
}

#[test]
fn another_user_has_the_rights_that_were_given_and_no_others() {
    let plane = start(&Options::default());
    let admin = |args: &[&str]| ran(plane.kubectl().unwrap().args(args));
    admin(&[
        "create",
        "clusterrole",
        "look",
        "--verb=get",
        "--resource=pods",
    ]);
    admin(&[
        "create",
        "clusterrolebinding",
        "look",
        "--clusterrole=look",
        "--group=lookers",
    ]);
    let jane = plane.kubeconfig_for("jane", Some("lookers")).unwrap();
    let can = |verb: &str| {
        let output = tools::command(Tool::Kubectl)
            .unwrap()
            .arg("--kubeconfig")
            .arg(&jane)
            .args(["auth", "can-i", verb, "pods"])
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(can("get"), "yes\n");
    assert_eq!(can("delete"), "no\n");
}

#[test]
fn with_the_controller_manager_deployments_are_carried_out_and_garbage_is_collected() {
    let plane = start(&Options {
        controller_manager: true,
        ..Options::default()
    });
    let kubectl = |args: &[&str]| ran(plane.kubectl().unwrap().args(args));
    let count = |kind: &str| {
        kubectl(&["get", kind, "-o", "name", "--selector=app=x"])
            .lines()
            .count()
    };
    kubectl(&["create", "deployment", "x", "--image=registry.local/x:1"]);
    eventually("a pod is made", Duration::from_secs(30), || {
        count("replicasets") == 1 && count("pods") == 1
    });
    kubectl(&["delete", "deployment", "x"]);
    eventually("garbage is gone", Duration::from_secs(30), || {
        count("replicasets") == 0 && count("pods") == 0
    });
}
