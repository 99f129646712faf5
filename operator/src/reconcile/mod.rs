//! Reconcile: one pass over one bot. Deletion, kill switch, pause of the operator, normal, in that order.
//!
//! A pass over a bot that is as it should be makes no API call at all. What a pass writes, it writes over the copy that
//! it saw; a conflict means to look again. A worker is never waited for: calls go beside the passes, and their answers
//! come back as a reason for another pass.

mod apply;
mod ask;
mod context;
mod facts;
mod finalizer;
mod pass;
mod stop;
mod write_status;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

pub use apply::delete_children;
pub(crate) use apply::is_intact;
pub use ask::{Asking, ask};
pub use context::{Context, Key, Updates};
pub use facts::remaining;
pub use finalizer::let_go;
pub(crate) use pass::{is_closed, make, refresh, soonest, steer};
pub use write_status::tell;

use crate::memo::backoff;
use crate::queue::Lane;
use crate::world::BotKey;
use crate::writer::WriteError;
use crate::{namespaces, orphans};

/// A failed pass comes again after this, and then more and more slowly.
const RETRY_FIRST: Duration = Duration::from_millis(250);
/// At most this slowly.
const RETRY_MOST: Duration = Duration::from_secs(60);
/// After a conflict the watch brings the new copy; this is for the case that it already did.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// No pass takes longer: its calls have limits of their own, and this one is above all of them together.
const PASS_TIMEOUT: Duration = Duration::from_secs(90);

/// When a bot is looked at again, if nothing happens before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// When something happens.
    Change,
    /// After this.
    After(Duration),
}

/// Takes from the queue and reconciles, for as long as this replica leads, until it is stopped: a pass that has begun
/// comes to its end.
pub async fn work(context: Arc<Context>, urgent_only: bool, mut stop: watch::Receiver<bool>) {
    let mut leads = context.gate.watch();
    loop {
        let next = async {
            // A replica that does not lead keeps its caches warm and does nothing.
            leads.wait_for(|leads| *leads).await.ok()?;
            Some(context.queue.next(urgent_only).await)
        };
        let key = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return,
            key = next => key,
        };
        let Some(key) = key else {
            return;
        };
        if context.gate.check().is_err() {
            context.queue.done(&key);
            context.queue.push(key, Lane::Normal);
            // The claim ran out and the election has not noticed yet.
            tokio::time::sleep(LOOK_AGAIN).await;
            continue;
        }
        one(&context, &key).await;
        context.queue.done(&key);
    }
}

/// One pass, with its time limit, its metrics and what follows from a failure.
async fn one(context: &Arc<Context>, key: &Key) {
    let begun = Instant::now();
    let pass = async {
        match key {
            Key::Bot(bot) => pass::pass(context, bot).await,
            Key::Orphan(uid) => orphans::reconcile(context, uid).await,
            Key::Namespace(namespace) => namespaces::reconcile(context, namespace)
                .await
                .map(|()| Next::Change),
        }
    };
    let result = match tokio::time::timeout(PASS_TIMEOUT, pass).await {
        Ok(result) => result,
        Err(_) => Err(WriteError::Timeout),
    };
    let kind = result.as_ref().err().map(WriteError::kind);
    context.metrics.reconciled(begun.elapsed(), kind);
    match result {
        Ok(next) => {
            // One that is gone was forgotten in this very pass, and stays so.
            context.memos.update(key, |memo| {
                memo.failures = 0;
                memo.reconciled = matches!(key, Key::Bot(_));
            });
            if let Next::After(delay) = next {
                context.queue.push_after(key.clone(), Lane::Normal, delay);
            }
        }
        Err(error) if error.is_passing() => {
            tracing::debug!(%key, %error, "A pass has to look again");
            context
                .queue
                .push_after(key.clone(), Lane::Urgent, LOOK_AGAIN);
        }
        Err(error) => {
            let failures = context.memos.with(key, |memo| {
                memo.failures = memo.failures.saturating_add(1);
                memo.failures
            });
            tracing::warn!(%key, failures, %error, "A pass failed");
            let delay = backoff(failures.saturating_sub(1), RETRY_FIRST, RETRY_MOST);
            context.queue.push_after(key.clone(), Lane::Normal, delay);
        }
    }
}

/// One pass over one bot, for tests that drive the operator by hand.
///
/// # Errors
/// When something cannot be written.
pub async fn pass_once(context: &Arc<Context>, key: &BotKey) -> Result<Next, WriteError> {
    pass::pass(context, key).await
}
