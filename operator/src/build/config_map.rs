//! The manifest as the worker reads it: immutable, its content's hash in its name.

use aicoin_api::names::pod;
use serde_json::{Map, Value, json};

use super::labels;
use super::{Intent, Worker, digest};
use crate::world::{ChildKind, canonical};

/// Fields of the spec that steer the operator and not the worker: a change of theirs restarts nobody.
const NOT_TRADING: [&str; 4] = [
    "desiredState",
    "deletionPolicy",
    "acknowledgeRisk",
    "worker",
];

/// Its name: with another content it is another object.
pub(super) fn name(worker: &Worker) -> String {
    name_of(worker, &manifest(worker))
}

fn name_of(worker: &Worker, manifest: &Value) -> String {
    format!(
        "{}-{}",
        worker.child_name(),
        digest(&canonical(manifest), 10)
    )
}

pub(super) fn config_map(worker: &Worker) -> Intent {
    let manifest = manifest(worker);
    let name = name_of(worker, &manifest);
    // JSON is YAML too; written as YAML it is what a person expects to find.
    let text = serde_yaml::to_string(&sorted(&manifest)).unwrap_or_else(|_| canonical(&manifest));
    let body = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": labels::metadata(worker, &name, labels::of_bot(worker)),
        "immutable": true,
        "data": { pod::MANIFEST_FILE: text },
    });
    Intent::new(ChildKind::ConfigMap, name, body)
}

fn manifest(worker: &Worker) -> Value {
    let mut spec = worker.written.clone();
    if let Some(spec) = spec.as_object_mut() {
        for field in NOT_TRADING {
            spec.remove(field);
        }
    }
    json!({
        "apiVersion": aicoin_api::bot::API_VERSION,
        "kind": aicoin_api::bot::KIND,
        "metadata": {
            "name": &*worker.key.name,
            "namespace": &*worker.key.namespace,
            "uid": &*worker.uid,
        },
        "spec": spec,
    })
}

/// The same value with its keys in order, whatever map the library uses.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(&String, &Value)> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            let map: Map<String, Value> = entries
                .into_iter()
                .map(|(key, value)| (key.clone(), sorted(value)))
                .collect();
            Value::Object(map)
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}
