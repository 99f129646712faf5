//! `status`.
//!
//! Never: hides what is known because something else is not: without the right to `exec`, everything of the object is shown,
//! and a sentence says what is missing.

use k8s_openapi::jiff::Timestamp;
use serde_json::json;

use crate::bot::{Bot, BotId};
use crate::cli::{Connection, Format, StatusArgs};
use crate::cluster::{Cluster, Scope};
use crate::control::worker_status;
use crate::fault::Fault;
use crate::out::Out;
use crate::{show, text};

/// Shows one bot, or all.
pub(crate) async fn run(
    connection: &Connection,
    args: &StatusArgs,
    now: Timestamp,
    out: &mut Out,
) -> Result<(), Fault> {
    let cluster = Cluster::connect(connection).await?;
    match &args.name {
        Some(name) => one(&cluster, name, args.output, out).await,
        None => all(&cluster, args, now, out).await,
    }
}

async fn one(
    cluster: &Cluster,
    name: &str,
    output: Option<Format>,
    out: &mut Out,
) -> Result<(), Fault> {
    let id = BotId {
        namespace: cluster.namespace().to_owned(),
        name: name.to_owned(),
    };
    let object = cluster.get(&id).await?;
    let bot = Bot::read(&object);
    let worker = worker_status(cluster, &bot)
        .await
        .map_err(|fault| fault.to_string());
    let worker = worker.as_ref().map_err(String::as_str);
    match output {
        Some(Format::Json) => out.say(&text::json(&show::value(&object, Some(worker)))),
        None => out.say(&show::page(&bot, worker)),
    }
    Ok(())
}

async fn all(
    cluster: &Cluster,
    args: &StatusArgs,
    now: Timestamp,
    out: &mut Out,
) -> Result<(), Fault> {
    let scope = if args.all_namespaces {
        Scope::Everywhere
    } else {
        Scope::Namespace(cluster.namespace().to_owned())
    };
    let objects = cluster.list(&scope).await?;
    if args.output == Some(Format::Json) {
        let items: Vec<_> = objects
            .iter()
            .map(|object| show::value(object, None))
            .collect();
        out.say(&text::json(&json!({ "items": items })));
        return Ok(());
    }
    if objects.is_empty() {
        out.note(&match scope {
            Scope::Everywhere => "There is no bot in any namespace.".to_owned(),
            Scope::Namespace(namespace) => format!("There is no bot in namespace {namespace}."),
        });
        return Ok(());
    }
    let bots: Vec<Bot> = objects.iter().map(Bot::read).collect();
    out.say(&show::table(&bots, args.all_namespaces, now));
    Ok(())
}
