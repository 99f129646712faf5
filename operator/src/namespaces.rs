//! The ConfigMap of control public keys: in each namespace that has a bot, and in no other.

use std::collections::BTreeMap;
use std::sync::Arc;

use aicoin_api::names::{CONTROL_KEYS_CONFIG_MAP, MANAGER, label};
use kube::core::DynamicObject;
use serde_json::json;

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
        Some(known) => write(context, namespace, &wanted, &known.resource_version).await,
        None => {
            let resource = Kinds::child(ChildKind::ConfigMap);
            let body = key_map(namespace, &wanted);
            match context.writer.create(namespace, &resource, &body).await {
                Ok(object) => {
                    context.world.put_key_map(Arc::clone(namespace), read(&object));
                    Ok(())
                }
                // Another bot of the namespace was quicker, or it is from before and the watch has not shown it yet.
                Err(WriteError::Exists) => Ok(()),
                Err(error) => Err(error),
            }
        }
    }
}

fn wanted(context: &Context) -> BTreeMap<String, String> {
    key_map_data(&context.keys.jwks(), context.extra_ca().as_deref())
}

async fn write(
    context: &Context,
    namespace: &Arc<str>,
    wanted: &BTreeMap<String, String>,
    resource_version: &str,
) -> Result<(), WriteError> {
    let mut data = json!(wanted);
    if !wanted.contains_key(crate::build::CA_KEY)
        && let Some(data) = data.as_object_mut()
    {
        // A merge patch leaves alone what it does not name.
        data.insert(crate::build::CA_KEY.to_owned(), serde_json::Value::Null);
    }
    let patch = json!({"metadata": {"resourceVersion": resource_version}, "data": data});
    let resource = Kinds::child(ChildKind::ConfigMap);
    let object = context
        .writer
        .patch(namespace, &resource, CONTROL_KEYS_CONFIG_MAP, &patch)
        .await?;
    context.world.put_key_map(Arc::clone(namespace), read(&object));
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
