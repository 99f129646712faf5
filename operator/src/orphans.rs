//! What is left of a bot that is gone without its finalizer: closed or kept, by the policy on its Deployment, then
//! deleted.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aicoin_api::bot::DeletionPolicy;
use aicoin_domain::Desired;

use crate::contact::{Answer, address};
use crate::events::{About, publish};
use crate::memo::PodId;
use crate::queue::Lane;
use crate::reconcile::{Asking, Context, Key, Next, ask, delete_children};
use crate::status::Note;
use crate::world::{Child, Orphan, deployment};
use crate::writer::{Kinds, WriteError};

/// While a worker closes.
const LOOK: Duration = Duration::from_secs(2);

/// One pass over what is left of a bot.
///
/// # Errors
/// When something cannot be written.
pub async fn reconcile(context: &Arc<Context>, uid: &Arc<str>) -> Result<Next, WriteError> {
    let key = Key::Orphan(Arc::clone(uid));
    let Some(orphan) = context.world.orphan(uid) else {
        context.memos.forget(&key);
        return Ok(Next::Change);
    };
    let Some(namespace) = orphan
        .children
        .first()
        .map(|child| Arc::clone(&child.namespace))
    else {
        return Ok(Next::Change);
    };
    if is_there(context, &namespace, &orphan, uid).await? {
        return Ok(Next::After(LOOK));
    }
    let Some((worker, view)) = deployment(&orphan.children) else {
        return remove(context, &key, &orphan, &namespace).await;
    };
    let is_new = context.memos.with(&key, |memo| {
        let is_new = memo.deleting_since.is_none();
        memo.deleting_since.get_or_insert_with(Instant::now);
        is_new
    });
    if context.writer.namespace_ends(&namespace).await? {
        // Everything in it goes by itself.
        return Ok(Next::Change);
    }
    let is_kept = view.deletion_policy == DeletionPolicy::Retain;
    if is_new {
        let what = if is_kept {
            "its positions are kept, as its deletionPolicy says"
        } else {
            "its positions are closed, as its deletionPolicy says"
        };
        let note = Note::warning(
            "BotGone",
            format!(
                "The TradingBot {} is gone, and its worker is not: {what}, and then the worker is removed.",
                worker.bot_name
            ),
        );
        publish(&context.writer, &about(worker), &note, &context.identity).await;
    }
    let never_started = orphan
        .pod
        .as_ref()
        .is_some_and(|pod| pod.failing.is_some() && !pod.started);
    if is_kept || view.replicas == 0 || never_started || is_closed(context, &key, &orphan) {
        return remove(context, &key, &orphan, &namespace).await;
    }
    close(context, &key, uid, worker, &orphan).await
}

/// Whether the API server has the bot after all: two watches are two streams, and the one of bots may be behind.
async fn is_there(
    context: &Context,
    namespace: &str,
    orphan: &Orphan,
    uid: &str,
) -> Result<bool, WriteError> {
    let Some(name) = orphan
        .children
        .first()
        .map(|child| Arc::clone(&child.bot_name))
    else {
        return Ok(false);
    };
    if name.is_empty() {
        return Ok(false);
    }
    let found = context.writer.get(namespace, &Kinds::bot(), &name).await?;
    Ok(found.is_some_and(|bot| bot.metadata.uid.as_deref() == Some(uid)))
}

/// Asks the worker to close everything. It tells its own count, and it is counted above that.
async fn close(
    context: &Arc<Context>,
    key: &Key,
    uid: &Arc<str>,
    worker: &Child,
    orphan: &Orphan,
) -> Result<Next, WriteError> {
    let (generation, since) = context.memos.with(key, |memo| {
        let generation = match memo.last.as_ref().map(|last| &last.result) {
            Some(Ok(Answer::Above(reply))) => reply.control.generation.saturating_add(1),
            Some(Ok(Answer::Taken(reply))) => reply.control.generation,
            Some(Err(_)) | None => memo.tries_of.max(1),
        };
        (generation, memo.deleting_since)
    });
    if since.is_some_and(|since| since.elapsed() >= context.patience.deletion) {
        context
            .memos
            .with(key, |memo| memo.deleting_since = Some(Instant::now()));
        let note = Note::warning(
            "CloseStuck",
            "The TradingBot is gone and its worker does not get flat, or cannot be reached. It is tried on; to give up, \
             delete the Deployment by hand.",
        );
        publish(&context.writer, &about(worker), &note, &context.identity).await;
    }
    let ip = orphan.pod.as_ref().and_then(|pod| pod.ip.as_deref());
    let asking = Asking {
        uid: Arc::clone(uid),
        address: address(context.settings.worker_url.as_deref(), ip),
        pod: process(orphan),
        generation,
        desired: Desired::CloseAll,
        settled: false,
        known_process: true,
        ever_accepted: true,
        must_look: true,
        look_every: context.patience.look,
    };
    Ok(match ask(context, key, asking) {
        Next::Change => Next::After(LOOK),
        next @ Next::After(_) => next,
    })
}

fn process(orphan: &Orphan) -> PodId {
    orphan
        .pod
        .as_ref()
        .map_or_else(PodId::default, |pod| PodId {
            uid: Some(Arc::clone(&pod.uid)),
            restarts: pod.restarts,
        })
}

/// Its present process says that everything is closed, asked for just that.
fn is_closed(context: &Context, key: &Key, orphan: &Orphan) -> bool {
    context.memos.with(key, |memo| {
        memo.last
            .as_ref()
            .filter(|last| last.pod == process(orphan))
            .is_some_and(|last| match &last.result {
                Ok(Answer::Taken(reply)) => {
                    let control = &reply.control;
                    control.desired == Desired::CloseAll && control.effective && reply.accepted
                }
                Ok(Answer::Above(_)) | Err(_) => false,
            })
    })
}

async fn remove(
    context: &Arc<Context>,
    key: &Key,
    orphan: &Orphan,
    namespace: &Arc<str>,
) -> Result<Next, WriteError> {
    delete_children(context, &orphan.children).await?;
    context.memos.forget(key);
    let namespace = Key::Namespace(Arc::clone(namespace));
    context.queue.push_after(namespace, Lane::Normal, LOOK);
    Ok(Next::Change)
}

fn about(worker: &Child) -> About {
    About {
        api_version: "apps/v1",
        kind: "Deployment",
        namespace: worker.namespace.to_string(),
        name: worker.name.to_string(),
        uid: worker.uid.to_string(),
    }
}
