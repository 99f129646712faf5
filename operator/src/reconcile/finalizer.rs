//! The finalizer: put on before anything is made, taken off when nothing is left to close.

use std::sync::Arc;

use aicoin_api::names::FINALIZER;
use kube::api::ObjectMeta;
use serde_json::json;

use super::Context;
use crate::world::{Bot, BotKey};
use crate::writer::WriteError;

/// Puts the finalizer on. The bot as it is then.
pub(super) async fn hold(context: &Context, bot: &Bot) -> Result<Arc<Bot>, WriteError> {
    let mut finalizers = bot.finalizers.clone();
    finalizers.push(FINALIZER.to_owned());
    write(context, bot, &finalizers).await
}

/// Takes the finalizer off: with it the bot goes.
///
/// # Errors
/// When it cannot be written.
pub async fn let_go(context: &Context, bot: &Bot) -> Result<(), WriteError> {
    let mut finalizers = bot.finalizers.clone();
    finalizers.retain(|it| it != FINALIZER);
    match write(context, bot, &finalizers).await {
        Ok(_) | Err(WriteError::NotFound) => Ok(()),
        Err(error) => Err(error),
    }
}

async fn write(
    context: &Context,
    bot: &Bot,
    finalizers: &[String],
) -> Result<Arc<Bot>, WriteError> {
    let BotKey { namespace, name } = &bot.key;
    let patch = json!({
        "metadata": {
            "resourceVersion": bot.resource_version,
            "uid": &*bot.uid,
            "finalizers": finalizers,
        },
    });
    let metadata = context.writer.patch_bot(namespace, name, &patch).await?;
    take(context, bot, &metadata, |_| ())
}

/// The answer of a write makes the newest copy: the next step works on it, without waiting for the watch. What the write
/// changed beside the metadata is put in by `change`; nothing else can have changed, for it named the copy it was over.
pub(super) fn take(
    context: &Context,
    before: &Bot,
    metadata: &ObjectMeta,
    change: impl FnOnce(&mut Bot),
) -> Result<Arc<Bot>, WriteError> {
    let mut bot = before.clone();
    bot.resource_version = metadata.resource_version.clone().unwrap_or_default();
    bot.finalizers = metadata.finalizers.clone().unwrap_or_default();
    bot.deleting = metadata.deletion_timestamp.is_some();
    change(&mut bot);
    if bot.deleting && bot.finalizers.is_empty() {
        // It is gone with this very write; the watch tells the rest.
        return Ok(Arc::new(bot));
    }
    let key = bot.key.clone();
    // An `Err` is a copy that is newer still.
    if let Err(newer) = context.world.put_bot(bot) {
        return Ok(newer);
    }
    context
        .world
        .seen(&key)
        .map(|seen| seen.bot)
        .ok_or(WriteError::NotFound)
}
