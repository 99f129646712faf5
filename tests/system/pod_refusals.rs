//! What a pod does not start with: one sentence that names the place and the fix, exit code 2, nothing written.

use std::path::{Path, PathBuf};

use crate::pod::busy;
use crate::rig::pod::{Pod, UID};
use crate::rig::{self};

fn spec(dir: &Path, metadata: &str, spec: &str) -> PathBuf {
    let path = dir.join("odd.yaml");
    let text = format!(
        "apiVersion: aicoin.dev/v1alpha1\nkind: TradingBot\nmetadata: {{name: test{metadata}}}\nspec:\n  markets: [BTC]\n  \
         decision: {{interval: 1m, rule: {{emaCross: {{fast: 1, slow: 2, notional: \"1000\"}}}}}}\n{spec}"
    );
    std::fs::write(&path, text).unwrap();
    path
}

/// What is in the metadata, what is in the spec, the environment, and the words that the sentence has.
type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a [&'a str]);

#[test]
fn each_odd_pod_is_refused_with_its_sentence() {
    let Some(binary) = rig::binary() else { return };
    let uid = format!(", uid: {UID}");
    let live = "  mode: Live\n  exchange: {hyperliquid: {accountAddress: \
        \"0x1111111111111111111111111111111111111111\", agentKeySecretRef: {name: a, key: b}}}\n  risk: {stopLossPct: \"2\"}\n";
    let postgres = "  storage: {postgres: {urlSecretRef: {name: a, key: b}}}\n";
    let cases: [Case<'_>; 5] = [
        ("", "", &[], &["metadata.uid", "aicoin-worker local"]),
        (
            &uid,
            live,
            &[("AICOIN_ALLOW_LIVE", "true"), ("AICOIN_SPEED", "1")],
            &[
                "spec.storage.postgres",
                "Live in a cluster",
                "sent anywhere",
            ],
        ),
        (
            &uid,
            live,
            &[("AICOIN_SPEED", "1")],
            &["spec.mode", "third yes", "Nothing was sent"],
        ),
        (
            &uid,
            live,
            &[("AICOIN_ALLOW_LIVE", "true")],
            &["AICOIN_SPEED", "real markets take their time"],
        ),
        (
            &uid,
            postgres,
            &[],
            &["spec.storage.postgres", "use sqlite"],
        ),
    ];
    for (metadata, more, env, words) in cases {
        let mut pod = Pod::new(&binary, |dir| spec(dir, metadata, more));
        for (name, value) in env {
            pod = pod.with_env(name, value);
        }
        pod.refused().assert_refused_with(words);
        assert!(!pod.data().exists(), "nothing is written");
    }
}

#[test]
fn a_socket_path_that_is_too_long_is_refused() {
    let Some(binary) = rig::binary() else { return };
    let long = format!("/run/{}/aicoin.sock", "a".repeat(100));
    let pod = Pod::new(&binary, busy).with_env("AICOIN_SOCKET", &long);
    let ended = pod.refused();
    assert_eq!(ended.status.code(), Some(2), "{ended:?}");
    for words in ["117 bytes", "107", "AICOIN_SOCKET"] {
        assert!(ended.stderr.contains(words), "{words}: {}", ended.stderr);
    }
    pod.ctl(&["status"])
        .assert_refused_with(&["117 bytes", "AICOIN_SOCKET"]);
}

#[test]
fn a_port_that_is_taken_is_refused() {
    let Some(binary) = rig::binary() else { return };
    let pod = Pod::new(&binary, busy);
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    pod.refused_on(&address)
        .assert_refused_with(&["another program has that port"]);
}
