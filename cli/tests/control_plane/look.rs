//! `status`: the object always, the worker when it may be asked.

use serde_json::{Value, json};

use crate::rig::{Ended, Space, start};

/// A pod of the bot, as far as the API server knows. Its node has an address where nobody listens.
fn pod(space: &Space, uid: &Value) {
    let node = format!("node-{}", space.name);
    space.apply(&json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": node}}));
    let address = json!({"status": {
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 9}}
    }});
    space.kubectl(&[
        "patch",
        "node",
        &node,
        "--subresource=status",
        "--type=merge",
        "-p",
        &address.to_string(),
    ]);

    space.apply(&json!({
        "apiVersion": "v1", "kind": "ServiceAccount",
        "metadata": {"name": "default", "namespace": space.name}
    }));
    space.apply(&json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "btc-worker-x", "namespace": space.name, "labels": {"aicoin.dev/bot-uid": uid}},
        "spec": {
            "nodeName": node, "automountServiceAccountToken": false,
            "containers": [{"name": "worker", "image": "none"}]
        }
    }));
    space.kubectl(&[
        "patch",
        "pod",
        "btc-worker-x",
        "--subresource=status",
        "--type=merge",
        "-p",
        r#"{"status":{"phase":"Running"}}"#,
    ]);
}

const READ: (&str, &[&str]) = ("tradingbots", &["get", "list"]);

#[test]
fn without_the_right_to_exec_the_object_is_shown_and_what_is_missing_is_said() {
    let space = Space::new();
    space.bot("btc", "Running");
    space.operator_says("btc", "Running", [1, 1, 1]);
    space.condition("btc", "Ready", "True", 1, "Running is in force.");
    pod(&space, &space.get("btc")["metadata"]["uid"]);
    let reader = space.seen_by("reader", &[READ, ("pods", &["list"])]);
    let name = &space.name;
    reader.run(&["status", "btc"]).assert(
        0,
        &format!(
            "bot       {name}/btc (Paper)\n\
             state     no operator has looked at it yet\n\
             asked     Running (spec.desiredState)\n\
             control   Running, accepted and effective (counter 1; local hold None)\n\
             pod       none (0 restarts)\n\
             \n\
             CONDITION   STATUS   REASON   MESSAGE\n\
             Ready       True     Test     Running is in force.\n\
             \n\
             Positions and decisions are not shown: You may not run `aicoin-worker ctl status --json` in pod \
             {name}/btc-worker-x (`kubectl exec`): pods \"btc-worker-x\" is forbidden: User \"reader-{name}\" cannot get \
             resource \"pods/exec\" in API group \"\" in the namespace \"{name}\".\n"
        ),
        "",
    );
}

#[test]
fn without_the_right_to_list_pods_the_pod_of_the_status_is_tried() {
    let space = Space::new();
    space.bot("btc", "Running");
    space.status(
        "btc",
        &json!({"restarts": 0, "worker": {"podName": "btc-worker-x"}}),
    );
    let reader = space.seen_by("reader", &[READ]);
    let shown: Value =
        serde_json::from_str(&reader.run(&["status", "btc", "-o", "json"]).stdout).unwrap();
    assert_eq!(
        shown["workerError"],
        format!(
            "You may not run `aicoin-worker ctl status --json` in pod {name}/btc-worker-x (`kubectl exec`): pods \
             \"btc-worker-x\" is forbidden: User \"reader-{name}\" cannot get resource \"pods/exec\" in API group \"\" in \
             the namespace \"{name}\".",
            name = space.name
        )
    );
}

#[test]
fn a_node_that_does_not_answer_is_told_from_a_missing_right() {
    let space = Space::new();
    space.bot("btc", "Running");
    pod(&space, &space.get("btc")["metadata"]["uid"]);
    let shown = space.run(&["status", "btc"]);
    assert_eq!(shown.code, Some(0), "{shown:?}");
    assert_eq!(
        shown.stdout.lines().last().unwrap(),
        format!(
            "Positions and decisions are not shown: The node could not run `aicoin-worker ctl status --json` in pod \
             {}/btc-worker-x (`kubectl exec`): it does not answer: dial tcp 127.0.0.1:9: connect: connection refused.",
            space.name
        )
    );
}

#[test]
fn json_is_the_object_as_the_cluster_has_it() {
    let space = Space::new();
    space.bot("btc", "Running");
    let shown: Value =
        serde_json::from_str(&space.run(&["status", "btc", "-o", "json"]).stdout).unwrap();
    let listed: Value = serde_json::from_str(&space.run(&["status", "-o", "json"]).stdout).unwrap();
    // kubectl leaves managedFields out too.
    let object = space.get("btc");
    assert_eq!(shown["object"], object);
    assert_eq!(listed, json!({"items": [{"object": object}]}));
}

#[test]
fn bots_are_a_table_of_one_namespace_or_of_all() {
    let plane: &'static _ = Box::leak(Box::new(start()));
    let (one, two) = (Space::on(plane), Space::on(plane));
    one.run(&["status"]).assert(
        0,
        "",
        &format!("There is no bot in namespace {}.\n", one.name),
    );
    one.run(&["status", "-A"])
        .assert(0, "", "There is no bot in any namespace.\n");
    one.bot("btc", "Running");
    two.bot("eth", "Paused");
    two.operator_says("eth", "Paused", [3, 3, 2]);
    two.condition("eth", "Degraded", "True", 1, "No key.");

    let words = |ended: Ended| -> Vec<Vec<String>> {
        assert_eq!(
            (ended.code, ended.stderr.as_str()),
            (Some(0), ""),
            "{ended:?}"
        );
        let line = |line: &str| {
            let mut words: Vec<String> = line
                .split("   ")
                .map(|word| word.trim().to_owned())
                .collect();
            words.retain(|word| !word.is_empty());
            // The age moves.
            words.pop();
            words
        };
        ended.stdout.lines().map(line).collect()
    };
    assert_eq!(
        words(one.run(&["status"])),
        [
            vec![
                "NAME", "MODE", "ASKED", "CONTROL", "STATE", "READY", "REASON", "RESTARTS"
            ],
            vec!["btc", "Paper", "Running", "-", "-", "-", "0"],
        ]
    );
    assert_eq!(
        words(one.run(&["status", "-A"])),
        [
            vec![
                "NAMESPACE",
                "NAME",
                "MODE",
                "ASKED",
                "CONTROL",
                "STATE",
                "READY",
                "REASON",
                "RESTARTS"
            ],
            vec![
                one.name.as_str(),
                "btc",
                "Paper",
                "Running",
                "-",
                "-",
                "-",
                "0"
            ],
            vec![
                two.name.as_str(),
                "eth",
                "Paper",
                "Paused",
                "Paused, accepted",
                "-",
                "-",
                "Test",
                "0"
            ],
        ]
    );

    // Every bot of the cluster; here, where no other test has one.
    let ended = one.run(&[
        "close-all",
        "--all-namespaces",
        "--yes",
        "--fallback-after=0s",
    ]);
    ended.assert(
        0,
        &format!(
            "{}/btc: spec.desiredState CloseAll is asked for.\n{}/eth: spec.desiredState CloseAll is asked for.\n",
            one.name, two.name
        ),
        "",
    );
    assert_eq!(
        [
            one.levers("btc")["desired"].clone(),
            two.levers("eth")["desired"].clone()
        ],
        ["CloseAll", "CloseAll"]
    );
}

#[test]
fn what_others_wrote_does_nothing_to_the_terminal() {
    let space = Space::new();
    space.bot("btc", "Running");
    let hostile = "gone\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}\nReady True";
    space.condition("btc", "Degraded", "True", 1, hostile);
    space.kubectl(&[
        "annotate",
        "tradingbot",
        "btc",
        "aicoin.dev/hold=Paused\u{1b}[31m",
    ]);
    for args in [
        &["status"][..],
        &["status", "btc"],
        &["status", "btc", "-o", "json"],
    ] {
        let ended = space.run(args);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let harmful = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert_eq!(
            ended.stdout.chars().find(|&c| harmful(c)),
            None,
            "{args:?}: {ended:?}"
        );
    }
    let json: Value =
        serde_json::from_str(&space.run(&["status", "btc", "-o", "json"]).stdout).unwrap();
    assert_eq!(
        json["object"]["status"]["conditions"][0]["message"],
        hostile
    );
}
