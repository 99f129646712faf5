//! The labels of everything that belongs to a bot.

use aicoin_api::bot::DeletionPolicy;
use aicoin_api::names::{MANAGER, label};
use serde_json::{Map, Value, json};

use super::Worker;

/// The selector of everything that the operator made.
#[must_use]
pub fn managed() -> String {
    format!("{}={MANAGER}", label::MANAGED_BY)
}

pub(super) fn of_bot(worker: &Worker) -> Map<String, Value> {
    [
        (label::NAME, label::WORKER_NAME),
        (label::INSTANCE, &worker.key.name),
        (label::COMPONENT, label::WORKER_COMPONENT),
        (label::MANAGED_BY, MANAGER),
        (label::BOT, &worker.key.name),
        (label::BOT_UID, &worker.uid),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), json!(value)))
    .collect()
}

pub(super) fn selector(worker: &Worker) -> Value {
    json!({ label::BOT_UID: &*worker.uid })
}

/// On the Deployment alone: in the pod template it would restart the bot when it changes.
pub(super) fn with_deletion_policy(worker: &Worker) -> Map<String, Value> {
    let mut labels = of_bot(worker);
    let word = match worker.deletion_policy {
        DeletionPolicy::CloseAll => "CloseAll",
        DeletionPolicy::Retain => "Retain",
    };
    labels.insert(label::DELETION_POLICY.to_owned(), json!(word));
    labels
}

pub(super) fn metadata(worker: &Worker, name: &str, labels: Map<String, Value>) -> Value {
    json!({"name": name, "namespace": &*worker.key.namespace, "labels": labels})
}
