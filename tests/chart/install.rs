//! What is documented works without values, and is of this version.

use serde_json::json;

use crate::rig::objects::{of_kind, pod_spec, title};
use crate::rig::profile::{ALL, DEFAULT};
use crate::rig::{chart, helm, read, words};

/// The version of the workspace.
const VERSION: &str = env!("CARGO_PKG_VERSION");

#[test]
fn the_chart_has_the_version_of_everything_else() {
    let chart = read("charts/aicoin/Chart.yaml");
    assert!(chart.contains(&format!("\nversion: {VERSION}\n")));
    assert!(chart.contains(&format!("\nappVersion: {VERSION}\n")));
}

#[test]
fn the_default_images_are_whole_names_of_this_version() {
    let objects = DEFAULT.objects();
    let deployments: Vec<_> = of_kind(&objects, "Deployment").collect();
    let pod = pod_spec(deployments[0]).unwrap();
    let container = &pod["containers"][0];
    assert_eq!(
        container["image"],
        json!(format!("ghcr.io/aicoin-dev/aicoin-operator:{VERSION}"))
    );
    assert_eq!(container["imagePullPolicy"], json!("IfNotPresent"));
    let worker = json!(format!(
        "--worker-image=ghcr.io/aicoin-dev/aicoin-worker:{VERSION}"
    ));
    assert!(container["args"].as_array().unwrap().contains(&worker));
}

#[test]
fn every_object_is_in_the_releases_namespace_or_in_one_that_was_named() {
    for profile in ALL {
        for object in profile.objects() {
            let namespace = object["metadata"]["namespace"].as_str().unwrap_or("-");
            let kind = object["kind"].as_str().unwrap();
            let is_for_all = [
                "ClusterRole",
                "ClusterRoleBinding",
                "CustomResourceDefinition",
            ]
            .contains(&kind);
            let allowed: &[&str] = match (is_for_all, profile.name) {
                (true, _) => &["-"],
                (false, "namespaced") => &["aicoin-system", "team-a", "team-b"],
                (false, _) => &["aicoin-system"],
            };
            assert!(
                allowed.contains(&namespace),
                "{} in {}",
                title(&object),
                profile.name
            );
        }
    }
}

#[test]
fn every_object_has_the_standard_labels() {
    for profile in ALL {
        for object in profile.objects() {
            if object["kind"] == "CustomResourceDefinition" {
                continue;
            }
            let labels = &object["metadata"]["labels"];
            for (name, value) in [
                ("app.kubernetes.io/part-of", "aicoin"),
                ("app.kubernetes.io/instance", "aicoin"),
                ("app.kubernetes.io/managed-by", "Helm"),
            ] {
                assert_eq!(labels[name], json!(value), "{}", title(&object));
            }
        }
    }
}

#[test]
fn the_package_holds_what_an_installation_needs_and_no_tests() {
    let folder = tempfile::tempdir().unwrap();
    let output = helm()
        .arg("package")
        .arg(chart())
        .arg("--destination")
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", words(&output));
    let archive = folder.path().join(format!("aicoin-{VERSION}.tgz"));
    let list = std::process::Command::new("tar")
        .arg("-tzf")
        .arg(archive)
        .output()
        .unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    for name in [
        "Chart.yaml",
        "values.yaml",
        "values.schema.json",
        "values-ha.yaml",
        "README.md",
        "files/crd.yaml",
        "templates/tests/ready.yaml",
        "templates/NOTES.txt",
    ] {
        assert!(
            list.lines().any(|line| line == format!("aicoin/{name}")),
            "{name}: {list}"
        );
    }
    assert!(!list.contains("aicoin/ci/"), "{list}");
    assert!(!list.contains("aicoin/tests/"), "{list}");
}
