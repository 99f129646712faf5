//! The second road: the worker itself, in its pod.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;

use crate::bot::Bot;
use crate::cli::Waiting;
use crate::cluster::Cluster;
use crate::exec;
use crate::fault::Fault;
use crate::out::Out;
use crate::road::{Direct, complaint, ctl};
use crate::text;
use crate::waiting::AT_ONCE;
use crate::worker::WorkerStatus;

/// How long a program in a pod may take that waits for nothing.
const EXEC_MAX: Duration = Duration::from_secs(20);

/// A local hold that no status knows of, because the operator was away when it was set.
pub(super) async fn held_in_the_worker(cluster: &Cluster, bot: &Bot) -> Option<String> {
    let status = worker_status(cluster, bot).await.ok()?;
    let hold = status.0.pointer("/control/local_hold")?.as_str()?;
    (hold != "None").then(|| {
        format!(
            "the worker's local hold {} keeps it; lift it with `kubectl tradingbot resume {} --direct`",
            text::line(hold),
            bot.id.name
        )
    })
}

/// What the worker says about itself.
///
/// # Errors
/// A sentence: no right, no pod, no answer.
pub(crate) async fn worker_status(cluster: &Cluster, bot: &Bot) -> Result<WorkerStatus, Fault> {
    let pod = exec::pod(cluster, bot).await?;
    let command = ctl(&["status", "--json"]);
    let answer = exec::run(cluster, bot, &pod, &command, EXEC_MAX).await?;
    if answer.code != 0 {
        return Err(Fault::failed(format!(
            "In pod {pod}: {}",
            complaint(&answer)
        )));
    }
    WorkerStatus::parse(&answer.stdout).map_err(Fault::failed)
}

/// The second road for several bots. `why` says why it is taken, when nobody asked for it.
pub(super) async fn take(
    cluster: &Cluster,
    direct: Direct,
    bots: &[Bot],
    waiting: Waiting,
    why: Option<&str>,
    out: &mut Out,
) {
    let ended: Vec<_> = stream::iter(bots)
        .map(|bot| async move { (bot, second_road(cluster, direct, bot, waiting).await) })
        .buffered(AT_ONCE)
        .collect()
        .await;
    for (bot, outcome) in ended {
        let id = &bot.id;
        match (outcome, why) {
            (Ok(said), None) => out.say(&format!("{id}: {said}")),
            (Ok(said), Some(why)) => out.say(&format!("{id}: {why}. So {} took the {said}", direct.verb())),
            (Err(fault), None) => out.fail(&Fault::failed(format!("{id}: {fault}"))),
            (Err(fault), Some(why)) => out.fail(&Fault::failed(format!(
                "{id}: {why}. The other road failed too. {fault} The operator carries the patch out when it can."
            ))),
        }
    }
}

async fn second_road(
    cluster: &Cluster,
    direct: Direct,
    bot: &Bot,
    waiting: Waiting,
) -> Result<String, Fault> {
    let pod = exec::pod(cluster, bot).await?;
    let wait = waiting.wait.then_some(waiting.timeout);
    let limit = EXEC_MAX + wait.unwrap_or_default();
    let answer = exec::run(cluster, bot, &pod, &direct.command(wait), limit).await?;
    direct
        .outcome(&bot.id.name, &pod, wait.is_some(), &answer)
        .map_err(Fault::failed)
}
