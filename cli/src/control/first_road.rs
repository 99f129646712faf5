//! The first road: one patch for each bot, then acceptance by the worker; when that does not come, the second road; with
//! `--wait`, the effect.
//!
//! Never: reports a wish as a fact, or lets one bot's trouble stop another.

use std::time::Duration;

use aicoin_api::domain::Hold;
use futures_util::StreamExt as _;
use futures_util::stream;

use super::second_road::{self, held_in_the_worker};
use super::{Wish, cluster_flags};
use crate::bot::{Bot, BotId};
use crate::cli::Connection;
use crate::cluster::Cluster;
use crate::fault::Fault;
use crate::out::Out;
use crate::patch::Change;
use crate::report;
use crate::road::Direct;
use crate::wait::{Goal, held};
use crate::waiting::{AT_ONCE, Outcome, Target, until};

/// After a resume, so many workers are asked themselves whether they are held.
const ASKED_AFTER_RESUME_MAX: usize = 8;

/// Patches all bots, then looks for acceptance and effect.
pub(super) async fn take(
    cluster: &Cluster,
    connection: &Connection,
    wish: &Wish,
    bots: Vec<Bot>,
    out: &mut Out,
) {
    let patched: Vec<_> = stream::iter(bots)
        .map(|bot| async move {
            let answer = cluster.patch(&bot.id, &wish.change).await;
            (bot.id, answer)
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let mut bots = Vec::new();
    for (id, answer) in patched {
        match answer {
            Ok(object) => {
                if connection.verbose {
                    out.note(&wish.change.command(&id, &cluster_flags(connection)));
                }
                bots.push(Bot::read(&object));
            }
            Err(call) => out.fail(&not_patched(&id, wish, &call.fault)),
        }
    }
    if bots.is_empty() {
        return;
    }
    let late = match wish.direct {
        Some(direct) if !wish.fallback_after.is_zero() => {
            accepted_or_second_road(cluster, wish, direct, &bots, out).await
        }
        Some(_) | None => {
            if !wish.waiting.wait {
                for bot in &bots {
                    out.say(&format!(
                        "{}: {} is asked for.",
                        bot.id,
                        asked(&wish.change)
                    ));
                }
            }
            Vec::new()
        }
    };
    if wish.waiting.wait {
        bots.retain(|bot| !late.contains(&bot.id));
        effect(cluster, wish, &bots, out).await;
    }
}

fn not_patched(id: &BotId, wish: &Wish, fault: &Fault) -> Fault {
    let other = match wish.direct {
        Some(direct) => format!(
            " Nothing was changed; past the operator, `kubectl tradingbot {} {} -n {} --direct` talks to the worker itself.",
            direct.verb(),
            id.name,
            id.namespace
        ),
        None => " Nothing was changed.".to_owned(),
    };
    Fault::failed(format!("{id}: {fault}{other}"))
}

fn asked(change: &Change) -> String {
    match change {
        Change::Desired(desired) => format!("spec.desiredState {}", desired.as_str()),
        Change::Hold(Hold::None) => "no aicoin.dev/hold".to_owned(),
        Change::Hold(hold) => format!("aicoin.dev/hold {}", hold.as_str()),
        Change::RestartedAt(at) => format!("a restart ({at})"),
    }
}

/// Acceptance, and the second road for the bots that did not get it. Gives back those that need no further wait.
async fn accepted_or_second_road(
    cluster: &Cluster,
    wish: &Wish,
    direct: Direct,
    bots: &[Bot],
    out: &mut Out,
) -> Vec<BotId> {
    let targets: Vec<_> = bots.iter().map(|bot| target(bot, Goal::Accepted)).collect();
    let outcomes = until(cluster, &targets, wish.fallback_after).await;
    let ask_workers = direct == Direct::Resume && bots.len() <= ASKED_AFTER_RESUME_MAX;
    let mut done = Vec::new();
    for (bot, (id, outcome)) in bots.iter().zip(outcomes) {
        match outcome {
            Outcome::Met(seen) => {
                let in_the_way = match direct {
                    Direct::Resume => match held(&seen) {
                        None if ask_workers => held_in_the_worker(cluster, &seen).await,
                        found => found,
                    },
                    Direct::Pause | Direct::CloseAll => None,
                };
                if let Some(why) = in_the_way {
                    out.fail(&Fault::failed(format!(
                        "{id}: it is patched and does not trade: {why}."
                    )));
                    done.push(id);
                } else if !wish.waiting.wait {
                    out.say(&format!("{id}: {}", report::accepted(&seen)));
                }
            }
            Outcome::Late(missing) => {
                let why = format!(
                    "The patch is made, and was not accepted within {} s: {}",
                    wish.fallback_after.as_secs_f32(),
                    missing.trim_end_matches('.')
                );
                second_road::take(
                    cluster,
                    direct,
                    std::slice::from_ref(bot),
                    wish.waiting,
                    Some(&why),
                    out,
                )
                .await;
                done.push(id);
            }
            Outcome::Never(_) | Outcome::Gone | Outcome::Blind(_) => {
                fail(&id, "Acceptance", &outcome, wish.fallback_after, out);
                done.push(id);
            }
        }
    }
    done
}

fn target(bot: &Bot, goal: Goal) -> Target {
    Target {
        id: bot.id.clone(),
        uid: Some(bot.uid.clone()),
        goal,
    }
}

/// `--wait`.
async fn effect(cluster: &Cluster, wish: &Wish, bots: &[Bot], out: &mut Out) {
    let targets: Vec<_> = bots
        .iter()
        .map(|bot| target(bot, wish.goal_of(bot)))
        .collect();
    let outcomes = until(cluster, &targets, wish.waiting.timeout).await;
    for (target, (id, outcome)) in targets.iter().zip(outcomes) {
        match &outcome {
            Outcome::Met(bot) => out.say(&format!("{id}: {}", report::done(&target.goal, bot))),
            Outcome::Late(_) | Outcome::Never(_) | Outcome::Gone | Outcome::Blind(_) => {
                let what = report::goal(&target.goal);
                fail(&id, &what, &outcome, wish.waiting.timeout, out);
            }
        }
    }
}

fn fail(id: &BotId, what: &str, outcome: &Outcome, waited: Duration, out: &mut Out) {
    if let Some(sentence) = report::failed(what, outcome, waited.as_secs_f32()) {
        out.fail(&Fault::failed(format!("{id}: {sentence}")));
    }
}
