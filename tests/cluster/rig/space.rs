//! A namespace for one test, held to the level `restricted` as everything here.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use super::bot::Bot;
use super::cluster::{RESTRICTED, Rig, rig};
use super::turn::Turn;
use super::{eventually, evidence, ran, seconds, words};

/// A namespace with its bots.
const GONE_LIMIT: Duration = seconds(60);

/// A test's namespace, and its turn. Dropped by a test that fails, it prints what the cluster says.
#[derive(Debug)]
pub(crate) struct Space {
    pub(crate) rig: &'static Rig,
    pub(crate) name: String,
    _turn: Turn,
}

impl Space {
    /// For a test that runs beside others. `None` prints why it cannot run.
    pub(crate) fn new(name: &str) -> Option<Self> {
        let rig = rig()?;
        Some(Self::on(rig, name, Turn::together()))
    }

    /// For a test that takes away what others need. What earlier tests made is gone by then.
    pub(crate) fn alone(name: &str) -> Option<Self> {
        let rig = rig()?;
        let turn = Turn::alone();
        let ends = |namespace: &Value| namespace["metadata"].get("deletionTimestamp").is_some();
        eventually(
            "the namespaces of earlier tests are gone",
            GONE_LIMIT,
            || !rig.api.list("/api/v1/namespaces").iter().any(ends),
        );
        Some(Self::on(rig, name, turn))
    }

    fn on(rig: &'static Rig, name: &str, turn: Turn) -> Self {
        ran(rig.kubectl().args(["create", "namespace", name]));
        ran(rig.kubectl().args(["label", "namespace", name, RESTRICTED]));
        Self {
            rig,
            name: name.to_owned(),
            _turn: turn,
        }
    }

    /// `kubectl` in this namespace.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut kubectl = self.rig.kubectl();
        kubectl.args(["--namespace", &self.name]).args(args);
        kubectl
    }

    /// `kubectl` in this namespace, which has to succeed. What it printed.
    #[track_caller]
    pub(crate) fn kubectl(&self, args: &[&str]) -> String {
        ran(&mut self.command(args))
    }

    /// `kubectl apply -f -`, without saying whether that succeeds.
    pub(crate) fn try_apply(&self, manifest: &Value) -> Output {
        let mut child = self
            .command(&["apply", "-f", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let text = manifest.to_string();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
        child.wait_with_output().unwrap()
    }

    /// `kubectl apply -f -`.
    #[track_caller]
    pub(crate) fn apply(&self, manifest: &Value) {
        let output = self.try_apply(manifest);
        assert!(output.status.success(), "{}\n{manifest}", words(&output));
    }

    /// Applies a bot, and waits until it trades.
    #[track_caller]
    pub(crate) fn trading(&self, manifest: &Value) -> Bot<'_> {
        let bot = self.applied(manifest);
        bot.is_ready();
        bot.trades();
        bot
    }

    /// Applies a bot.
    #[track_caller]
    pub(crate) fn applied(&self, manifest: &Value) -> Bot<'_> {
        self.apply(manifest);
        self.bot(manifest["metadata"]["name"].as_str().unwrap())
    }

    /// A bot by its name.
    pub(crate) fn bot(&self, name: &str) -> Bot<'_> {
        Bot {
            space: self,
            name: name.to_owned(),
        }
    }

    /// The objects of a resource, given as its path below the namespace's: `/api/v1 pods`, with a label selector or none.
    #[track_caller]
    pub(crate) fn list(&self, group: &str, resource: &str, selector: &str) -> Vec<Value> {
        let namespace = &self.name;
        let selector = selector.replace('=', "%3D").replace(',', "%2C");
        self.rig.api.list(&format!(
            "{group}/namespaces/{namespace}/{resource}?labelSelector={selector}"
        ))
    }

    /// Everything of ours in the namespace, as `Kind/name`, sorted. Nothing means that nothing was left behind.
    #[track_caller]
    pub(crate) fn left(&self) -> Vec<String> {
        const RESOURCES: [(&str, &str); 8] = [
            ("/apis/aicoin.dev/v1alpha1", "tradingbots"),
            ("/apis/apps/v1", "deployments"),
            ("/apis/apps/v1", "replicasets"),
            ("/api/v1", "pods"),
            ("/api/v1", "services"),
            ("/api/v1", "configmaps"),
            ("/api/v1", "persistentvolumeclaims"),
            ("/apis/networking.k8s.io/v1", "networkpolicies"),
        ];
        let mut left = Vec::new();
        for (group, resource) in RESOURCES {
            let ours = |object: &&Value| object["metadata"]["name"] != json!("kube-root-ca.crt");
            for object in self.list(group, resource, "").iter().filter(ours) {
                left.push(format!(
                    "{resource}/{}",
                    object["metadata"]["name"].as_str().unwrap()
                ));
            }
        }
        left.sort();
        left
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        if std::thread::panicking() {
            evidence::of_namespace(self.rig, &self.name);
            return;
        }
        // Its bots would go on trading, and slow others down. Nobody waits for it.
        let _ = self
            .rig
            .kubectl()
            .args(["delete", "namespace", &self.name, "--wait=false"])
            .output();
    }
}
