//! The chart at an API server. No pod runs there; what is stored, kept and refused is real.

use std::process::{Command, Output};
use std::sync::OnceLock;

use aicoin_testbed::control_plane::{ControlPlane, Options};
use serde_json::{Value, json};

use crate::rig::objects::{of_kind, pod_spec, title};
use crate::rig::profile::{ALL, NAMESPACED};
use crate::rig::{chart, helm, review, table, words};

/// One for all tests here; it ends with their process.
fn plane() -> &'static ControlPlane {
    static PLANE: OnceLock<ControlPlane> = OnceLock::new();
    PLANE.get_or_init(|| ControlPlane::start(&Options::default()).unwrap())
}

/// `kubectl` as the administrator.
fn administrator() -> Command {
    plane().kubectl().unwrap()
}

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", words(&output));
    output
}

fn at_plane(args: &[&str]) -> Output {
    run(helm()
        .args(args)
        .arg("--kubeconfig")
        .arg(plane().kubeconfig()))
}

fn kubectl(args: &[&str]) -> Output {
    run(administrator().args(args))
}

fn get(what: &[&str]) -> Value {
    let mut args = vec!["get", "-o", "json", "--ignore-not-found"];
    args.extend(what);
    let output = kubectl(&args);
    if output.stdout.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn an_upgrade_and_a_new_installation_keep_the_control_key_and_the_bots() {
    let chart = chart();
    let chart = chart.to_str().unwrap();
    let namespace = ["--namespace", "aicoin-system"];
    let key =
        || get(&["secret", "aicoin-control-key", "--namespace=aicoin-system"])["data"].clone();
    let crd = || get(&["crd", "tradingbots.aicoin.dev"]);

    // The documented command, word for word.
    let notes = at_plane(&[
        "install",
        "aicoin",
        chart,
        "-n",
        "aicoin-system",
        "--create-namespace",
    ]);
    assert!(words(&notes).contains("kubectl apply -f examples/paper-bot.yaml"));
    let made = key();
    assert!(made["private-key.pem"].is_string(), "{made}");
    assert_ne!(crd(), Value::Null);

    rights_are_the_reviewed_ones();

    let mut upgrade = vec!["upgrade", "aicoin", chart, "--set", "replicas=2"];
    upgrade.extend(namespace);
    at_plane(&upgrade);
    let deployment = get(&["deployment", "aicoin-operator", "--namespace=aicoin-system"]);
    assert_eq!(deployment["spec"]["replicas"], json!(2));
    assert_eq!(key(), made, "after an upgrade");

    let made = rotated_key(&key, &upgrade);

    let mut uninstall = vec!["uninstall", "aicoin"];
    uninstall.extend(namespace);
    at_plane(&uninstall);
    assert_eq!(key(), made, "after an uninstall");
    assert_ne!(crd(), Value::Null, "the bots would be gone with it");
    let left = get(&[
        "deployments,services,serviceaccounts,roles,rolebindings,networkpolicies,configmaps",
        "--namespace=aicoin-system",
        "--selector=app.kubernetes.io/part-of=aicoin",
    ]);
    assert_eq!(left, Value::Null);
    let left = get(&[
        "clusterroles,clusterrolebindings",
        "--selector=app.kubernetes.io/part-of=aicoin",
    ]);
    assert_eq!(left, Value::Null);

    let mut again = vec!["install", "aicoin", chart];
    again.extend(namespace);
    at_plane(&again);
    assert_eq!(key(), made, "after a new installation");
}

/// Rotates the control key with the documented commands, and upgrades once more.
fn rotated_key(key: &dyn Fn() -> Value, upgrade: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("private-key.pem");
    std::fs::write(&file, "a new key").unwrap();
    let secret = run(administrator()
        .args(["-n", "aicoin-system", "create", "secret", "generic"])
        .args(["aicoin-control-key", "--dry-run=client", "-o", "yaml"])
        .arg(format!("--from-file={}", file.display())));
    let manifest = folder.path().join("secret.yaml");
    std::fs::write(&manifest, secret.stdout).unwrap();
    kubectl(&[
        "apply",
        "--server-side",
        "--force-conflicts",
        "-f",
        manifest.to_str().unwrap(),
    ]);
    let rotated = json!({"private-key.pem": "YSBuZXcga2V5"});
    assert_eq!(key(), rotated);
    at_plane(upgrade);
    assert_eq!(key(), rotated, "an upgrade sets the old key back");
    rotated
}

fn rights_are_the_reviewed_ones() {
    let rows = table::rows::<6>("tests/chart/can-i.tsv");
    let answers = review::answers(administrator(), "aicoin-system", &rows, None);
    assert_eq!(answers.len(), rows.len());
    for (row, answer) in rows.iter().zip(&answers) {
        assert_eq!(*answer, row[5] == "yes", "{row:?}");
    }
    // The way in which a person would ask.
    let answer = administrator()
        .args(["auth", "can-i", "get", "secrets", "--all-namespaces"])
        .arg("--as=system:serviceaccount:aicoin-system:aicoin-operator")
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&answer.stdout).trim(), "no");
    println!(
        "figure: {} questions about the operator's rights to the API server, {} refused",
        rows.len(),
        answers.iter().filter(|answer| !**answer).count()
    );
}

#[test]
fn a_namespaced_installation_has_rights_in_its_namespaces_only() {
    for namespace in ["team-a", "team-b", "team-c", "own-system"] {
        kubectl(&["create", "namespace", namespace]);
    }
    at_plane(&[
        "install",
        "aicoin",
        chart().to_str().unwrap(),
        "--namespace=own-system",
        "--values",
        NAMESPACED.values,
    ]);
    let rows: Vec<[String; 6]> = table::rows::<6>("tests/chart/can-i.tsv")
        .into_iter()
        .filter(|row| row[4] == "team" && !row[1].starts_with("leases."))
        .collect();
    for (namespace, has_rights) in [("team-a", true), ("team-b", true), ("team-c", false)] {
        let answers = review::answers(administrator(), "own-system", &rows, Some(namespace));
        for (row, answer) in rows.iter().zip(&answers) {
            assert_eq!(
                *answer,
                has_rights && row[5] == "yes",
                "{row:?} in {namespace}"
            );
        }
    }
}

#[test]
fn the_api_server_admits_every_pod_of_the_chart_to_a_restricted_namespace() {
    kubectl(&["create", "namespace", "restricted"]);
    kubectl(&[
        "label",
        "namespace",
        "restricted",
        "pod-security.kubernetes.io/enforce=restricted",
    ]);
    // No controller makes the default account here.
    for account in ["default", "aicoin-operator"] {
        kubectl(&[
            "create",
            "serviceaccount",
            account,
            "--namespace=restricted",
        ]);
    }
    let admit = |pod: &Value| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pod.json");
        std::fs::write(&file, pod.to_string()).unwrap();
        administrator()
            .args(["create", "--dry-run=server", "-f"])
            .arg(file)
            .output()
            .unwrap()
    };
    let mut judged = 0;
    for profile in ALL {
        for object in profile.objects() {
            let Some(spec) = pod_spec(&object) else {
                continue;
            };
            let mut spec = spec.clone();
            // The class is made by whoever names it.
            spec.as_object_mut().unwrap().remove("priorityClassName");
            let pod = json!({
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": "judged", "namespace": "restricted"},
                "spec": spec,
            });
            let output = admit(&pod);
            assert!(
                output.status.success(),
                "{} in {}: {}",
                title(&object),
                profile.name,
                words(&output)
            );
            judged += 1;
        }
    }
    assert_eq!(judged, 8, "operator and test in each profile");

    // The judge does refuse.
    let objects = ALL[0].objects();
    let deployment = of_kind(&objects, "Deployment").next().unwrap();
    let mut spec = pod_spec(deployment).unwrap().clone();
    spec["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = json!(true);
    let pod = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "judged", "namespace": "restricted"},
        "spec": spec,
    });
    let output = admit(&pod);
    assert!(
        words(&output).contains("violates PodSecurity"),
        "{}",
        words(&output)
    );
}
