//! Workers that do not answer, and pods that do not run: it is said honestly, once, and taken back when it is over.

use std::time::Duration;

use aicoin_api::crd::State;
use aicoin_api::names::condition;
use aicoin_domain::Desired;
use aicoin_token::{Keys, SigningKey};
use serde_json::json;

use super::rig::*;

fn false_as(reason: &str) -> (String, String) {
    ("False".to_owned(), reason.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_cannot_be_reached_is_told_and_its_control_is_carried_out_later() {
    let mut rig = Rig::new("unreachable").await;
    rig.trading("b").await;
    rig.worker.down().await;
    rig.desire("b", "Paused").await;
    let status = rig
        .until_reason("b", condition::DEGRADED, ("True", "ControlUnreachable"))
        .await;
    assert_eq!(control_of(&status), (Some(State::Running), 2, 1, 1));
    assert_eq!(
        condition_of(&status, condition::TRADING_PAUSED),
        false_as("ControlNotAccepted")
    );

    // Another start of the operator does not call that a recovery.
    rig.stop().await;
    let before = rig.status("b").await;
    rig.start();
    let still = || async { rig.status("b").await };
    always(
        "what the status says",
        Duration::from_secs(4),
        still,
        |status| *status == before,
    )
    .await;

    rig.worker.with(|inner| inner.mood = Mood::Well);
    rig.worker.up().await;
    let status = rig.until_true("b", condition::TRADING_PAUSED).await;
    assert_eq!(control_of(&status), (Some(State::Paused), 2, 2, 2));
    rig.until_reason("b", condition::DEGRADED, ("False", "AsAsked"))
        .await;
    rig.until_told(&["ControlUnreachable", "Recovered", "TradingPaused"])
        .await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_takes_connections_and_answers_nothing_is_stuck() {
    let mut rig = Rig::new("stuck").await;
    rig.trading("b").await;
    rig.worker.with(|inner| inner.mood = Mood::Frozen);
    rig.until_reason("b", condition::DEGRADED, ("True", "WorkerStuck"))
        .await;
    rig.worker.with(|inner| inner.mood = Mood::Well);
    rig.until_reason("b", condition::DEGRADED, ("False", "AsAsked"))
        .await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_refuses_the_token_is_told_and_so_is_a_key_of_another() {
    let mut rig = Rig::new("denied").await;
    rig.trading("b").await;
    rig.worker.with(|inner| inner.mood = Mood::Distrustful);
    rig.until_reason("b", condition::DEGRADED, ("True", "ControlTokenRefused"))
        .await;
    rig.worker.with(|inner| inner.mood = Mood::Well);
    rig.until_reason("b", condition::DEGRADED, ("False", "AsAsked"))
        .await;
    // It checks for real: a key that is not published is refused.
    let other = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEIFWa6tCCZNV5XTkJcYzdBavUlXLoT+VVkO7zGoigj9/9\n-----END PRIVATE KEY-----\n";
    let key = SigningKey::from_pem(other).unwrap().public();
    rig.worker
        .with(|inner| inner.keys = Keys::from_jwks(&Keys::to_jwks(&[key])).unwrap());
    rig.until_reason("b", condition::DEGRADED, ("True", "ControlTokenRefused"))
        .await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_says_why_it_is_not_ready_is_quoted_by_code() {
    let mut rig = Rig::new("not-ready").await;
    rig.trading("b").await;
    let say = |codes: &[&str]| {
        let codes = codes.iter().map(|it| (*it).to_owned()).collect();
        rig.worker.with(|inner| inner.not_ready = codes);
    };
    // Words of its own do not get into a status.
    say(&["<script>", "StorageFull"]);
    let status = rig
        .until_reason("b", condition::DEGRADED, ("True", "StorageFull"))
        .await;
    assert!(!is_true(&status, condition::READY));
    say(&["CrashLoop"]);
    let status = rig
        .until_reason("b", condition::DEGRADED, ("True", "CrashLoop"))
        .await;
    assert_eq!(status.state, Some(State::Halted));
    // On its way: nothing is wrong with that.
    say(&["NotReconciled"]);
    rig.until_reason("b", condition::DEGRADED, ("False", "AsAsked"))
        .await;
    rig.until_reason("b", condition::READY, ("False", "WorkerNotReady"))
        .await;
    say(&[]);
    rig.until_true("b", condition::READY).await;
    rig.stop().await;
}

/// A rig whose workers are called at their pods: only one test can have an address.
async fn at_pods(namespace: &str, ip: &str) -> (Rig, Pods) {
    let mut rig = Rig::with(namespace, |options| options.settings.worker_url = None).await;
    rig.worker = StubWorker::start_at(&format!("{ip}:8000")).await;
    let pods = Pods::new(&rig.client, namespace).await;
    (rig, pods)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_is_called_at_its_pod_ready_or_not_and_a_new_process_is_asked_again() {
    const IP: &str = "127.9.0.1";
    let (mut rig, pods) = at_pods("at-pods", IP).await;
    rig.create(paper_bot("b")).await;
    let status = rig
        .until_reason("b", condition::READY, ("False", "Starting"))
        .await;
    assert_eq!(status.state, Some(State::Starting));
    assert!(rig.worker.asked().is_empty());

    pods.make("b", "b-1", Pods::running(IP, false, 0)).await;
    let status = rig
        .until("b", "acceptance", |status| control_of(status).3 == 1)
        .await;
    assert_eq!(
        condition_of(&status, condition::READY),
        false_as("WorkerNotReady")
    );
    pods.report("b-1", Pods::running(IP, true, 0)).await;
    let status = rig.until_true("b", condition::READY).await;
    assert_eq!(status.worker.unwrap().pod_name.as_deref(), Some("b-1"));

    // The kubelet started it again: it forgot everything, and is told again at the same count.
    rig.worker.with(|inner| {
        inner.workers.clear();
        inner.seen.clear();
    });
    pods.report("b-1", Pods::running(IP, true, 1)).await;
    rig.until("b", "a restart", |status| status.restarts == 1)
        .await;
    until(
        "another asking",
        || async { rig.worker.asked() },
        |asked| !asked.is_empty(),
    )
    .await;
    assert_eq!(rig.worker.asked(), [(1, Desired::Running)]);
    rig.until_told(&["WorkerRestarted"]).await;

    // Another pod counts from the moment it is there.
    pods.make("b", "b-2", Pods::running(IP, true, 0)).await;
    pods.delete("b-1").await;
    rig.until("b", "another pod", |status| {
        status
            .worker
            .as_ref()
            .is_some_and(|it| it.pod_name.as_deref() == Some("b-2"))
            && status.restarts == 0
    })
    .await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_that_does_not_run_is_told_by_the_reason_of_its_kubelet() {
    let (mut rig, pods) = at_pods("pods-fail", "127.9.0.2").await;
    rig.create(paper_bot("b")).await;
    rig.until_reason("b", condition::READY, ("False", "Starting"))
        .await;
    pods.make("b", "b-1", Pods::waiting("ContainerCreating", 0))
        .await;
    rig.until("b", "a pod", |status| {
        status
            .worker
            .as_ref()
            .is_some_and(|it| it.pod_name.is_some())
    })
    .await;
    for (word, reason) in [
        ("ErrImagePull", "ImageUnavailable"),
        ("CreateContainerConfigError", "PodCannotStart"),
        ("CrashLoopBackOff", "WorkerCrashing"),
    ] {
        pods.report("b-1", Pods::waiting(word, 0)).await;
        let status = rig
            .until_reason("b", condition::DEGRADED, ("True", reason))
            .await;
        assert_eq!(condition_of(&status, condition::READY), false_as(reason));
        assert_eq!(status.state, Some(State::Starting));
    }
    let unschedulable = json!({
        "phase": "Pending",
        "containerStatuses": null,
        "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}],
    });
    pods.report("b-1", unschedulable).await;
    rig.until_reason("b", condition::DEGRADED, ("True", "PodUnschedulable"))
        .await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_that_runs_and_does_not_answer_is_told_and_one_that_starts_is_not() {
    let (mut rig, pods) = at_pods("pods-silent", "127.9.0.3").await;
    rig.create(paper_bot("b")).await;
    rig.until_reason("b", condition::READY, ("False", "Starting"))
        .await;
    rig.worker.with(|inner| inner.mood = Mood::Frozen);
    pods.make("b", "b-1", Pods::waiting("ContainerCreating", 0))
        .await;
    // Nothing listens there, and nothing has to.
    let address = Pods::running("127.9.0.99", false, 0);
    let mut creating = Pods::waiting("ContainerCreating", 0);
    creating["podIP"] = address["podIP"].clone();
    creating["podIPs"] = address["podIPs"].clone();
    pods.report("b-1", creating).await;
    let degraded = || async { condition_of(&rig.status("b").await, condition::DEGRADED) };
    always("a start", Duration::from_secs(3), degraded, |it| {
        *it == false_as("AsAsked")
    })
    .await;
    pods.report("b-1", Pods::running("127.9.0.3", false, 0))
        .await;
    rig.until_reason("b", condition::DEGRADED, ("True", "WorkerStuck"))
        .await;
    rig.worker.with(|inner| inner.mood = Mood::Well);
    rig.until_reason("b", condition::DEGRADED, ("False", "AsAsked"))
        .await;
    rig.stop().await;
}
