//! Asking a worker: again and again until it acknowledges, then until it is true, then only now and then.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aicoin_domain::Desired;

use super::{Context, Key, Next};
use crate::contact::Silence;
use crate::memo::{Memo, Outcome, PodId, backoff, jitter};
use crate::queue::Lane;
use crate::world::Uid;

/// Between two looks at a control that is not true yet.
const POLL_FIRST: Duration = Duration::from_millis(100);
const POLL_MOST: Duration = Duration::from_secs(2);
/// Between two calls that were not answered.
const RETRY_FIRST: Duration = Duration::from_millis(250);
const RETRY_MOST: Duration = Duration::from_secs(5);
/// The same, of a worker that never accepted anything: its pod is starting, and says when it is there.
const START_RETRY_MOST: Duration = Duration::from_secs(30);
/// The first look at a quiet worker that is not ready: nothing in the cluster says that its reasons changed.
const UNREADY_FIRST: Duration = Duration::from_millis(250);

/// What is to be asked of whom.
#[derive(Clone, Debug)]
pub struct Asking {
    /// The bot's uid.
    pub uid: Uid,
    /// Where the worker is; `None` while it is nowhere.
    pub address: Option<String>,
    /// Which process that is.
    pub pod: PodId,
    /// The count.
    pub generation: u64,
    /// The level.
    pub desired: Desired,
    /// It is accepted and true, as far as anybody knows.
    pub settled: bool,
    /// This process has been heard of before.
    pub known_process: bool,
    /// It accepted something before.
    pub ever_accepted: bool,
    /// It has to be heard now, settled or not.
    pub must_look: bool,
    /// How often a quiet bot is looked at.
    pub look_every: Duration,
}

/// Calls the worker when it is time; says when that is otherwise. The answer comes back as another pass.
#[must_use]
pub fn ask(context: &Arc<Context>, key: &Key, asking: Asking) -> Next {
    let now = Instant::now();
    let decision = context.memos.with(key, |memo| decide(memo, &asking, now));
    match decision {
        Decision::Call => {
            if let Some(address) = asking.address.clone() {
                call(context, key, asking, address);
            }
            Next::Change
        }
        Decision::Wait(next) => next,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Decision {
    Call,
    Wait(Next),
}

fn decide(memo: &mut Memo, asking: &Asking, now: Instant) -> Decision {
    memo.of.get_or_insert_with(|| Arc::clone(&asking.uid));
    let quiet = asking.settled && asking.known_process && !asking.must_look;
    if asking.address.is_none() {
        if !asking.settled && asking.ever_accepted {
            memo.silent_since.get_or_insert((now, Silence::Unreachable));
        }
        // A pod says when it is there. Until then only patience runs out.
        return Decision::Wait(Next::After(jitter(RETRY_MOST)));
    }
    if memo.asking == Some(asking.generation) {
        return Decision::Wait(Next::Change);
    }
    let another_process = memo
        .last
        .as_ref()
        .is_some_and(|last| last.pod != asking.pod);
    if memo.tries_of != asking.generation || another_process {
        memo.tries_of = asking.generation;
        memo.tries = 0;
        memo.not_before = None;
    }
    let due = if quiet {
        // After a start they are spread out: ten thousand looks at once would help nobody.
        let mut first = [0_u8; 1];
        let _ = getrandom::fill(&mut first);
        let [first] = first;
        Some(
            *memo
                .look_at
                .get_or_insert_with(|| now + asking.look_every.mul_f64(f64::from(first) / 256.0)),
        )
    } else {
        memo.not_before
    };
    match due {
        Some(due) if due > now => Decision::Wait(Next::After(due - now)),
        _ => {
            memo.asking = Some(asking.generation);
            Decision::Call
        }
    }
}

fn call(context: &Arc<Context>, key: &Key, asking: Asking, address: String) {
    let (context, key) = (Arc::clone(context), key.clone());
    tokio::spawn(async move {
        // A worker obeys whoever holds the key: only the leader may speak.
        if context.gate.check().is_err() {
            context.memos.with(&key, |memo| memo.asking = None);
            // The claim may be renewed without having been lost: then nobody else comes back to this.
            context.queue.push_after(key, Lane::Urgent, RETRY_FIRST);
            return;
        }
        let was_silent = context.memos.with(&key, |memo| memo.silent_since.is_some());
        let result = context
            .caller
            .ask(
                &address,
                &asking.uid,
                asking.generation,
                asking.desired,
                was_silent,
            )
            .await;
        context.memos.with(&key, |memo| {
            heard(
                memo,
                &asking,
                Outcome {
                    generation: asking.generation,
                    pod: asking.pod.clone(),
                    at: Instant::now(),
                    result,
                },
            );
        });
        context.queue.push(key, Lane::Urgent);
    });
}

fn heard(memo: &mut Memo, asking: &Asking, outcome: Outcome) {
    // The bot went while its worker was asked; another one of its name starts counting anew.
    if memo.of.as_ref() != Some(&asking.uid) {
        return;
    }
    if memo.asking == Some(outcome.generation) {
        memo.asking = None;
    }
    // An answer that was overtaken says nothing any more.
    if memo
        .last
        .as_ref()
        .is_some_and(|last| last.generation > outcome.generation)
    {
        return;
    }
    let now = outcome.at;
    memo.not_before = Some(match &outcome.result {
        Ok(_) => {
            memo.silent_since = None;
            now + backoff(memo.tries, POLL_FIRST, POLL_MOST)
        }
        Err(silence) => {
            let since = memo.silent_since.map_or(now, |(since, _)| since);
            memo.silent_since = Some((since, *silence));
            let most = if asking.ever_accepted {
                RETRY_MOST
            } else {
                START_RETRY_MOST
            };
            now + backoff(memo.tries, RETRY_FIRST, most)
        }
    });
    memo.unready = match outcome.reply() {
        Some(reply) if reply.ready => 0,
        Some(reply) => {
            let before = memo.last.as_ref().and_then(Outcome::reply);
            if before.is_some_and(|before| before.not_ready == reply.not_ready) {
                memo.unready.saturating_add(1)
            } else {
                1
            }
        }
        None => memo.unready,
    };
    memo.look_at = Some(match &outcome.result {
        Ok(_) if memo.unready > 0 => {
            now + backoff(memo.unready - 1, UNREADY_FIRST, asking.look_every / 4)
        }
        Ok(_) => now + jitter(asking.look_every.mul_f64(0.8)),
        // A quiet bot that does not answer is looked at sooner.
        Err(_) => now + backoff(memo.tries, RETRY_FIRST, RETRY_MOST),
    });
    memo.tries = memo.tries.saturating_add(1);
    memo.last = Some(outcome);
}

#[cfg(test)]
mod tests;
