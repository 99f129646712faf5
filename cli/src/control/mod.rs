//! `pause`, `resume`, `close-all` and `restart`.
//!
//! For: what each verb asks for. `first_road` patches and looks for acceptance and effect, `second_road` talks to the worker
//! itself, `targets` finds out which bots are meant, and has a person confirm it.
//!
//! Never: patches more than what `--dry-run` prints.

mod first_road;
mod second_road;
mod targets;

use std::time::Duration;

use aicoin_api::domain::{Desired, Hold};
use aicoin_api::names::{condition, pod};
use k8s_openapi::jiff::Timestamp;

use crate::bot::Bot;
use crate::cli::{Connection, ControlArgs, RestartArgs, Targets, Waiting};
use crate::cluster::{Cluster, namespace};
use crate::fault::Fault;
use crate::out::Out;
use crate::patch::Change;
use crate::road::Direct;
use crate::wait::Goal;

pub(crate) use self::second_road::worker_status;
pub(crate) use self::targets::named;

/// What is asked of the bots.
struct Wish {
    change: Change,
    /// The same on the second road; a restart has none.
    direct: Option<Direct>,
    /// What `--wait` waits for; the pod before a restart is each bot's own.
    goal: Goal,
    fallback_after: Duration,
    waiting: Waiting,
}

impl Wish {
    fn goal_of(&self, bot: &Bot) -> Goal {
        match &self.goal {
            Goal::Restarted { at, .. } => Goal::Restarted {
                at: at.clone(),
                old_pod: bot.status.pod_name.clone(),
            },
            goal @ (Goal::Accepted | Goal::Effective | Goal::Condition(_) | Goal::Resumed) => {
                goal.clone()
            }
        }
    }
}

/// `pause`, `resume`, `close-all`.
pub(crate) async fn run(
    connection: &Connection,
    verb: Direct,
    args: &ControlArgs,
    yes: bool,
    out: &mut Out,
) -> Result<(), Fault> {
    let (desired, hold, condition) = match verb {
        Direct::Pause => (Desired::Paused, Hold::Paused, condition::TRADING_PAUSED),
        Direct::Resume => (Desired::Running, Hold::None, condition::READY),
        Direct::CloseAll => (
            Desired::CloseAll,
            Hold::CloseAll,
            condition::POSITIONS_CLOSED,
        ),
    };
    let goal = match verb {
        Direct::Resume => Goal::Resumed,
        // An annotation moves no generation, so a condition could be of before.
        Direct::Pause | Direct::CloseAll if args.hold => Goal::Effective,
        Direct::Pause | Direct::CloseAll => Goal::Condition(condition),
    };
    let wish = Wish {
        change: if args.hold {
            Change::Hold(hold)
        } else {
            Change::Desired(desired)
        },
        direct: Some(verb),
        goal,
        fallback_after: args.fallback_after,
        waiting: args.waiting,
    };
    if args.dry_run {
        return dry_run(
            connection,
            &args.targets,
            &wish.change,
            args.direct.then_some(verb),
            out,
        )
        .await;
    }
    let cluster = Cluster::connect(connection).await?;
    let bots = targets::read(&cluster, &args.targets, out).await?;
    if verb == Direct::CloseAll && !bots.is_empty() {
        targets::confirm(&bots, yes).await?;
    }
    if args.direct {
        second_road::take(&cluster, verb, &bots, args.waiting, None, out).await;
        return Ok(());
    }
    first_road::take(&cluster, connection, &wish, bots, out).await;
    Ok(())
}

/// `restart`.
pub(crate) async fn restart(
    connection: &Connection,
    args: &RestartArgs,
    now: Timestamp,
    out: &mut Out,
) -> Result<(), Fault> {
    // Whole seconds: what a person would type.
    let at = Timestamp::from_second(now.as_second())
        .unwrap_or(now)
        .to_string();
    let wish = Wish {
        change: Change::RestartedAt(at.clone()),
        direct: None,
        goal: Goal::Restarted { at, old_pod: None },
        fallback_after: Duration::ZERO,
        waiting: args.waiting,
    };
    if args.dry_run {
        return dry_run(connection, &args.targets, &wish.change, None, out).await;
    }
    let cluster = Cluster::connect(connection).await?;
    let bots = targets::read(&cluster, &args.targets, out).await?;
    first_road::take(&cluster, connection, &wish, bots, out).await;
    Ok(())
}

/// Prints what would be sent. With names it asks nobody.
async fn dry_run(
    connection: &Connection,
    targets: &Targets,
    change: &Change,
    direct: Option<Direct>,
    out: &mut Out,
) -> Result<(), Fault> {
    let ids = if targets.names.is_empty() {
        let cluster = Cluster::connect(connection).await?;
        let bots = targets::read(&cluster, targets, out).await?;
        bots.into_iter().map(|bot| bot.id).collect()
    } else {
        let namespace = namespace(connection).await?;
        named(&targets.names, &namespace)
    };
    for id in ids {
        match direct {
            None => out.say(&change.command(&id, &cluster_flags(connection))),
            Some(direct) => out.say(&format!(
                "kubectl exec --namespace {} POD-OF-{} -c {} -- {}",
                id.namespace,
                id.name,
                pod::CONTAINER,
                direct.command(None).join(" ")
            )),
        }
    }
    Ok(())
}

fn cluster_flags(connection: &Connection) -> Vec<(&str, &str)> {
    let kubeconfig = connection
        .kubeconfig
        .as_deref()
        .and_then(std::path::Path::to_str);
    [
        ("kubeconfig", kubeconfig),
        ("context", connection.context.as_deref()),
    ]
    .into_iter()
    .filter_map(|(flag, value)| Some((flag, value?)))
    .collect()
}
