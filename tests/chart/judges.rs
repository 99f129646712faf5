//! Judges that know nothing of this project: Helm, helm-unittest, Kubernetes' schemas, its admission library.

use std::process::Command;

use aicoin_testbed::tools::{self, Tool};

use crate::rig::profile::ALL;
use crate::rig::{chart, helm, root, words};

/// Where kubernetes-validate is; the step `chart` of `cargo xtask test` installs it.
const VALIDATE: &str = "AICOIN_KUBERNETES_VALIDATE";
/// Why it is not there.
const NO_VALIDATE: &str = "AICOIN_NO_KUBERNETES_VALIDATE";
/// The version of Kubernetes whose schemas are asked.
const KUBERNETES: &str = "1.36.0";
/// What kubernetes-validate knows no schema of: it belongs to the Prometheus operator.
const FOREIGN: &str = "Couldn't find schema for kind PodMonitor";

#[test]
fn every_profile_passes_helm_lint() {
    for profile in ALL {
        let output = helm()
            .args(["lint", "--strict"])
            .arg(chart())
            .args(["--values", profile.values])
            .output()
            .unwrap();
        let words = words(&output);
        assert!(output.status.success(), "{}: {words}", profile.name);
        assert!(!words.contains("[WARNING]"), "{}: {words}", profile.name);
    }
}

#[test]
fn every_helm_unittest_suite_passes() {
    let output = tools::command(Tool::HelmUnittest)
        .unwrap()
        .current_dir(root())
        .arg("charts/aicoin")
        .output()
        .unwrap();
    let words = words(&output);
    assert!(output.status.success(), "{words}");
    let counts = words
        .lines()
        .find_map(|line| line.strip_prefix("Tests:"))
        .unwrap_or_else(|| panic!("helm-unittest counts nothing: {words}"));
    println!("figure: helm-unittest: {}", counts.trim());
}

#[test]
fn every_profile_is_valid_for_kubernetes_own_schemas() {
    let Some(program) = std::env::var_os(VALIDATE) else {
        let why = std::env::var(NO_VALIDATE)
            .unwrap_or_else(|_| format!("{VALIDATE} does not say where kubernetes-validate is"));
        println!("skipped: {why}");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut judged = 0;
    for profile in ALL {
        let file = folder.path().join(profile.name);
        std::fs::write(&file, profile.text()).unwrap();
        let output = Command::new(&program)
            .args(["--strict", "-k", KUBERNETES])
            .arg(&file)
            .output()
            .unwrap();
        let words = words(&output);
        assert!(output.status.success(), "{}: {words}", profile.name);
        // An object that nobody could judge has not been judged.
        let passed = words
            .lines()
            .filter(|line| line.starts_with("INFO"))
            .count();
        let foreign = words.lines().filter(|line| line.contains(FOREIGN)).count();
        assert_eq!(
            passed + foreign,
            profile.objects().len(),
            "{}: {words}",
            profile.name
        );
        judged += passed;
    }
    println!("figure: kubernetes-validate {KUBERNETES}: {judged} objects");
}
