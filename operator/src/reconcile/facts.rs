//! Observe: what is known of a bot, put together from the caches and the last answer of its worker.

use std::time::Instant;

use aicoin_api::bot::{Storage, TradingBotSpec};
use aicoin_api::crd::{Remaining, TradingBotStatus};
use aicoin_api::http::ControlReply;
use aicoin_api::names::condition;
use aicoin_domain::Reason;

use super::Context;
use super::stop::Decided;
use crate::contact::Silence;
use crate::control::Wanted;
use crate::memo::{Memo, PodId};
use crate::patience::Patience;
use crate::status::{Closing, Facts, Trouble, WorkerFact, is_true, reason};
use crate::world::Seen;

/// A worker that says this is on its way, and nothing is wrong.
const ON_ITS_WAY: [&str; 4] = ["NoControl", "NotReconciled", "Starting", "Stopping"];

/// Which process of the worker counts at present.
pub(super) fn process(seen: &Seen) -> PodId {
    seen.pod.as_ref().map_or_else(PodId::default, |pod| PodId {
        uid: Some(pod.uid.clone()),
        restarts: pod.restarts,
    })
}

/// The last answer, when it is of the present process.
pub(super) fn report<'a>(memo: &'a Memo, seen: &Seen) -> Option<&'a ControlReply> {
    memo.last
        .as_ref()
        .filter(|last| last.pod == process(seen))
        .and_then(|last| last.reply())
}

/// What is left to close, of an answer.
#[must_use]
pub fn remaining(report: Option<&ControlReply>) -> Option<Remaining> {
    report.map(|report| Remaining::from(report.control.remaining))
}

/// Everything together.
pub(super) fn facts(
    context: &Context,
    seen: &Seen,
    memo: &Memo,
    decided: &Decided,
    wanted: Wanted,
    checked: Result<&TradingBotSpec, &String>,
    deleting: Option<Closing>,
) -> Facts {
    let bot = &seen.bot;
    let before = &bot.status;
    let deployment = seen.deployment().map(|(_, view)| view);
    let report = report(memo, seen);
    // What was open before closing was asked for says nothing of what is left of it.
    let at_present = report.filter(|_| {
        memo.last
            .as_ref()
            .is_some_and(|last| last.generation == decided.control.generation)
    });
    let direct = context.settings.worker_url.is_some();
    let worker = match (deployment, &seen.pod) {
        (None, _) => WorkerFact::NoDeployment,
        (Some(view), _) if view.replicas == 0 && !decided.runs => WorkerFact::Stopped,
        (Some(_), _) if direct => WorkerFact::Direct {
            ready: report.map_or_else(
                || is_true(&before.conditions, condition::READY),
                |report| report.ready,
            ),
        },
        (Some(_), None) => WorkerFact::NoPod,
        (Some(_), Some(pod)) => WorkerFact::Pod {
            ready: pod.ready && !pod.deleting,
        },
    };
    Facts {
        generation: bot.generation,
        control: decided.control.clone(),
        worker,
        spec_problem: checked.err().cloned(),
        reconcile_paused: bot.asked.reconcile_paused,
        deleting,
        trouble: trouble(context, seen, memo, decided, wanted, worker),
        remaining: remaining(at_present).or(before.remaining),
        was_closed: decided.was_closed,
        image: deployment
            .map(|view| view.image.clone())
            .or_else(|| before.worker.as_ref().and_then(|it| it.image.clone())),
        pod_name: seen.pod.as_ref().map(|pod| pod.name.to_string()),
        restarts: seen
            .pod
            .as_ref()
            .and_then(|pod| u32::try_from(pod.restarts).ok())
            .unwrap_or_default(),
        last_restart_at: match deployment {
            Some(view) => view.restarted_at.clone(),
            None => before.last_restart_at.clone(),
        },
        ephemeral: checked.is_ok_and(is_ephemeral),
    }
}

fn is_ephemeral(spec: &TradingBotSpec) -> bool {
    match &spec.storage {
        None => true,
        Some(Storage { postgres, sqlite }) => {
            postgres.is_none()
                && sqlite
                    .as_ref()
                    .is_none_or(|sqlite| sqlite.storage_class_name.is_none())
        }
    }
}

fn trouble(
    context: &Context,
    seen: &Seen,
    memo: &Memo,
    decided: &Decided,
    wanted: Wanted,
    worker: WorkerFact,
) -> Option<Trouble> {
    let before = &seen.bot.status;
    if let Some(trouble) = decided
        .trouble
        .clone()
        .or_else(|| memo.apply_failure.clone())
    {
        return Some(trouble);
    }
    let of_hold = || wanted.hold_unknown.then_some(Trouble::HoldUnknown);
    if matches!(worker, WorkerFact::Stopped | WorkerFact::NoDeployment) {
        return of_hold().or_else(|| remembered(before, memo, decided, false));
    }
    if let Some(failing) = seen.pod.as_ref().and_then(|pod| pod.failing) {
        return Some(Trouble::Pod(failing));
    }
    silent(context.patience, seen, memo)
        .or_else(|| of_worker(report(memo, seen)))
        .or_else(|| remembered(before, memo, decided, true))
        .or_else(of_hold)
}

/// A worker that does not answer: trouble once it should have.
fn silent(patience: Patience, seen: &Seen, memo: &Memo) -> Option<Trouble> {
    let (since, silence) = memo.silent_since?;
    let ever_accepted = seen
        .bot
        .status
        .control
        .as_ref()
        .is_some_and(|control| control.accepted_generation > 0);
    let runs = seen.pod.as_ref().is_some_and(|pod| pod.running);
    // One that never was up is starting; its pod says what is wrong with that.
    if !ever_accepted && !runs {
        return None;
    }
    let silent_for = Instant::now().saturating_duration_since(since);
    let (after, trouble) = match silence {
        Silence::Stuck => (patience.stuck, Trouble::Stuck),
        Silence::Denied => (patience.denied, Trouble::TokenRefused),
        Silence::Unreachable | Silence::Failed => (patience.unreachable, Trouble::Unreachable),
    };
    (silent_for >= after).then_some(trouble)
}

/// The first of a worker's reasons that a person should see.
fn of_worker(report: Option<&ControlReply>) -> Option<Trouble> {
    let codes = &report?.not_ready;
    codes
        .iter()
        .filter(|code| !ON_ITS_WAY.contains(&code.as_str()))
        .find_map(|code| {
            // Only codes of the closed list: a worker's words do not go into a status.
            Reason::ALL
                .iter()
                .find(|known| known.as_str() == code)
                .map(|known| Trouble::Worker(known.as_str().to_owned()))
        })
}

/// What the status says, as long as nothing newer is known: neither a start of the operator nor a first call that is not
/// answered changes a status.
fn remembered(
    before: &TradingBotStatus,
    memo: &Memo,
    decided: &Decided,
    worker: bool,
) -> Option<Trouble> {
    let degraded = before
        .conditions
        .iter()
        .find(|it| it.type_ == condition::DEGRADED && it.status == "True")?;
    let heard = memo.last.as_ref().is_some_and(|last| last.result.is_ok());
    let still = match degraded.reason.as_str() {
        reason::APPLY_FAILED | reason::NAME_TAKEN => !memo.applied,
        // Until the worker has said whether positions are still open.
        reason::STOP_REFUSED => worker && decided.must_look,
        reason::CONTROL_UNREACHABLE | reason::WORKER_STUCK | reason::TOKEN_REFUSED => {
            worker && !heard
        }
        code => worker && !heard && Reason::ALL.iter().any(|known| known.as_str() == code),
    };
    still.then(|| Trouble::Kept {
        reason: degraded.reason.clone(),
        message: degraded.message.clone(),
    })
}
