//! Which bots are meant, and whether that is meant.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};

use crate::bot::{Bot, BotId};
use crate::cli::Targets;
use crate::cluster::{Cluster, Scope};
use crate::confirm::question;
use crate::fault::Fault;
use crate::out::{self, Out};
use crate::waiting::AT_ONCE;

/// How long a person may think about a confirmation. Longer, and the list above it is not true any more.
const ANSWER_MAX: Duration = Duration::from_secs(300);
/// The longest answer.
const ANSWER_BYTES_MAX: u64 = 1024;

/// Bots by name, each once.
pub(crate) fn named(names: &[String], namespace: &str) -> Vec<BotId> {
    let mut ids: Vec<BotId> = names
        .iter()
        .map(|name| BotId {
            namespace: namespace.to_owned(),
            name: name.clone(),
        })
        .collect();
    ids.sort();
    ids.dedup();
    ids
}

/// The bots that are meant, as they are now. A name that cannot be read is said, and the others go on.
pub(super) async fn read(
    cluster: &Cluster,
    targets: &Targets,
    out: &mut Out,
) -> Result<Vec<Bot>, Fault> {
    if targets.names.is_empty() {
        let scope = if targets.all_namespaces {
            Scope::Everywhere
        } else {
            Scope::Namespace(cluster.namespace().to_owned())
        };
        let bots: Vec<Bot> = cluster.list(&scope).await?.iter().map(Bot::read).collect();
        if bots.is_empty() {
            out.note(&match scope {
                Scope::Everywhere => "There is no bot in any namespace.".to_owned(),
                Scope::Namespace(namespace) => format!("There is no bot in namespace {namespace}."),
            });
        }
        return Ok(bots);
    }
    let ids = named(&targets.names, cluster.namespace());
    let read: Vec<_> = stream::iter(ids)
        .map(|id| async move { cluster.get(&id).await })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let mut bots = Vec::new();
    for one in read {
        match one {
            Ok(object) => bots.push(Bot::read(&object)),
            Err(call) => out.fail(&call.fault),
        }
    }
    Ok(bots)
}

/// Has a person type what `close-all` asks for.
pub(super) async fn confirm(bots: &[Bot], yes: bool) -> Result<(), Fault> {
    let Some(question) = question(bots, yes, out::can_be_asked())? else {
        return Ok(());
    };
    out::prompt(&question.text);
    let mut answer = String::new();
    let mut input = BufReader::new(tokio::io::stdin().take(ANSWER_BYTES_MAX));
    match tokio::time::timeout(ANSWER_MAX, input.read_line(&mut answer)).await {
        Ok(Ok(_)) => question.check(&answer),
        Ok(Err(_)) | Err(_) => Err(Fault::failed(
            "Nothing was typed in time. Nothing was changed.",
        )),
    }
}
