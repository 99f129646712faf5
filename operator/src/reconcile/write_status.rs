//! Writing a status: only when it says something else, over the copy that was seen, with its Events after it.

use std::sync::Arc;

use aicoin_api::crd::TradingBotStatus;

use super::Context;
use super::finalizer::take;
use crate::events::{About, publish};
use crate::status::{Note, body, is_same, notes};
use crate::world::Bot;
use crate::writer::WriteError;

/// Writes a status when it differs from the one that stands. The bot as it is then.
pub(super) async fn write(
    context: &Context,
    bot: Arc<Bot>,
    status: &TradingBotStatus,
) -> Result<Arc<Bot>, WriteError> {
    if is_same(&bot.status, status) {
        return Ok(bot);
    }
    let body = body(status, &bot).map_err(|error| WriteError::Failed(error.to_string()))?;
    let (namespace, name) = (&bot.key.namespace, &bot.key.name);
    let metadata = context.writer.put_status(namespace, name, &body).await?;
    let written = take(context, &bot, &metadata, |bot| bot.status = status.clone())?;
    for note in notes(&bot.status, status) {
        tell(context, &bot, &note).await;
    }
    Ok(written)
}

/// Tells something about a bot in an Event and in the log.
pub async fn tell(context: &Context, bot: &Bot, note: &Note) {
    if note.warning {
        tracing::warn!(bot = %bot.key, reason = note.reason, "{}", note.message);
    } else {
        tracing::info!(bot = %bot.key, reason = note.reason, "{}", note.message);
    }
    publish(&context.writer, &About::bot(bot), note, &context.identity).await;
}
