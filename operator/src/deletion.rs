//! Deletion: closes or keeps what is open, removes the children, and lets the bot go.
//!
//! Never: gives up by itself while positions are open. Two things end it otherwise: the escape annotation, and a
//! namespace that is being deleted, in which no worker can run any more.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aicoin_api::bot::DeletionPolicy;
use aicoin_api::names::{annotation, condition};
use serde_json::json;

use crate::control::wanted;
use crate::queue::Lane;
use crate::reconcile::{
    Context, Key, Next, delete_children, is_closed, let_go, make, refresh, soonest, steer, tell,
};
use crate::status::{Closing, Note, Trouble, is_true};
use crate::validate;
use crate::world::{Bot, Seen};
use crate::writer::{Kinds, WriteError};

/// While a child is refused.
const RETRY: Duration = Duration::from_secs(5);
/// While a pod goes.
const LOOK: Duration = Duration::from_secs(1);

/// One pass over a bot that is being deleted.
///
/// # Errors
/// When something cannot be written.
pub(crate) async fn pass(
    context: &Arc<Context>,
    key: &Key,
    mut seen: Seen,
) -> Result<Next, WriteError> {
    if !seen.bot.is_held() {
        // Nothing of ours holds it. What is left of it becomes an orphan once it is gone.
        return Ok(Next::Change);
    }
    let since = context.memos.with(key, |memo| {
        *memo.deleting_since.get_or_insert_with(Instant::now)
    });
    if seen.bot.asked.force_delete {
        let note = Note::warning(
            "ForceDeleted",
            format!(
                "The bot is let go of as {} asks; positions and orders that are open stay at the exchange.",
                annotation::FORCE_DELETE
            ),
        );
        tell(context, &seen.bot, &note).await;
        return remove(context, key, seen, false).await;
    }
    if context
        .writer
        .namespace_ends(&seen.bot.key.namespace)
        .await?
    {
        let note = Note::warning(
            "NamespaceDeleted",
            "The namespace is being deleted, and no worker can run in it any more: the bot is let go of. Its stops stay at \
             the exchange; look at the account.",
        );
        // No Event can be made in such a namespace: the log has it, and the Event is tried.
        tell(context, &seen.bot, &note).await;
        return remove(context, key, seen, false).await;
    }
    if seen.bot.deletion_policy == DeletionPolicy::Retain || never_traded(&seen) {
        return remove(context, key, seen, true).await;
    }
    close(context, key, &mut seen, since).await
}

/// Nothing was ever asked of a worker, or no container of it ever ran: nothing can be open.
fn never_traded(seen: &Seen) -> bool {
    let accepted = seen
        .bot
        .status
        .control
        .as_ref()
        .is_some_and(|control| control.accepted_generation > 0);
    let started = seen.pod.as_ref().is_some_and(|pod| pod.started);
    !accepted && !started
}

async fn close(
    context: &Arc<Context>,
    key: &Key,
    seen: &mut Seen,
    since: Instant,
) -> Result<Next, WriteError> {
    let checked = validate::check(&seen.bot);
    let patience = context.patience.deletion;
    let is_late = since.elapsed() >= patience;
    let already = was_late(&seen.bot);
    if is_late || already {
        context
            .memos
            .with(key, |memo| memo.apply_failure = Some(Trouble::Deletion));
    }
    let wanted = wanted(&seen.bot, true);
    let steered = steer(
        context,
        key,
        seen,
        wanted,
        checked.as_ref(),
        Some(Closing::Positions),
    )
    .await?;
    if is_closed(&steered.decided) {
        return remove(context, key, seen.clone(), true).await;
    }
    // The worker has to be there to close: somebody may have taken it away, or it was stopped.
    let mut is_refused = false;
    match (&checked, seen.deployment()) {
        (Ok(spec), _) => match make(context, key, seen, spec, true).await {
            Ok(()) => {}
            // The worker that is there closes in any case.
            Err(error) if error.is_refusal() => is_refused = true,
            Err(error) => return Err(error),
        },
        // Its spec is broken and its worker is left as it is, but for being started.
        (Err(_), Some((deployment, view))) if view.replicas == 0 => {
            let patch = json!({
                "metadata": {"resourceVersion": deployment.resource_version},
                "spec": {"replicas": 1},
            });
            let kind = Kinds::child(deployment.kind);
            context
                .writer
                .patch(&deployment.namespace, &kind, &deployment.name, &patch)
                .await?;
        }
        (Err(_), _) => {}
    }
    refresh(context, seen);
    let again = if is_refused {
        Next::After(RETRY)
    } else if is_late {
        Next::Change
    } else {
        Next::After(patience.saturating_sub(since.elapsed()) + LOOK)
    };
    Ok(soonest(steered.next, again))
}

/// The status says already that closing does not get on: it goes on saying so after a start of the operator.
fn was_late(bot: &Bot) -> bool {
    bot.status.conditions.iter().any(|it| {
        it.type_ == condition::DEGRADED && it.reason == crate::status::reason::DELETION_STUCK
    }) && is_true(&bot.status.conditions, condition::DEGRADED)
}

/// Removes the children, waits for the worker to go, and lets the bot go.
async fn remove(
    context: &Arc<Context>,
    key: &Key,
    mut seen: Seen,
    waits: bool,
) -> Result<Next, WriteError> {
    delete_children(context, &seen.children).await?;
    refresh(context, &mut seen);
    let since = context.memos.with(key, |memo| {
        *memo.pods_since.get_or_insert_with(Instant::now)
    });
    if waits && seen.pods > 0 && since.elapsed() < context.patience.stop {
        return Ok(Next::After(LOOK));
    }
    let_go(context, &seen.bot).await?;
    context.memos.forget(key);
    let namespace = Key::Namespace(Arc::clone(&seen.bot.key.namespace));
    context.queue.push_after(namespace, Lane::Normal, LOOK);
    Ok(Next::Change)
}
