//! Looking at bots until something is true of them.
//!
//! For: the clock and the looks around `wait`. A look that fails for a passing reason is not an end: the API server may be
//! on its way back.
//!
//! Never: waits without an end, or takes a bot that was made anew under the same name for the old one.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use tokio::time::Instant;

use crate::bot::{Bot, BotId};
use crate::cluster::{Cluster, Scope};
use crate::fault::Fault;
use crate::refusal::Kind;
use crate::wait::{Goal, Verdict, judge};

/// Between two looks at a few bots.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Between two looks at many.
const LOOK_AT_MANY_EVERY: Duration = Duration::from_secs(1);
/// From so many on, they are listed instead of asked for one by one.
const MANY: usize = 9;
/// Calls at once.
pub(crate) const AT_ONCE: usize = 8;

/// How the wait for one bot ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// It is true; the bot as it was then.
    Met(Box<Bot>),
    /// Not in time, and what was missing.
    Late(String),
    /// It never will be.
    Never(String),
    /// The bot is gone.
    Gone,
    /// It cannot be looked at.
    Blind(Fault),
}

/// One bot, and what is waited for.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// The bot.
    pub(crate) id: BotId,
    /// Its uid, when it is known: it must stay the same.
    pub(crate) uid: Option<String>,
    /// What must become true of it.
    pub(crate) goal: Goal,
}

/// Waits until each bot's goal is true, or `limit` is over. The answers come in the order of the bots.
pub(crate) async fn until(
    cluster: &Cluster,
    bots: &[Target],
    limit: Duration,
) -> Vec<(BotId, Outcome)> {
    let deadline = Instant::now() + limit;
    let pause = if bots.len() < MANY {
        LOOK_EVERY
    } else {
        LOOK_AT_MANY_EVERY
    };
    let mut open: BTreeMap<BotId, (Target, String)> = bots
        .iter()
        .map(|target| {
            (
                target.id.clone(),
                (target.clone(), "it was not looked at".to_owned()),
            )
        })
        .collect();
    let mut ended: BTreeMap<BotId, Outcome> = BTreeMap::new();
    loop {
        let ids: Vec<BotId> = open.keys().cloned().collect();
        for (id, look) in look(cluster, &ids).await {
            let Some((Target { uid, goal, .. }, missing)) = open.get_mut(&id) else {
                continue;
            };
            let outcome = match look {
                Look::Seen(bot) if uid.as_ref().is_some_and(|uid| *uid != bot.uid) => {
                    Some(Outcome::Gone)
                }
                Look::Seen(bot) => {
                    uid.get_or_insert_with(|| bot.uid.clone());
                    match judge(goal, &bot) {
                        Verdict::Met => Some(Outcome::Met(bot)),
                        Verdict::Never(why) => Some(Outcome::Never(why)),
                        Verdict::NotYet(why) => {
                            *missing = why;
                            None
                        }
                    }
                }
                Look::Gone => Some(Outcome::Gone),
                Look::Failed(fault, Kind::Passing) => {
                    *missing = fault.to_string();
                    None
                }
                Look::Failed(fault, Kind::Forbidden | Kind::NotFound | Kind::Lasting) => {
                    Some(Outcome::Blind(fault))
                }
            };
            if let Some(outcome) = outcome {
                open.remove(&id);
                ended.insert(id, outcome);
            }
        }
        if open.is_empty() || Instant::now() >= deadline {
            break;
        }
        tokio::time::sleep_until(deadline.min(Instant::now() + pause)).await;
    }
    ended.extend(
        open.into_iter()
            .map(|(id, (_, missing))| (id, Outcome::Late(missing))),
    );
    // In the order in which they were asked for.
    bots.iter()
        .filter_map(|target| ended.remove_entry(&target.id))
        .collect()
}

enum Look {
    Seen(Box<Bot>),
    Gone,
    Failed(Fault, Kind),
}

async fn look(cluster: &Cluster, ids: &[BotId]) -> Vec<(BotId, Look)> {
    if ids.len() < MANY {
        return stream::iter(ids.to_vec())
            .map(|id| async move {
                let look = match cluster.get(&id).await {
                    Ok(object) => Look::Seen(Box::new(Bot::read(&object))),
                    Err(call) if call.kind == Kind::NotFound => Look::Gone,
                    Err(call) => Look::Failed(call.fault, call.kind),
                };
                (id, look)
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
    }
    let mut namespaces: Vec<&str> = ids.iter().map(|id| id.namespace.as_str()).collect();
    namespaces.dedup();
    // One list of everything is as cheap as a few; who may not do that lists each namespace.
    let mut seen = None;
    if namespaces.len() > 1 {
        seen = cluster.list(&Scope::Everywhere).await.ok();
    }
    let mut failures: BTreeMap<&str, (Fault, Kind)> = BTreeMap::new();
    let objects = match seen {
        Some(objects) => objects,
        None => {
            let mut objects = Vec::new();
            for namespace in &namespaces {
                match cluster
                    .list(&Scope::Namespace((*namespace).to_owned()))
                    .await
                {
                    Ok(some) => objects.extend(some),
                    Err(call) => {
                        failures.insert(*namespace, (call.fault, call.kind));
                    }
                }
            }
            objects
        }
    };
    let mut bots: BTreeMap<BotId, Bot> = objects
        .iter()
        .map(Bot::read)
        .map(|bot| (bot.id.clone(), bot))
        .collect();
    ids.iter()
        .map(|id| {
            let look = match (bots.remove(id), failures.get(id.namespace.as_str())) {
                (Some(bot), _) => Look::Seen(Box::new(bot)),
                (None, Some((fault, kind))) => Look::Failed(fault.clone(), *kind),
                (None, None) => Look::Gone,
            };
            (id.clone(), look)
        })
        .collect()
}
