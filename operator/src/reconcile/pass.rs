//! One pass over one bot: the driver. Each step says whether it needs the cluster.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aicoin_api::bot::TradingBotSpec;
use aicoin_api::names::condition;
use aicoin_domain::Desired;
use k8s_openapi::jiff::Timestamp;

use super::ask::{Asking, ask};
use super::facts::{facts, process, report};
use super::stop::{Decided, Known, decide};
use super::{Context, Key, Next, apply, finalizer, write_status};
use crate::build::{Worker, children};
use crate::contact::{Answer, address};
use crate::control::{Wanted, above, take_report, wanted};
use crate::memo::{Memo, Outcome};
use crate::queue::Lane;
use crate::status::{Closing, Trouble, is_true, status};
use crate::world::{BotKey, Seen};
use crate::writer::WriteError;
use crate::{deletion, image, namespaces, validate};

/// An answer about positions is good for this long, when a worker is to be taken away on its word.
const ANSWER_GOOD_FOR: Duration = Duration::from_secs(3);

pub(super) async fn pass(context: &Arc<Context>, key: &BotKey) -> Result<Next, WriteError> {
    let memo_key = Key::Bot(key.clone());
    let Some(seen) = context.world.seen(key) else {
        context.memos.forget(&memo_key);
        return Ok(Next::Change);
    };
    if seen.bot.deleting {
        return deletion::pass(context, &memo_key, seen).await;
    }
    normal(context, &memo_key, seen).await
}

async fn normal(context: &Arc<Context>, key: &Key, mut seen: Seen) -> Result<Next, WriteError> {
    let checked = validate::check(&seen.bot);
    let wanted = wanted(&seen.bot, false);

    // The kill switch: before anything that could fail.
    let control = steer(context, key, &mut seen, wanted, checked.as_ref(), None).await?;

    let mut refused = None;
    let may_touch = !seen.bot.asked.reconcile_paused;
    if let (Ok(spec), true) = (&checked, may_touch) {
        if !seen.bot.is_held() {
            seen.bot = finalizer::hold(context, &seen.bot).await?;
        }
        match make(context, key, &seen, spec, control.decided.runs).await {
            Ok(()) => {}
            // It is told in the status, and tried again with growing pauses.
            Err(error) if error.is_refusal() => refused = Some(error),
            Err(error) => return Err(error),
        }
        refresh(context, &mut seen);
    }
    // The status of what is there now; the same as before unless something was made.
    let memo = recall(context, key, wanted);
    let decided = redecide(&seen, &memo, wanted);
    let facts = facts(
        context,
        &seen,
        &memo,
        &decided,
        wanted,
        checked.as_ref(),
        None,
    );
    let next = status(&facts, &seen.bot.status, Timestamp::now());
    seen.bot = write_status::write(context, Arc::clone(&seen.bot), &next).await?;
    let next = soonest(control.next, ask_if_there(context, key, &seen, &decided));
    match refused {
        Some(error) => {
            // Its controls keep their own pace, whatever becomes of its children.
            if let Next::After(delay) = next {
                context.queue.push_after(key.clone(), Lane::Urgent, delay);
            }
            Err(error)
        }
        None => Ok(next),
    }
}

/// What came of steering.
pub(crate) struct Steered {
    /// What was decided.
    pub(crate) decided: Decided,
    /// When to look again.
    pub(crate) next: Next,
}

/// Writes down what is asked of the worker, and asks it: the counter stands in the status before the worker hears of it,
/// and so does every `False` that a weaker control makes of a `True`.
pub(crate) async fn steer(
    context: &Arc<Context>,
    key: &Key,
    seen: &mut Seen,
    wanted: Wanted,
    checked: Result<&TradingBotSpec, &String>,
    deleting: Option<Closing>,
) -> Result<Steered, WriteError> {
    let memo = recall(context, key, wanted);
    let decided = redecide(seen, &memo, wanted);
    // Nothing was made yet: the first status is written once, at the end of the pass.
    if seen.deployment().is_none() && deleting.is_none() {
        return Ok(Steered {
            decided,
            next: Next::Change,
        });
    }
    let facts = facts(context, seen, &memo, &decided, wanted, checked, deleting);
    let next = status(&facts, &seen.bot.status, Timestamp::now());
    seen.bot = write_status::write(context, Arc::clone(&seen.bot), &next).await?;
    let next = ask_if_there(context, key, seen, &decided);
    Ok(Steered { decided, next })
}

/// What is remembered of a bot, and since when it is to be stopped.
fn recall(context: &Context, key: &Key, wanted: Wanted) -> Memo {
    context.memos.with(key, |memo| {
        memo.stop_since = match wanted.level {
            Desired::Stopped => memo.stop_since.or_else(|| Some(Instant::now())),
            Desired::Running | Desired::Paused | Desired::CloseAll => None,
        };
        memo.clone()
    })
}

/// What is asked of the worker, with all that is known by now.
fn redecide(seen: &Seen, memo: &Memo, wanted: Wanted) -> Decided {
    let bot = &seen.bot;
    let mut control = bot.status.control.clone();
    let current = memo.last.as_ref().filter(|last| last.pod == process(seen));
    if let (Some(control), Some(last)) = (control.as_mut(), current)
        && last.generation == control.generation
    {
        match &last.result {
            Ok(Answer::Taken(reply)) => take_report(control, last.generation, reply),
            Ok(Answer::Above(reply)) => *control = above(control, reply.control.generation),
            Err(_) => {}
        }
    }
    let deployment = seen.deployment().map(|(_, view)| view);
    let known = Known {
        control: control.as_ref(),
        was_closed: is_true(&bot.status.conditions, condition::POSITIONS_CLOSED),
        is_made: deployment.is_some(),
        is_down: deployment.is_some_and(|view| view.replicas == 0),
        report: current
            .filter(|last| {
                last.at.elapsed() < ANSWER_GOOD_FOR
                    && memo.stop_since.is_none_or(|since| last.at > since)
                    && control
                        .as_ref()
                        .is_some_and(|it| it.generation == last.generation)
            })
            .and_then(|_| report(memo, seen)),
    };
    decide(wanted.level, &known)
}

/// Asks the worker, when there is one and there is something to ask.
fn ask_if_there(context: &Arc<Context>, key: &Key, seen: &Seen, decided: &Decided) -> Next {
    let deployment = seen.deployment().map(|(_, view)| view);
    let control = &decided.control;
    if deployment.is_none() || !decided.runs || control.generation == 0 {
        return Next::Change;
    }
    // Only what stands in the status is asked.
    if seen.bot.status.control.as_ref() != Some(control) {
        return Next::Change;
    }
    let before = &seen.bot.status;
    let process = process(seen);
    let ip = seen.pod.as_ref().and_then(|pod| pod.ip.as_deref());
    let same_as_before = before.worker.as_ref().and_then(|it| it.pod_name.as_deref())
        == seen.pod.as_ref().map(|pod| &*pod.name)
        && i64::from(before.restarts) == i64::from(process.restarts);
    let (known_process, said_ready) = context.memos.with(key, |memo| {
        let last = memo.last.as_ref();
        (
            last.map_or(same_as_before, |last| {
                last.pod == process && last.result.is_ok()
            }),
            last.and_then(Outcome::reply).map(|reply| reply.ready),
        )
    });
    let settled = control.accepted_generation == control.generation
        && control.effective_generation == control.generation;
    // The kubelet sees it otherwise than the worker said last: it is asked why.
    let has_changed = seen
        .pod
        .as_ref()
        .is_some_and(|pod| pod.running && said_ready.unwrap_or(true) != pod.ready);
    let asking = Asking {
        uid: Arc::clone(&seen.bot.uid),
        address: address(context.settings.worker_url.as_deref(), ip),
        pod: process,
        generation: control.generation,
        desired: control.desired,
        settled,
        known_process,
        ever_accepted: control.accepted_generation > 0,
        must_look: decided.must_look || has_changed,
        look_every: context.patience.look,
    };
    ask(context, key, asking)
}

/// Makes the children, and remembers what is wrong with that.
pub(crate) async fn make(
    context: &Context,
    key: &Key,
    seen: &Seen,
    spec: &TradingBotSpec,
    runs: bool,
) -> Result<(), WriteError> {
    let made = make_all(context, key, seen, spec, runs).await;
    context.memos.with(key, |memo| match &made {
        Ok(()) => {
            memo.apply_failure = None;
            memo.applied = true;
        }
        Err(WriteError::Refused(sentence)) => {
            memo.apply_failure = Some(Trouble::Apply(sentence.clone()));
        }
        Err(WriteError::Taken(what)) => {
            memo.apply_failure = Some(Trouble::NameTaken(what.clone()));
        }
        // It passes, and says nothing of the children.
        Err(_) => {}
    });
    made
}

async fn make_all(
    context: &Context,
    key: &Key,
    seen: &Seen,
    spec: &TradingBotSpec,
    runs: bool,
) -> Result<(), WriteError> {
    let deployment = seen.deployment().map(|(_, view)| view);
    let image = image::image(
        &seen.bot,
        spec,
        deployment,
        &context.settings.default_image,
        || context.may_update(key),
    );
    context.watch_update(key, seen);
    namespaces::ensure(context, &seen.bot.key.namespace).await?;
    let restart = image::restart(&seen.bot, deployment);
    let worker = Worker::new(&seen.bot, spec.clone(), image, restart, runs);
    apply::apply(context, seen, children(&worker, &context.settings)).await
}

/// Looks at the caches again, which hold what was just written.
pub(crate) fn refresh(context: &Context, seen: &mut Seen) {
    if let Some(now) = context.world.seen(&seen.bot.key)
        && now.bot.uid == seen.bot.uid
    {
        *seen = now;
    }
}

/// The earlier of two.
pub(crate) fn soonest(one: Next, other: Next) -> Next {
    match (one, other) {
        (Next::Change, other) => other,
        (one, Next::Change) => one,
        (Next::After(one), Next::After(other)) => Next::After(one.min(other)),
    }
}

/// Whether a bot is closed for deletion.
pub(crate) fn is_closed(decided: &Decided) -> bool {
    let control = &decided.control;
    let is_effective = control.generation > 0
        && control.accepted_generation == control.generation
        && control.effective_generation == control.generation;
    match control.desired {
        Desired::CloseAll => is_effective,
        Desired::Stopped => !decided.runs && decided.was_closed,
        Desired::Running | Desired::Paused => false,
    }
}
