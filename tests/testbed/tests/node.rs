//! The node that whole-system tests run on: real pods, probes, logs, exec and Services, and nothing left afterwards.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test panics when something is not as it must be, and prints what it measured"
)]

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use aicoin_testbed::node::{self, Node, Options};
use aicoin_testbed::oci::{self, Image};
use aicoin_testbed::tools::{self, Tool};

/// A server that is there anyhow: an etcd in an image from scratch answers HTTP, logs, and can be run by `exec`.
const REFERENCE: &str = "registry.local/server:1";
const POD: &str = r#"{
  "apiVersion": "v1", "kind": "Pod",
  "metadata": {"name": "server", "labels": {"app": "server"}},
  "spec": {
    "securityContext": {
      "runAsNonRoot": true, "runAsUser": 65532, "runAsGroup": 65532, "fsGroup": 65532,
      "seccompProfile": {"type": "RuntimeDefault"}
    },
    "automountServiceAccountToken": false,
    "containers": [{
      "name": "server", "image": "registry.local/server:1", "imagePullPolicy": "IfNotPresent",
      "args": ["--data-dir=/data", "--listen-client-urls=http://0.0.0.0:2379", "--advertise-client-urls=http://localhost:2379"],
      "ports": [{"containerPort": 2379}],
      "readinessProbe": {"httpGet": {"path": "/health", "port": 2379}, "periodSeconds": 1},
      "securityContext": {
        "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}
      },
      "volumeMounts": [{"name": "data", "mountPath": "/data"}]
    }],
    "volumes": [{"name": "data", "emptyDir": {}}]
  }
}"#;

fn ran(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}{}",
        String::from_utf8_lossy(&output.stderr),
        String::from_utf8_lossy(&output.stdout)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn kubectl(node: &Node, args: &[&str]) -> String {
    ran(node.kubectl().unwrap().args(args))
}

fn eventually(what: &str, limit: Duration, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < limit, "not within {limit:?}: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// What is there of a folder: processes, mounts, devices, control groups, files.
fn traces_of(folder: &Path) -> Vec<String> {
    let text = folder.to_str().unwrap();
    let name = folder.file_name().unwrap().to_str().unwrap();
    let mut all = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        for file in ["environ", "cmdline"] {
            let bytes = std::fs::read(entry.path().join(file)).unwrap_or_default();
            let words = String::from_utf8_lossy(&bytes).into_owned();
            let own = entry.file_name().to_str() == Some(&std::process::id().to_string());
            if !own && words.contains(text) {
                all.push(format!("process: {words}"));
            }
        }
    }
    for line in std::fs::read_to_string("/proc/mounts").unwrap().lines() {
        if line.contains(text) {
            all.push(format!("mount: {line}"));
        }
    }
    for entry in std::fs::read_dir("/sys/class/net").unwrap().flatten() {
        let alias = std::fs::read_to_string(entry.path().join("ifalias")).unwrap_or_default();
        if alias.trim() == text {
            all.push(format!("device: {:?}", entry.file_name()));
        }
    }
    let groups = ran(Command::new("find")
        .args(["/sys/fs/cgroup", "-type", "d", "-name"])
        .arg(format!("aicoin-{name}")));
    all.extend(groups.lines().map(|line| format!("control group: {line}")));
    if folder.exists() {
        all.push(format!("folder: {text}"));
    }
    all
}

fn import_server(node: &Node) {
    let bytes = std::fs::read(tools::path(Tool::Etcd).unwrap()).unwrap();
    let archive = oci::archive(&Image {
        reference: REFERENCE,
        architecture: oci::architecture(),
        program: "etcd",
        bytes: &bytes,
        user: oci::NOBODY,
        labels: BTreeMap::new(),
    })
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.tar");
    std::fs::write(&path, archive).unwrap();
    node.import(&path).unwrap();
}

fn get(address: &str, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[test]
fn a_pod_runs_and_nothing_is_left_when_the_node_is_down() {
    if let Err(why) = node::possible() {
        println!("skipped: {why}");
        return;
    }
    let begun = Instant::now();
    let node = Node::up(&Options {
        crash_restart_max: Some(Duration::from_secs(2)),
        ..Options::default()
    })
    .unwrap();
    println!(
        "figure: node ready in {:.1} s",
        begun.elapsed().as_secs_f64()
    );
    import_server(&node);

    // The strictest level of Pod Security, for everything in it.
    kubectl(&node, &["create", "namespace", "strict"]);
    kubectl(
        &node,
        &[
            "label",
            "namespace",
            "strict",
            "pod-security.kubernetes.io/enforce=restricted",
        ],
    );
    let file = node.folder().join("pod.json");
    std::fs::write(&file, POD).unwrap();
    kubectl(
        &node,
        &["-n", "strict", "apply", "-f", file.to_str().unwrap()],
    );
    kubectl(
        &node,
        &[
            "-n",
            "strict",
            "wait",
            "--for=condition=Ready",
            "pod/server",
            "--timeout=60s",
        ],
    );

    // Logs and exec go through the kubelet.
    assert!(
        kubectl(&node, &["-n", "strict", "logs", "server"])
            .contains("ready to serve client requests")
    );
    assert!(
        kubectl(
            &node,
            &["-n", "strict", "exec", "server", "--", "etcd", "--version"]
        )
        .contains("etcd Version")
    );

    // The host reaches the pod, and a Service before it.
    let address = kubectl(
        &node,
        &[
            "-n",
            "strict",
            "get",
            "pod",
            "server",
            "-o",
            "jsonpath={.status.podIP}",
        ],
    );
    assert!(
        get(&format!("{address}:2379"), "/health")
            .unwrap()
            .contains("\"health\":\"true\"")
    );
    kubectl(
        &node,
        &[
            "-n",
            "strict",
            "expose",
            "pod",
            "server",
            "--port=80",
            "--target-port=2379",
        ],
    );
    let service = kubectl(
        &node,
        &[
            "-n",
            "strict",
            "get",
            "service",
            "server",
            "-o",
            "jsonpath={.spec.clusterIP}",
        ],
    );
    eventually("the Service answers", Duration::from_secs(20), || {
        get(&format!("{service}:80"), "/health")
            .is_ok_and(|answer| answer.contains("\"health\":\"true\""))
    });

    // A killed container comes back, soon, again and again.
    let uid = kubectl(
        &node,
        &[
            "-n",
            "strict",
            "get",
            "pod",
            "server",
            "-o",
            "jsonpath={.metadata.uid}",
        ],
    );
    for count in 1..=3 {
        let pids = node.pids(&uid);
        assert_eq!(pids.len(), 1, "{pids:?}");
        ran(Command::new("kill").arg("-KILL").arg(pids[0].to_string()));
        let what = format!("restart {count}");
        eventually(&what, Duration::from_secs(15), || {
            kubectl(
                &node,
                &[
                    "-n",
                    "strict",
                    "get",
                    "pod",
                    "server",
                    "-o",
                    "jsonpath={.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].ready}",
                ],
            ) == format!("{count} true")
        });
    }

    // Kubernetes takes a namespace away.
    kubectl(&node, &["delete", "namespace", "strict", "--timeout=60s"]);

    let folder = node.folder().to_owned();
    assert!(traces_of(&folder).len() > 3);
    node.down().unwrap();
    assert_eq!(traces_of(&folder), [""; 0]);
}

#[test]
fn two_nodes_at_once_do_not_collide_and_end_with_their_pods() {
    if let Err(why) = node::possible() {
        println!("skipped: {why}");
        return;
    }
    let nodes = [0, 1].map(|_| Node::up(&Options::default()).unwrap());
    for node in &nodes {
        import_server(node);
        let file = node.folder().join("pod.json");
        std::fs::write(&file, POD).unwrap();
        kubectl(node, &["apply", "-f", file.to_str().unwrap()]);
    }
    for node in &nodes {
        kubectl(
            node,
            &[
                "wait",
                "--for=condition=Ready",
                "pod/server",
                "--timeout=60s",
            ],
        );
    }
    assert_ne!(nodes[0].url(), nodes[1].url());
    for node in nodes {
        let folder = node.folder().to_owned();
        drop(node);
        assert_eq!(traces_of(&folder), [""; 0]);
    }
}
