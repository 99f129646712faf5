//! A bot, as a person with kubectl sees it, its pod, and the tables that it writes.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::{Value, json};

use super::db::Db;
use super::space::Space;
use super::{eventually, eventually_some, ran, seconds, words};

/// From `kubectl apply` to Ready, as it is promised.
pub(crate) const READY_LIMIT: Duration = Duration::from_secs(30);
/// For what takes a moment, on a machine that is busy.
pub(crate) const SOON: Duration = Duration::from_secs(30);

/// A bot.
#[derive(Debug)]
pub(crate) struct Bot<'a> {
    pub(crate) space: &'a Space,
    pub(crate) name: String,
}

/// Its worker's pod.
#[derive(Clone, Debug)]
pub(crate) struct Pod {
    pub(crate) name: String,
    pub(crate) uid: String,
    /// How often its container was started again.
    pub(crate) restarts: u64,
    pub(crate) object: Value,
}

impl Pod {
    fn of(object: Value) -> Self {
        let text = |pointer: &str| {
            object
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap()
                .to_owned()
        };
        Self {
            name: text("/metadata/name"),
            uid: text("/metadata/uid"),
            restarts: object
                .pointer("/status/containerStatuses/0/restartCount")
                .and_then(Value::as_u64)
                .unwrap_or_default(),
            object,
        }
    }

    /// Which process it is: another one has another pod or another count.
    pub(crate) fn process(&self) -> (String, u64) {
        (self.uid.clone(), self.restarts)
    }
}

impl Bot<'_> {
    /// Where the API server has it.
    pub(crate) fn path(&self) -> String {
        format!(
            "/apis/aicoin.dev/v1alpha1/namespaces/{}/tradingbots/{}",
            self.space.name, self.name
        )
    }

    /// As kubectl calls it.
    pub(crate) fn short(&self) -> String {
        format!("tb/{}", self.name)
    }

    /// As it is now; `Null` once it is gone.
    #[track_caller]
    pub(crate) fn get(&self) -> Value {
        self.space.rig.api.get(&self.path()).unwrap_or_default()
    }

    /// Something of its status; `Null` where nothing is.
    pub(crate) fn status(&self, pointer: &str) -> Value {
        let bot = self.get();
        bot["status"].pointer(pointer).cloned().unwrap_or_default()
    }

    /// Status and reason of a condition, as `True Closed`.
    pub(crate) fn condition(&self, kind: &str) -> String {
        self.get()["status"]["conditions"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|it| it["type"] == kind)
            .map(|it| {
                format!(
                    "{} {}",
                    it["status"].as_str().unwrap(),
                    it["reason"].as_str().unwrap()
                )
            })
            .unwrap_or_default()
    }

    /// Whether a condition is True.
    pub(crate) fn is(&self, condition: &str) -> bool {
        self.condition(condition).starts_with("True ")
    }

    /// `kubectl wait --for=condition=…`.
    #[track_caller]
    pub(crate) fn wait_for(&self, condition: &str, limit: Duration) {
        self.space.kubectl(&[
            "wait",
            &format!("--for=condition={condition}"),
            &self.short(),
            &format!("--timeout={}s", limit.as_secs()),
        ]);
    }

    #[track_caller]
    pub(crate) fn is_ready(&self) {
        self.wait_for("Ready", READY_LIMIT);
    }

    /// `kubectl patch tb/x --type merge -p '{"spec":{"desiredState":"…"}}'`.
    #[track_caller]
    pub(crate) fn desire(&self, state: &str) {
        self.patch(&json!({"spec": {"desiredState": state}}));
    }

    /// `kubectl patch tb/x --type merge`.
    #[track_caller]
    pub(crate) fn patch(&self, patch: &Value) {
        let patch = patch.to_string();
        self.space
            .kubectl(&["patch", &self.short(), "--type", "merge", "-p", &patch]);
    }

    /// `kubectl annotate tb/x aicoin.dev/…`.
    #[track_caller]
    pub(crate) fn annotate(&self, annotation: &str) {
        self.space
            .kubectl(&["annotate", &self.short(), annotation, "--overwrite"]);
    }

    /// The reasons of the Events about it or its worker, the oldest first.
    pub(crate) fn events(&self) -> Vec<String> {
        let mut events = self.space.list("/apis/events.k8s.io/v1", "events", "");
        events.retain(|event| {
            let about = event["regarding"]["name"].as_str().unwrap_or_default();
            about == self.name || about == format!("{}-worker", self.name)
        });
        events.sort_by_key(|event| event["eventTime"].as_str().unwrap_or_default().to_owned());
        events
            .iter()
            .map(|event| event["reason"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    #[track_caller]
    pub(crate) fn tells(&self, reason: &str) {
        eventually(&format!("an Event {reason}"), SOON, || {
            self.events().iter().any(|it| it == reason)
        });
    }

    /// All its pods, also those that go.
    #[track_caller]
    pub(crate) fn pods(&self) -> Vec<Pod> {
        self.space
            .list("/api/v1", "pods", &format!("aicoin.dev/bot={}", self.name))
            .into_iter()
            .map(Pod::of)
            .collect()
    }

    /// Its pod. There is never more than one that does not go.
    #[track_caller]
    pub(crate) fn pod(&self) -> Pod {
        eventually_some("a pod of the worker", SOON, || self.pod_now())
    }

    /// Its pod, if there is one at this moment.
    #[track_caller]
    pub(crate) fn pod_now(&self) -> Option<Pod> {
        let mut pods = self.pods();
        pods.retain(|pod| pod.object["metadata"].get("deletionTimestamp").is_none());
        assert!(pods.len() <= 1, "two workers at once: {pods:?}");
        pods.pop()
    }

    /// The processes of its container, as the host counts them.
    #[track_caller]
    pub(crate) fn pids(&self) -> Vec<String> {
        let node = self.space.rig.node().unwrap();
        let pids: Vec<String> = node
            .pids(&self.pod().uid)
            .iter()
            .map(u32::to_string)
            .collect();
        assert!(!pids.is_empty(), "no process of {} is found", self.name);
        pids
    }

    /// `kill -SIGNAL` of the worker.
    #[track_caller]
    pub(crate) fn signal(&self, signal: &str) {
        ran(Command::new("kill").arg(signal).args(self.pids()));
    }

    /// `kubectl exec … aicoin-worker …`.
    pub(crate) fn exec(&self, args: &[&str]) -> Output {
        let deployment = format!("deploy/{}-worker", self.name);
        self.space
            .command(&["exec", &deployment, "--", "aicoin-worker"])
            .args(args)
            .output()
            .unwrap()
    }

    /// `kubectl exec … aicoin-worker ctl …`, which has to succeed.
    #[track_caller]
    pub(crate) fn ctl(&self, args: &[&str]) -> String {
        let output = self.exec(&[&["ctl"], args].concat());
        assert!(output.status.success(), "ctl {args:?}: {}", words(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// `ctl status --json`.
    #[track_caller]
    pub(crate) fn told(&self) -> Value {
        serde_json::from_str(&self.ctl(&["status", "--json"])).unwrap()
    }

    /// Waits until there are more orders than now.
    #[track_caller]
    pub(crate) fn trades(&self) {
        let before = self.orders_so_far();
        eventually("more orders", SOON, || self.orders_so_far() > before);
    }

    #[track_caller]
    fn orders_so_far(&self) -> u64 {
        self.told()["counts"]["orders"].as_u64().unwrap()
    }

    /// Its tables, while its pod is there; `None` prints why they cannot be read.
    #[track_caller]
    pub(crate) fn db(&self) -> Option<Db> {
        let node = self.space.rig.node()?;
        let folder: PathBuf = node
            .folder()
            .join("kubelet/pods")
            .join(self.pod().uid)
            .join("volumes/kubernetes.io~empty-dir/data");
        Some(Db::of(&folder))
    }

    /// Waits until it is gone.
    #[track_caller]
    pub(crate) fn is_gone(&self, limit: Duration) {
        eventually("the bot is gone", limit, || self.get().is_null());
    }

    /// `kubectl delete tb/x --wait=false`.
    #[track_caller]
    pub(crate) fn delete(&self, args: &[&str]) {
        let short = self.short();
        self.space
            .kubectl(&[&["delete", &short, "--wait=false"], args].concat());
    }
}

/// A time like that of `aicoin.dev/restarted-at`.
pub(crate) fn now() -> String {
    ran(Command::new("date").args(["-u", "+%Y-%m-%dT%H:%M:%SZ"]))
        .trim()
        .to_owned()
}

/// Long enough for a kubelet that acts every few seconds.
pub(crate) fn a_while() -> Duration {
    seconds(5)
}
