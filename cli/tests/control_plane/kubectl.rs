//! Under kubectl itself: as a plugin, and in its completions.

use std::os::unix::fs::symlink;
use std::process::Command;

use aicoin_testbed::tools::{self, Tool};

use crate::rig::{Ended, PLUGIN, Space};

/// A PATH with kubectl, the plugin, and the plugin under the name that kubectl's completions look for.
struct Path {
    folder: tempfile::TempDir,
}

impl Path {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        symlink(PLUGIN, folder.path().join("kubectl-tradingbot")).unwrap();
        symlink(PLUGIN, folder.path().join("kubectl_complete-tradingbot")).unwrap();
        symlink(
            tools::path(Tool::Kubectl).unwrap(),
            folder.path().join("kubectl"),
        )
        .unwrap();
        Self { folder }
    }

    fn kubectl(&self, space: &Space, args: &[&str]) -> Ended {
        let path = format!("{}:/usr/bin:/bin", self.folder.path().display());
        let mut kubectl = Command::new(self.folder.path().join("kubectl"));
        kubectl
            .args(args)
            .env("PATH", path)
            .env("KUBECONFIG", space.kubeconfig());
        Ended::of(kubectl.output().unwrap())
    }
}

#[test]
fn kubectl_finds_the_plugin_and_hands_its_exit_code_on() {
    let (space, path) = (Space::new(), Path::new());
    space.bot("btc", "Running");
    let name = &space.name;
    let pause = [
        "tradingbot",
        "pause",
        "tb/btc",
        "--fallback-after=0s",
        "-n",
        name,
    ];
    path.kubectl(&space, &pause).assert(
        0,
        &format!("{name}/btc: spec.desiredState Paused is asked for.\n"),
        "",
    );
    assert_eq!(
        path.kubectl(&space, &["tradingbot", "pause", "eth", "-n", name])
            .code,
        Some(1)
    );
    assert_eq!(
        path.kubectl(&space, &["tradingbot", "close-all", "btc", "-n", name])
            .code,
        Some(2)
    );
}

#[test]
fn kubectl_completes_verbs_bots_and_values() {
    let (space, path) = (Space::new(), Path::new());
    for bot in ["btc", "btc-two", "eth"] {
        space.bot(bot, "Running");
    }
    let complete = |words: &[&str]| {
        let ended = path.kubectl(&space, &[&["__complete", "tradingbot"], words].concat());
        assert_eq!(ended.code, Some(0), "{ended:?}");
        ended.stdout
    };
    assert_eq!(complete(&["re"]), "resume\nrestart\nresolve\n:4\n");
    assert_eq!(
        complete(&["pause", "-n", &space.name, "b"]),
        "btc\nbtc-two\n:4\n"
    );
    assert_eq!(
        complete(&["pause", "-n", &space.name, "btc", "b"]),
        "btc-two\n:4\n"
    );
    assert_eq!(complete(&["wait", "btc", "--for", "p"]), "paused\n:4\n");
    // A cluster that refuses completes nothing, and says nothing.
    assert_eq!(complete(&["pause", "--context", "moon", ""]), ":4\n");
}

#[test]
fn each_shell_gets_a_script() {
    for (shell, word) in [
        ("bash", "complete -F _kubectl__tradingbot"),
        ("zsh", "#compdef kubectl-tradingbot"),
        ("fish", "complete -c kubectl-tradingbot"),
        ("kubectl", "exec kubectl-tradingbot __complete -- \"$@\""),
    ] {
        let ended = Ended::of(
            Command::new(PLUGIN)
                .args(["completion", shell])
                .output()
                .unwrap(),
        );
        assert_eq!(
            (ended.code, ended.stderr.as_str()),
            (Some(0), ""),
            "{shell}"
        );
        assert!(ended.stdout.contains(word), "{shell}: {}", ended.stdout);
    }
}
