//! What is in a namespace: the children of bots, their Events, and all of it without what differs between two runs.

use aicoin_operator::world::ChildKind;
use aicoin_operator::writer::Kinds;
use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject, ListParams};
use serde_json::Value;

async fn list(client: &Client, namespace: &str, resource: &ApiResource) -> Vec<DynamicObject> {
    let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), namespace, resource);
    api.list(&ListParams::default()).await.unwrap().items
}

/// Everything that the operator makes, by kind and name.
pub(crate) async fn children(client: &Client, namespace: &str) -> Vec<String> {
    let mut names = Vec::new();
    for kind in ChildKind::ALL {
        for object in list(client, namespace, &Kinds::child(kind)).await {
            let name = object.metadata.name.unwrap();
            // The controller manager makes it in every namespace.
            if name != "kube-root-ca.crt" {
                names.push(format!("{} {name}", kind.as_str()));
            }
        }
    }
    names
}

/// The Events of a namespace, oldest first: kind, reason and note.
pub(crate) async fn events(client: &Client, namespace: &str) -> Vec<(String, String, String)> {
    let mut events = list(client, namespace, &Kinds::event()).await;
    events.sort_by_key(|it| it.data["eventTime"].as_str().unwrap_or_default().to_owned());
    let text = |event: &DynamicObject, field: &str| {
        event.data[field].as_str().unwrap_or_default().to_owned()
    };
    events
        .iter()
        .map(|it| (text(it, "type"), text(it, "reason"), text(it, "note")))
        .collect()
}

/// Everything in a namespace that is of bots, without uids, versions, times and whatever follows from them.
pub(crate) async fn normalised(client: &Client, namespace: &str) -> Vec<Value> {
    let mut objects = list(client, namespace, &Kinds::bot()).await;
    let uids: Vec<String> = objects
        .iter()
        .filter_map(|it| it.metadata.uid.clone())
        .collect();
    let mut hashes = Vec::new();
    for kind in ChildKind::ALL {
        for mut object in list(client, namespace, &Kinds::child(kind)).await {
            if object.metadata.name.as_deref() == Some("kube-root-ca.crt") {
                continue;
            }
            if kind == ChildKind::ConfigMap
                && let Some((_, hash)) = object
                    .metadata
                    .name
                    .as_ref()
                    .unwrap()
                    .rsplit_once("-worker-")
            {
                hashes.push(hash.to_owned());
            }
            if let Some(annotations) = object.metadata.annotations.as_mut() {
                annotations.remove("aicoin.dev/applied");
            }
            object.metadata.generation = None;
            objects.push(object);
        }
    }
    let mut values: Vec<Value> = objects
        .into_iter()
        .map(|mut object| {
            let metadata = &mut object.metadata;
            metadata.managed_fields = None;
            metadata.resource_version = None;
            metadata.uid = None;
            metadata.creation_timestamp = None;
            if let Some(conditions) = object
                .data
                .pointer_mut("/status/conditions")
                .and_then(Value::as_array_mut)
            {
                for condition in conditions {
                    condition["lastTransitionTime"] = Value::Null;
                }
            }
            let mut text = serde_json::to_string(&object)
                .unwrap()
                .replace(namespace, "NAMESPACE");
            for uid in &uids {
                text = text.replace(uid.as_str(), "UID").replace(&uid[..8], "UID8");
            }
            for hash in &hashes {
                text = text.replace(hash.as_str(), "HASH");
            }
            serde_json::from_str(&text).unwrap()
        })
        .collect();
    values.sort_by_key(ToString::to_string);
    values
}
