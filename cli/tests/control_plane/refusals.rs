//! What cannot be is a sentence, and an exit code: 1 when it failed, 2 when it was asked for wrongly.

use std::process::{Command, Stdio};

use crate::rig::{Ended, PLUGIN, Space};

#[test]
fn without_the_right_to_patch_nothing_changes_and_the_right_is_named() {
    let space = Space::new();
    space.bot("btc", "Running");
    let reader = space.seen_by("reader", &[("tradingbots", &["get", "list"])]);
    let name = &space.name;
    reader.run(&["pause", "btc"]).assert(
        1,
        "",
        &format!(
            "kubectl-tradingbot: {name}/btc: You may not patch TradingBot {name}/btc: tradingbots.aicoin.dev \"btc\" is \
             forbidden: User \"reader-{name}\" cannot patch resource \"tradingbots\" in API group \"aicoin.dev\" in the \
             namespace \"{name}\". Nothing was changed; past the operator, `kubectl tradingbot pause btc -n {name} --direct` \
             talks to the worker itself.\n"
        ),
    );
    assert_eq!(space.levers("btc")["desired"], "Running");
}

#[test]
fn without_any_right_the_list_is_refused_in_a_sentence() {
    let space = Space::new();
    let stranger = space.seen_by("stranger", &[]);
    let name = &space.name;
    stranger.run(&["status"]).assert(
        1,
        "",
        &format!(
            "kubectl-tradingbot: You may not list TradingBots in namespace {name}: tradingbots.aicoin.dev is forbidden: User \
             \"stranger-{name}\" cannot list resource \"tradingbots\" in API group \"aicoin.dev\" in the namespace \
             \"{name}\".\n"
        ),
    );
}

#[test]
fn logs_without_a_pod_say_so() {
    let space = Space::new();
    space.bot("btc", "Running");
    let name = &space.name;
    let sentence = format!(
        "kubectl-tradingbot: Bot {name}/btc has no running pod: look at `kubectl get pods -n {name} -l \
         aicoin.dev/bot=btc`.\n"
    );
    space.run(&["logs", "btc"]).assert(1, "", &sentence);
    space.run(&["resolve", "btc", "7"]).assert(1, "", &sentence);
}

fn alone(args: &[&str]) -> Ended {
    let mut plugin = Command::new(PLUGIN);
    plugin
        .args(args)
        .env_remove("KUBECONFIG")
        .env("HOME", "/nowhere")
        .stdin(Stdio::null());
    Ended::of(plugin.output().unwrap())
}

#[test]
fn a_kubeconfig_that_is_not_there_is_a_usage_error() {
    let ended = alone(&["status", "--kubeconfig", "/nowhere/config"]);
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(2), ""),
        "{ended:?}"
    );
    assert!(ended.stderr.contains("/nowhere/config"), "{ended:?}");
    assert!(
        ended.stderr.contains("--kubeconfig or KUBECONFIG"),
        "{ended:?}"
    );
}

#[test]
fn a_context_that_is_not_there_is_a_usage_error() {
    let space = Space::new();
    let ended = space.run(&["status", "--context", "moon"]);
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(2), ""),
        "{ended:?}"
    );
    assert!(ended.stderr.contains("moon"), "{ended:?}");
}

#[test]
fn an_api_server_that_is_away_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = folder.path().join("config");
    // The discard port: nobody listens.
    let text = r#"{"apiVersion":"v1","kind":"Config","current-context":"c",
        "contexts":[{"name":"c","context":{"cluster":"c","user":"u"}}],
        "clusters":[{"name":"c","cluster":{"server":"https://127.0.0.1:9"}}],"users":[{"name":"u","user":{}}]}"#;
    std::fs::write(&kubeconfig, text).unwrap();
    let ended = alone(&["pause", "btc", "--kubeconfig", kubeconfig.to_str().unwrap()]);
    ended.assert(
        1,
        "",
        "kubectl-tradingbot: The API server at https://127.0.0.1:9 cannot be reached: Connection refused (os error 111). \
         Tried: read TradingBot default/btc.\n",
    );
}

#[test]
fn wrong_words_end_with_2() {
    for args in [
        &["close-all"][..],
        &["pause", "../secrets"],
        &["wait", "btc", "--for=rich"],
        &["resolve", "btc", "--", "-1"],
        &["pause", "btc", "--fallback-after", "soon"],
        &["status", "-o", "yaml", "btc"],
    ] {
        let ended = alone(args);
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (Some(2), ""),
            "{args:?}: {ended:?}"
        );
    }
}
