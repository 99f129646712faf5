//! A worker's pod as the operator keeps it.

use std::sync::Arc;

use aicoin_api::names::{label, pod};
use kube::core::DynamicObject;
use serde_json::Value;

use super::Uid;

/// Why a pod does not run, from a closed list: words of the kubelet do not go into the status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failing {
    /// The image cannot be pulled.
    Image,
    /// The container ends again and again.
    Crashing,
    /// The container cannot be made.
    Config,
    /// No node takes it.
    Unschedulable,
}

/// A pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    /// Where it is.
    pub namespace: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Which one it is.
    pub uid: Uid,
    /// Whose it is.
    pub bot_uid: Uid,
    /// The image that it was made with.
    pub image: Box<str>,
    /// Its address, once it has one.
    pub ip: Option<Box<str>>,
    /// Its readiness probe passes.
    pub ready: bool,
    /// Its container runs now.
    pub running: bool,
    /// Its container ran at some time.
    pub started: bool,
    /// How often its container was started again.
    pub restarts: i32,
    /// The exit code of the last container, when it ended.
    pub last_exit: Option<i64>,
    /// Why it does not run.
    pub failing: Option<Failing>,
    /// It is being deleted.
    pub deleting: bool,
    /// When it was made, for choosing the newest.
    pub created: String,
}

impl Pod {
    /// Reads a pod. `None` when it carries no bot's uid.
    #[must_use]
    pub fn read(object: &DynamicObject) -> Option<Self> {
        let metadata = &object.metadata;
        let status = object.data.get("status");
        let at = |pointer: &str| status.and_then(|status| status.pointer(pointer));
        let container = at("/containerStatuses")
            .and_then(Value::as_array)
            .and_then(|all| {
                all.iter()
                    .find(|it| it.get("name").and_then(Value::as_str) == Some(pod::CONTAINER))
            });
        let in_container =
            |pointer: &str| container.and_then(|container| container.pointer(pointer));
        let condition = |kind: &str| {
            at("/conditions").and_then(Value::as_array).and_then(|all| {
                all.iter()
                    .find(|it| it.get("type").and_then(Value::as_str) == Some(kind))
            })
        };
        let is = |value: Option<&Value>, word: &str| value.and_then(Value::as_str) == Some(word);
        let restarts = in_container("/restartCount")
            .and_then(Value::as_i64)
            .and_then(|count| i32::try_from(count).ok())
            .unwrap_or_default();
        let running = in_container("/state/running").is_some();
        let unschedulable = condition("PodScheduled").is_some_and(|it| {
            is(it.get("status"), "False") && is(it.get("reason"), "Unschedulable")
        });
        Some(Self {
            namespace: metadata.namespace.as_deref()?.into(),
            name: metadata.name.as_deref()?.into(),
            uid: metadata.uid.as_deref()?.into(),
            bot_uid: metadata
                .labels
                .as_ref()?
                .get(label::BOT_UID)?
                .as_str()
                .into(),
            image: object
                .data
                .pointer("/spec/containers/0/image")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .into(),
            ip: at("/podIP").and_then(Value::as_str).map(Into::into),
            ready: condition("Ready").is_some_and(|it| is(it.get("status"), "True")),
            running,
            // A container that never began ends as well, when its pod is deleted; it has no time of a start then.
            started: running
                || restarts > 0
                || in_container("/state/terminated/startedAt").is_some_and(Value::is_string),
            restarts,
            last_exit: in_container("/lastState/terminated/exitCode").and_then(Value::as_i64),
            failing: in_container("/state/waiting/reason")
                .and_then(Value::as_str)
                .and_then(failing)
                .or(unschedulable.then_some(Failing::Unschedulable)),
            deleting: metadata.deletion_timestamp.is_some(),
            created: metadata
                .creation_timestamp
                .as_ref()
                .map(|time| time.0.to_string())
                .unwrap_or_default(),
        })
    }
}

fn failing(word: &str) -> Option<Failing> {
    match word {
        "ErrImagePull" | "ImagePullBackOff" | "ErrImageNeverPull" | "InvalidImageName" => {
            Some(Failing::Image)
        }
        "CrashLoopBackOff" => Some(Failing::Crashing),
        "CreateContainerConfigError" | "CreateContainerError" | "RunContainerError" => {
            Some(Failing::Config)
        }
        _ => None,
    }
}

/// The pod that counts: the newest that is not going away, else the newest.
pub(super) fn the_one(pods: &[Arc<Pod>]) -> Option<Arc<Pod>> {
    pods.iter()
        .max_by(|one, other| {
            (!one.deleting, &one.created, &one.uid).cmp(&(
                !other.deleting,
                &other.created,
                &other.uid,
            ))
        })
        .cloned()
}
