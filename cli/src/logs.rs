//! `logs` and `resolve`: the worker's pod, looked into.
//!
//! Never: passes a worker's bytes on to a terminal as they are. Into a pipe, they go unchanged.

use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use aicoin_api::names::pod as names;
use futures_util::io::{AsyncBufReadExt as _, AsyncReadExt as _};
use kube::api::LogParams;

use crate::bot::{Bot, BotId};
use crate::cli::{Connection, LogsArgs, ResolveArgs};
use crate::cluster::Cluster;
use crate::exec;
use crate::fault::Fault;
use crate::out::Out;
use crate::road::{complaint, ctl};
use crate::text;

/// The longest line that is passed on whole.
const LINE_BYTES_MAX: u64 = 256 * 1024;
/// How long `resolve` may take.
const RESOLVE_MAX: Duration = Duration::from_secs(20);

async fn bot(cluster: &Cluster, name: &str) -> Result<Bot, Fault> {
    let id = BotId {
        namespace: cluster.namespace().to_owned(),
        name: name.to_owned(),
    };
    Ok(Bot::read(&cluster.get(&id).await?))
}

/// Shows the worker's log. With `--follow` it ends when the worker does, or the person.
pub(crate) async fn logs(connection: &Connection, args: &LogsArgs) -> Result<(), Fault> {
    let cluster = Cluster::connect(connection).await?;
    let bot = bot(&cluster, &args.name).await?;
    let pod = exec::pod(&cluster, &bot).await?;
    let params = LogParams {
        container: Some(names::CONTAINER.to_owned()),
        follow: args.follow,
        previous: args.previous,
        tail_lines: args.tail.map(i64::from),
        since_seconds: args
            .since
            .map(|since| i64::try_from(since.as_secs().max(1)).unwrap_or(i64::MAX)),
        ..LogParams::default()
    };
    let tried = format!("read the log of pod {}/{pod}", bot.id.namespace);
    let pods = cluster.pods(&bot.id.namespace);
    let mut log = cluster.call(&tried, pods.log_stream(&pod, &params)).await?;
    let terminal = std::io::stdout().is_terminal();
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut bounded = (&mut log).take(LINE_BYTES_MAX);
        let reading = bounded.read_until(b'\n', &mut line);
        // A log that is followed may be silent for long; one that is not comes at once.
        let read = if args.follow {
            reading.await
        } else {
            tokio::time::timeout(cluster.request_timeout(), reading)
                .await
                .map_err(|_| Fault::failed(format!("The log stopped coming. Tried: {tried}.")))?
        };
        let count = read.map_err(|error| {
            Fault::failed(format!("The log broke off: {error}. Tried: {tried}."))
        })?;
        if count == 0 || !pass_on(&line, terminal) {
            return Ok(());
        }
    }
}

/// Gives false when nobody reads any more.
fn pass_on(line: &[u8], terminal: bool) -> bool {
    let mut out = std::io::stdout().lock();
    let written = if terminal {
        out.write_all(text::screen(&String::from_utf8_lossy(line)).as_bytes())
    } else {
        out.write_all(line)
    };
    written.and_then(|()| out.flush()).is_ok()
}

/// Tells the worker that a risk event is dealt with.
pub(crate) async fn resolve(
    connection: &Connection,
    args: &ResolveArgs,
    out: &mut Out,
) -> Result<(), Fault> {
    let cluster = Cluster::connect(connection).await?;
    let bot = bot(&cluster, &args.name).await?;
    let pod = exec::pod(&cluster, &bot).await?;
    let command = ctl(&["resolve", &args.id.to_string()]);
    let answer = exec::run(&cluster, &bot, &pod, &command, RESOLVE_MAX).await?;
    if answer.code != 0 {
        return Err(Fault::failed(format!(
            "{}: `{}` in pod {pod} failed: {}",
            bot.id,
            command.join(" "),
            complaint(&answer)
        )));
    }
    out.say(&format!("{}: {}", bot.id, text::line(&answer.stdout)));
    Ok(())
}
