//! Programs in the worker's pod, as `kubectl exec` runs them; and which pod that is.
//!
//! Never: gives a program input or a terminal, or reads without a limit.

use std::time::Duration;

use aicoin_api::names::{label, pod as names};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Status;
use kube::ResourceExt as _;
use kube::api::{AttachParams, ListParams};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::bot::Bot;
use crate::cluster::Cluster;
use crate::fault::Fault;
use crate::refusal::Kind;
use crate::road::Answer;

/// The most that is read of what a program prints.
const OUTPUT_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// The most pods of one bot that are looked at: one that runs, and some that ended.
const PODS_MAX: u32 = 50;

/// The worker's pod: the youngest that runs and is not being deleted. Without the right to list pods, the one in the status.
///
/// # Errors
/// There is none.
pub(crate) async fn pod(cluster: &Cluster, bot: &Bot) -> Result<String, Fault> {
    let pods = cluster.pods(&bot.id.namespace);
    let params = ListParams::default()
        .labels(&format!("{}={}", label::BOT_UID, bot.uid))
        .limit(PODS_MAX);
    let listed = cluster
        .call(
            &format!("list the pods of bot {}", bot.id),
            pods.list(&params),
        )
        .await;
    let found = match listed {
        Ok(list) => youngest_running(&list.items),
        Err(call) if call.kind == Kind::Forbidden => bot.status.pod_name.clone(),
        Err(call) => return Err(call.fault),
    };
    found.ok_or_else(|| {
        Fault::failed(format!(
            "Bot {} has no running pod: look at `kubectl get pods -n {} -l {}={}`.",
            bot.id,
            bot.id.namespace,
            label::BOT,
            bot.id.name
        ))
    })
}

fn youngest_running(pods: &[Pod]) -> Option<String> {
    pods.iter()
        .filter(|pod| pod.metadata.deletion_timestamp.is_none())
        .filter(|pod| {
            pod.status
                .as_ref()
                .and_then(|status| status.phase.as_deref())
                == Some("Running")
        })
        .max_by_key(|pod| pod.metadata.creation_timestamp.as_ref().map(|time| time.0))
        .map(|pod| pod.name_any())
}

/// Runs a program in the worker's container to its end, for at most `limit`.
///
/// # Errors
/// It could not be started, or did not end in time.
pub(crate) async fn run(
    cluster: &Cluster,
    bot: &Bot,
    pod: &str,
    command: &[String],
    limit: Duration,
) -> Result<Answer, Fault> {
    let pods = cluster.pods(&bot.id.namespace);
    let tried = format!(
        "run `{}` in pod {}/{pod} (`kubectl exec`)",
        command.join(" "),
        bot.id.namespace
    );
    let params = AttachParams::default().container(names::CONTAINER);
    let mut process = cluster
        .call(&tried, pods.exec(pod, command.to_vec(), &params))
        .await?;
    let (stdout, stderr, status) = (process.stdout(), process.stderr(), process.take_status());
    let ending = async {
        let (stdout, stderr) = tokio::join!(text(stdout), text(stderr));
        let status = match status {
            Some(status) => status.await,
            None => None,
        };
        (stdout, stderr, status)
    };
    let (stdout, stderr, status) = tokio::time::timeout(limit, ending).await.map_err(|_| {
        Fault::failed(format!(
            "It did not end within {} s: {tried}. It may still be carried out.",
            limit.as_secs_f32()
        ))
    })?;
    match exit_code(status.as_ref()) {
        Ok(code) => Ok(Answer {
            code,
            stdout,
            stderr,
        }),
        Err(why) => Err(Fault::failed(format!(
            "The node could not {tried}: {}.",
            crate::text::line(&in_short(&why))
        ))),
    }
}

async fn text(stream: Option<impl AsyncRead + Unpin>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        // What came before a connection broke is still worth showing; the status says that it broke.
        let _ = (&mut stream)
            .take(OUTPUT_BYTES_MAX)
            .read_to_end(&mut bytes)
            .await;
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The API server's words about a node, without the address that it called: that repeats the command, escaped.
fn in_short(why: &str) -> String {
    if ["error sending request", "error dialing backend"]
        .iter()
        .any(|words| why.contains(words))
    {
        let cause = why.rsplit("\": ").next().unwrap_or(why);
        return format!("it does not answer: {}", cause.trim_end_matches('.'));
    }
    why.trim_end_matches('.').to_owned()
}

/// The program's exit code in the status that the node sends at the end; or why it has none.
fn exit_code(status: Option<&Status>) -> Result<i32, String> {
    let Some(status) = status else {
        return Err("the connection broke before it ended".to_owned());
    };
    if status.status.as_deref() == Some("Success") {
        return Ok(0);
    }
    let message = status.message.clone().unwrap_or_default();
    if status.reason.as_deref() != Some("NonZeroExitCode") {
        return Err(message);
    }
    status
        .details
        .iter()
        .flat_map(|details| details.causes.iter().flatten())
        .find(|cause| cause.reason.as_deref() == Some("ExitCode"))
        .and_then(|cause| cause.message.as_deref()?.parse().ok())
        .ok_or(message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn pods(pods: Value) -> Vec<Pod> {
        serde_json::from_value(pods).unwrap()
    }

    fn status(value: Value) -> Option<Status> {
        Some(serde_json::from_value(value).unwrap())
    }

    #[test]
    fn the_youngest_pod_that_runs_is_the_worker() {
        let pod = |name: &str, phase: &str, created: &str| json!({"metadata": {"name": name, "creationTimestamp": created}, "status": {"phase": phase}});
        let mut leaving = pod("leaving", "Running", "2026-11-25T12:00:00Z");
        leaving["metadata"]["deletionTimestamp"] = json!("2026-11-25T12:01:00Z");
        let all = pods(json!([
            pod("old", "Running", "2026-11-25T09:00:00Z"),
            pod("now", "Running", "2026-11-25T10:00:00Z"),
            pod("next", "Pending", "2026-11-25T11:00:00Z"),
            leaving,
        ]));
        assert_eq!(youngest_running(&all), Some("now".to_owned()));
        assert_eq!(youngest_running(&all[2..]), None);
    }

    #[test]
    fn a_node_that_does_not_answer_is_told_in_short() {
        assert_eq!(
            in_short(
                "Internal error occurred: error sending request: Post \"https://10.0.0.9:10250/exec/t/p?command=a\": dial \
                 tcp 10.0.0.9:10250: connect: connection refused"
            ),
            "it does not answer: dial tcp 10.0.0.9:10250: connect: connection refused"
        );
        assert_eq!(in_short("no such file."), "no such file");
    }

    #[test]
    fn the_exit_code_is_the_programs_own() {
        assert_eq!(
            exit_code(status(json!({"status": "Success"})).as_ref()),
            Ok(0)
        );
        assert_eq!(
            exit_code(
                status(json!({
                    "status": "Failure", "reason": "NonZeroExitCode", "message": "command terminated with exit code 2",
                    "details": {"causes": [{"reason": "ExitCode", "message": "2"}]}
                }))
                .as_ref()
            ),
            Ok(2)
        );
        assert_eq!(
            exit_code(
                status(json!({"status": "Failure", "reason": "InternalError", "message": "no such file"})).as_ref()
            ),
            Err("no such file".to_owned())
        );
        assert_eq!(
            exit_code(None),
            Err("the connection broke before it ended".to_owned())
        );
    }
}
