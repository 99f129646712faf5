//! What the cluster says about a test that failed.

use super::cluster::{OPERATOR, Rig, SYSTEM};
use super::words;

/// Everything about a namespace, and what the operator said last.
pub(crate) fn of_namespace(rig: &Rig, name: &str) {
    let space = ["--namespace", name];
    say(
        rig,
        &[&space[..], &["get", "tradingbots", "-o", "yaml"]].concat(),
    );
    say(
        rig,
        &[
            &space[..],
            &["get", "all,configmaps,networkpolicies,pvc", "-o", "wide"],
        ]
        .concat(),
    );
    say(rig, &[&space[..], &["describe", "pods"]].concat());
    say(
        rig,
        &[
            &space[..],
            &["get", "events", "--sort-by=.metadata.creationTimestamp"],
        ]
        .concat(),
    );
    let selector = "--selector=app.kubernetes.io/managed-by=aicoin-operator";
    for previous in ["--previous=false", "--previous=true"] {
        say(
            rig,
            &[
                &space[..],
                &["logs", selector, "--tail=40", "--prefix", previous],
            ]
            .concat(),
        );
    }
    of_operator(rig);
}

/// What the operator said last, and how it is.
pub(crate) fn of_operator(rig: &Rig) {
    say(rig, &["--namespace", SYSTEM, "get", "pods", "-o", "wide"]);
    say(rig, &["--namespace", SYSTEM, "describe", OPERATOR]);
    say(
        rig,
        &[
            "--namespace",
            SYSTEM,
            "logs",
            "--selector=app.kubernetes.io/name=aicoin-operator",
            "--tail=80",
            "--prefix",
        ],
    );
}

fn say(rig: &Rig, args: &[&str]) {
    println!("--- kubectl {}", args.join(" "));
    match rig
        .kubectl()
        .args(args)
        .arg("--request-timeout=10s")
        .output()
    {
        Ok(output) => println!("{}", words(&output)),
        Err(error) => println!("{error}"),
    }
}
