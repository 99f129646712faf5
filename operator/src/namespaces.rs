//! The ConfigMap of control public keys: in each namespace that has a bot, and in no other.

use std::collections::BTreeMap;
use std::sync::Arc;

use aicoin_api::names::{CONTROL_KEYS_CONFIG_MAP, MANAGER, label};
use kube::core::DynamicObject;
use serde_json::{Value, json};

use crate::build::{key_map, key_map_data};
use crate::reconcile::Context;
use crate::world::{ChildKind, KeyMap};
use crate::writer::{Kinds, WriteError};

/// Reads the ConfigMap of keys; `None` for any other object.
#[must_use]
pub fn read(object: &DynamicObject) -> Option<KeyMap> {
    let metadata = &object.metadata;
    let is_ours = metadata
        .labels
        .as_ref()
        .and_then(|labels| labels.get(label::MANAGED_BY))
        .is_some_and(|by| by == MANAGER);
    if metadata.name.as_deref() != Some(CONTROL_KEYS_CONFIG_MAP) || !is_ours {
        return None;
    }
    let data = object.data.get("data").cloned().unwrap_or_default();
    Some(KeyMap {
        resource_version: metadata.resource_version.clone().unwrap_or_default(),
        data: serde_json::from_value(data).unwrap_or_default(),
    })
}

/// Makes the ConfigMap what it should be. Costs nothing when it is.
///
/// # Errors
/// When it cannot be written.
pub async fn ensure(context: &Context, namespace: &Arc<str>) -> Result<(), WriteError> {
    let wanted = wanted(context);
    match context.world.key_map(namespace) {
        Some(known) if known.data == wanted => Ok(()),
        Some(known) => write(context, namespace, &wanted, &known).await,
        None => {
            // Many bots of a new namespace come here at once; one of them makes it.
            let _turn = context.making_keys.lock().await;
            if context.world.key_map(namespace).is_some() {
                return Ok(());
            }
            let resource = Kinds::child(ChildKind::ConfigMap);
            let body = key_map(namespace, &wanted);
            match context.writer.create(namespace, &resource, &body).await {
                Ok(metadata) => {
                    let map = KeyMap {
                        resource_version: metadata.resource_version.unwrap_or_default(),
                        data: wanted,
                    };
                    context.world.put_key_map(Arc::clone(namespace), Some(map));
                    Ok(())
                }
                Err(WriteError::Exists) => is_ours(context, namespace).await,
                Err(error) => Err(error),
            }
        }
    }
}

/// Another bot of the namespace was quicker, or it is from before and the watch has not shown it yet; or it is somebody
/// else's, and no worker shall trust what is in it.
async fn is_ours(context: &Context, namespace: &Arc<str>) -> Result<(), WriteError> {
    let resource = Kinds::child(ChildKind::ConfigMap);
    let found = context
        .writer
        .get(namespace, &resource, CONTROL_KEYS_CONFIG_MAP)
        .await?;
    match found.as_ref().map(read) {
        Some(None) => Err(WriteError::Taken(format!(
            "The ConfigMap {CONTROL_KEYS_CONFIG_MAP}"
        ))),
        Some(known @ Some(_)) => {
            context.world.put_key_map(Arc::clone(namespace), known);
            Ok(())
        }
        None => Err(WriteError::NotFound),
    }
}

fn wanted(context: &Context) -> BTreeMap<String, String> {
    key_map_data(&context.keys.jwks(), context.extra_ca().as_deref())
}

async fn write(
    context: &Context,
    namespace: &Arc<str>,
    wanted: &BTreeMap<String, String>,
    known: &KeyMap,
) -> Result<(), WriteError> {
    // A merge patch leaves alone what it does not name: a certificate authority that is not there any more, or what
    // somebody put into it.
    let gone = known.data.keys().filter(|key| !wanted.contains_key(*key));
    let mut data: serde_json::Map<String, Value> =
        gone.map(|key| (key.clone(), Value::Null)).collect();
    data.extend(wanted.iter().map(|(key, text)| (key.clone(), json!(text))));
    let patch = json!({"metadata": {"resourceVersion": known.resource_version}, "data": data});
    let resource = Kinds::child(ChildKind::ConfigMap);
    let object = context
        .writer
        .patch(namespace, &resource, CONTROL_KEYS_CONFIG_MAP, &patch)
        .await?;
    context
        .world
        .put_key_map(Arc::clone(namespace), read(&object));
    Ok(())
}

/// Brings one namespace in order: the ConfigMap is there while a bot is, and goes with the last one.
///
/// # Errors
/// When it cannot be written.
pub async fn reconcile(context: &Context, namespace: &Arc<str>) -> Result<(), WriteError> {
    if context.world.is_in_use(namespace) {
        return match context.world.key_map(namespace) {
            Some(_) => ensure(context, namespace).await,
            // The first bot makes it, right before its worker.
            None => Ok(()),
        };
    }
    let Some(known) = context.world.key_map(namespace) else {
        return Ok(());
    };
    let deleted = context
        .writer
        .delete_key_map(namespace, CONTROL_KEYS_CONFIG_MAP, &known.resource_version)
        .await;
    match deleted {
        Ok(()) | Err(WriteError::NotFound) => {
            context.world.put_key_map(Arc::clone(namespace), None);
            Ok(())
        }
        Err(error) => Err(error),
    }
}
