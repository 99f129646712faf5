//! Apply: makes the children what they should be. A child that is as it should be costs nothing.

use std::collections::HashSet;
use std::sync::Arc;

use kube::core::DynamicObject;

use super::{Context, Key};
use crate::build::{Children, Intent, holds};
use crate::world::{Bot, Child, ChildKind, Seen};
use crate::writer::{Kinds, WriteError};

/// Makes all children what they should be, and removes those that are not asked for any more.
///
/// A refusal of the API server stops here and is told in the status; the bot's controls go on.
pub(super) async fn apply(
    context: &Context,
    seen: &Seen,
    children: Children,
) -> Result<(), WriteError> {
    let mut wanted = HashSet::new();
    for intent in children.into_order() {
        wanted.insert((intent.kind, intent.name.clone()));
        one(context, &seen.bot, &seen.children, intent).await?;
    }
    // Left over after a change: old ConfigMaps, a policy that was switched off. A disk stays until the bot goes.
    for child in &seen.children {
        let is_asked_for = wanted.contains(&(child.kind, child.name.to_string()));
        if !is_asked_for && child.kind != ChildKind::Claim && !child.deleting {
            delete(context, child).await?;
        }
    }
    Ok(())
}

async fn one(
    context: &Context,
    bot: &Bot,
    known: &[Arc<Child>],
    intent: Intent,
) -> Result<(), WriteError> {
    let known = known
        .iter()
        .find(|child| child.kind == intent.kind && *child.name == *intent.name);
    let key = Key::Bot(bot.key.clone());
    match known {
        Some(child) if is_as_asked(context, &key, child, &intent) => Ok(()),
        // What cannot be changed is made anew under another name, or stays.
        Some(child) if matches!(child.kind, ChildKind::ConfigMap | ChildKind::Claim) => {
            if child.applied.as_deref() != Some(&intent.hash) && child.kind == ChildKind::ConfigMap
            {
                // Its name is the hash of its content: it differs in labels only, and those nobody needs.
                tracing::debug!(name = intent.name, "A ConfigMap is of an earlier version");
            }
            Ok(())
        }
        Some(child) => match context.writer.apply(child, &intent.body).await {
            Ok(written) => {
                take(context, &key, &written, &intent);
                Ok(())
            }
            Err(error) => Err(in_place(&intent, error)),
        },
        None => create(context, bot, &key, &intent).await,
    }
}

/// Whether a child is what was asked for, also when the API server wrote something of it in its own way.
fn is_as_asked(context: &Context, key: &Key, child: &Child, intent: &Intent) -> bool {
    if child.applied.as_deref() != Some(&intent.hash) {
        return false;
    }
    child.intact
        || context.memos.with(key, |memo| {
            memo.settled_as.get(&*child.name) == Some(&(intent.hash.clone(), child.version()))
        })
}

async fn create(
    context: &Context,
    bot: &Bot,
    key: &Key,
    intent: &Intent,
) -> Result<(), WriteError> {
    let resource = Kinds::child(intent.kind);
    let namespace = &bot.key.namespace;
    match context
        .writer
        .create(namespace, &resource, &intent.body)
        .await
    {
        Ok(metadata) => {
            // What is in it is what was asked for; whatever the API server added to that is none of ours.
            let written = DynamicObject {
                types: None,
                metadata,
                data: intent.body.clone(),
            };
            take(context, key, &written, intent);
            Ok(())
        }
        Err(WriteError::Exists) => {
            // Ours from before, which the watch has not shown yet, or somebody else's.
            let found = context
                .writer
                .get(namespace, &resource, &intent.name)
                .await?;
            let Some(found) = found else {
                return Err(WriteError::Exists);
            };
            match Child::read(intent.kind, &found) {
                Some(child) if child.bot_uid == bot.uid => {
                    take(context, key, &found, intent);
                    Err(WriteError::Exists)
                }
                _ => Err(WriteError::Taken(format!(
                    "The {} {}",
                    intent.kind.as_str(),
                    intent.name
                ))),
            }
        }
        Err(error) => Err(in_place(intent, error)),
    }
}

/// A refusal with what it is about: it is told in the status.
fn in_place(intent: &Intent, error: WriteError) -> WriteError {
    let WriteError::Refused(sentence) = error else {
        return error;
    };
    WriteError::Refused(format!(
        "The {} {} is refused: {sentence}",
        intent.kind.as_str(),
        intent.name
    ))
}

/// Puts what the API server made of an intent into the caches.
fn take(context: &Context, key: &Key, written: &DynamicObject, intent: &Intent) {
    let Some(mut child) = Child::read(intent.kind, written) else {
        return;
    };
    child.intact = is_intact(&child, written, intent);
    if !child.intact && child.applied.as_deref() == Some(&intent.hash) {
        // It was just written, and reads differently: the API server has its own words for it. As long as it stays at
        // this version it is not written again; otherwise every pass would write.
        tracing::debug!(
            name = intent.name,
            "The API server keeps a child in its own words"
        );
        context.memos.with(key, |memo| {
            memo.settled_as
                .insert(intent.name.clone(), (intent.hash.clone(), child.version()));
        });
    }
    context.world.put_child(child);
}

/// Whether a child's object holds everything of an intent of the same hash.
pub(crate) fn is_intact(child: &Child, object: &DynamicObject, intent: &Intent) -> bool {
    let spec = |field: &str| {
        let asked = intent.body.get(field);
        asked.is_none_or(|asked| {
            holds(
                object.data.get(field).unwrap_or(&serde_json::Value::Null),
                asked,
            )
        })
    };
    let labels = intent.body.pointer("/metadata/labels").is_none_or(|asked| {
        let actual = serde_json::json!(object.metadata.labels);
        holds(&actual, asked)
    });
    child.applied.as_deref() == Some(&intent.hash) && labels && spec("spec") && spec("data")
}

async fn delete(context: &Context, child: &Child) -> Result<(), WriteError> {
    match context.writer.delete(child).await {
        Ok(()) | Err(WriteError::NotFound) => {
            context
                .world
                .remove_child(&child.bot_uid, child.kind, &child.name, &child.uid);
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// Deletes all children, the worker first: nothing runs on what is gone already.
///
/// # Errors
/// When one cannot be deleted.
pub async fn delete_children(context: &Context, children: &[Arc<Child>]) -> Result<(), WriteError> {
    let mut order: Vec<&Arc<Child>> = children.iter().collect();
    order.sort_by_key(|child| std::cmp::Reverse(child.kind));
    for child in order {
        // A claim that a pod still uses is deleted once the pod is gone; asking again would change nothing.
        if !child.deleting {
            delete(context, child).await?;
        }
    }
    Ok(())
}
