//! Starting: what cannot work is said in a sentence, and nothing is begun.

use std::io::Write as _;
use std::net::TcpListener;

use aicoin_testbed::control_plane::{self, ControlPlane};

use super::rig::*;

/// A file that goes with the test.
fn file(content: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(content.as_bytes()).unwrap();
    file
}

fn path(file: &tempfile::NamedTempFile) -> &str {
    file.path().to_str().unwrap()
}

/// What it says before it ends with code 1.
fn refuses(key: &str, more: &[&str]) -> String {
    let mut arguments = vec![
        "run",
        "--listen",
        "127.0.0.1:0",
        "--worker-image",
        IMAGE,
        "--control-key-file",
        key,
        "--operator-namespace",
        "default",
    ];
    arguments.extend(more);
    let (code, stdout, stderr) = ended(&arguments);
    assert_eq!((code, stdout.as_str()), (Some(1), ""), "{stderr}");
    let sentence = stderr.lines().last().unwrap_or_default();
    sentence
        .strip_prefix("aicoin-operator: ")
        .unwrap()
        .to_owned()
}

#[test]
fn a_crd_that_is_missing_or_older_is_told_with_the_command_that_mends_it() {
    let plane = ControlPlane::start(&control_plane::Options::default()).unwrap();
    let key = file(KEY_PEM);
    let kubeconfig = plane.kubeconfig().to_str().unwrap();
    assert_eq!(
        refuses(path(&key), &["--kubeconfig", kubeconfig]),
        "The CRD tradingbots.aicoin.dev is not installed: `aicoin-operator crd | kubectl apply --server-side -f -`, or \
         install the chart with crds.install."
    );
    let mut older = crd();
    let status = older
        .pointer_mut("/spec/versions/0/schema/openAPIV3Schema/properties/status/properties")
        .unwrap()
        .as_object_mut()
        .unwrap();
    status.remove("control");
    status.remove("remaining");
    install(&plane, &older);
    assert_eq!(
        refuses(path(&key), &["--kubeconfig", kubeconfig]),
        "The installed CRD tradingbots.aicoin.dev is older than this operator: it lacks status.control.desired, \
         status.control.generation, status.control.acceptedGeneration, status.control.effectiveGeneration, \
         status.control.localHold, status.remaining.positions. Install the one of this version: `aicoin-operator crd | \
         kubectl apply --server-side -f -`, or `helm upgrade` with crds.install."
    );
}

#[test]
fn the_crd_that_it_prints_is_its_own() {
    let (code, stdout, stderr) = ended(&["crd"]);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    let printed: serde_json::Value = serde_yaml::from_str(&stdout).unwrap();
    assert_eq!(printed, crd());
}

#[test]
fn a_key_file_that_holds_no_key_is_told_without_its_content() {
    let sentence = refuses("/nowhere/private-key.pem", &[]);
    assert_eq!(
        sentence,
        "The control key /nowhere/private-key.pem cannot be read: No such file or directory (os error 2)."
    );
    let bad = file("topsecret");
    let sentence = refuses(path(&bad), &[]);
    assert!(
        sentence.starts_with(&format!("{} holds no control key (", path(&bad)))
            && !sentence.contains("topsecret"),
        "{sentence}"
    );
}

#[test]
fn flags_that_cannot_work_are_told_in_a_sentence() {
    let key = file(KEY_PEM);
    let no_certificate = file("none");
    for (more, expected) in [
        (
            vec!["--lease-duration", "5s", "--lease-renew-deadline", "10s"],
            "--lease-retry-period (2 s) must be above 0 and below --lease-renew-deadline (10 s), and that below \
             --lease-duration (5 s)."
                .to_owned(),
        ),
        (
            vec!["--extra-egress", "443"],
            "--extra-egress is no JSON array of egress rules: invalid type: integer `443`, expected a sequence at line 1 \
             column 3."
                .to_owned(),
        ),
        (
            vec!["--extra-ca-file", path(&no_certificate)],
            format!(
                "The certificate authorities in {} cannot be used: there is no PEM certificate in it.",
                path(&no_certificate)
            ),
        ),
        (
            vec!["--kubeconfig", "/nowhere/config"],
            "The kubeconfig /nowhere/config cannot be used: failed to read kubeconfig from '\"/nowhere/config\"': No such \
             file or directory (os error 2)."
                .to_owned(),
        ),
    ] {
        assert_eq!(refuses(path(&key), &more), expected, "{more:?}");
    }
    for (arguments, word) in [
        (
            vec!["run", "--lease-duration", "15"],
            "has no unit; write 15s for seconds",
        ),
        (vec!["run", "--concurrency", "0"], "0 is not in 1..=512"),
        (
            vec!["run", "--log-level", "loud"],
            "possible values: error, warn, info, debug, trace",
        ),
        (vec!["walk"], "unrecognized subcommand 'walk'"),
    ] {
        let (code, _, stderr) = ended(&arguments);
        assert!(
            code == Some(2) && stderr.contains(word),
            "{arguments:?}: {stderr}"
        );
    }
}

#[test]
fn an_address_that_is_taken_is_told_with_the_flag_that_changes_it() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let key = file(KEY_PEM);
    let kubeconfig = plane().kubeconfig().to_str().unwrap();
    let (code, _, stderr) = ended(&[
        "run",
        "--listen",
        &address,
        "--worker-image",
        IMAGE,
        "--control-key-file",
        path(&key),
        "--operator-namespace",
        "default",
        "--kubeconfig",
        kubeconfig,
    ]);
    let expected = format!(
        "aicoin-operator: Nothing can listen on {address}: Address already in use (os error 98); choose another address \
         with --listen."
    );
    assert_eq!(
        (code, stderr.lines().last()),
        (Some(1), Some(expected.as_str()))
    );
}
