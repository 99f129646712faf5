//! Deletion: positions closed or kept as `deletionPolicy` says, nothing left behind, and nothing stuck without a sentence.

use std::time::Duration;

use aicoin_api::crd::State;
use aicoin_api::names::{FINALIZER, annotation, condition};
use aicoin_domain::Desired;
use aicoin_operator::world::ChildKind;
use kube::api::{DeleteParams, PropagationPolicy};
use serde_json::json;

use super::rig::*;

/// Closing is asked for, and nothing goes before it is true.
async fn assert_closes_before_it_goes(rig: &Rig, name: &str) {
    let status = rig
        .until(name, "closing", |status| {
            status.state == Some(State::Deleting)
                && status.remaining.is_some_and(|it| it.positions == 2)
        })
        .await;
    assert_eq!(
        condition_of(&status, condition::PROGRESSING),
        ("True".to_owned(), "Closing".to_owned())
    );
    assert_eq!(replicas(rig, name).await, 1);
    rig.worker.make_effective();
    rig.until_gone(name).await;
    rig.until_empty().await;
    assert_eq!(
        rig.worker.asked().last().map(|asked| asked.1),
        Some(Desired::CloseAll)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_is_deleted_while_it_runs_is_closed_first_and_leaves_nothing() {
    let mut rig = Rig::new("delete-running").await;
    rig.trading("b").await;
    assert_eq!(
        rig.get("b").await.unwrap().metadata.finalizers,
        Some(vec![FINALIZER.to_owned()])
    );
    rig.worker.with_positions(2);
    rig.delete("b").await;
    assert_closes_before_it_goes(&rig, "b").await;
    assert_eq!(
        rig.worker.asked(),
        [(1, Desired::Running), (2, Desired::CloseAll)]
    );
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_bot_can_be_deleted() {
    let mut rig = Rig::new("delete-paused").await;
    rig.trading("b").await;
    rig.desire("b", "Paused").await;
    rig.until_true("b", condition::TRADING_PAUSED).await;
    rig.worker.with_positions(2);
    rig.delete("b").await;
    assert_closes_before_it_goes(&rig, "b").await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_bot_is_started_to_close_unless_it_was_confirmed_flat() {
    let mut rig = Rig::new("delete-stopped").await;
    rig.trading("flat").await;
    rig.desire("flat", "Stopped").await;
    rig.until("flat", "Stopped", |status| {
        status.state == Some(State::Stopped)
    })
    .await;
    rig.worker.with_positions(2);
    rig.delete("flat").await;
    assert_closes_before_it_goes(&rig, "flat").await;

    rig.worker.with(|inner| inner.at_once = true);
    let uid = rig.trading("closed").await;
    rig.desire("closed", "CloseAll").await;
    rig.until_true("closed", condition::POSITIONS_CLOSED).await;
    rig.desire("closed", "Stopped").await;
    rig.until("closed", "Stopped", |status| {
        status.state == Some(State::Stopped)
    })
    .await;
    let asked = rig.worker.asked_of(&uid);
    rig.delete("closed").await;
    rig.until_gone("closed").await;
    rig.until_empty().await;
    assert_eq!(rig.worker.asked_of(&uid), asked, "there was nothing to ask");
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_with_retain_keeps_its_positions_and_goes() {
    let mut rig = Rig::new("delete-retain").await;
    rig.create(bot_with("b", json!({"deletionPolicy": "Retain"})))
        .await;
    rig.until_true("b", condition::READY).await;
    rig.worker.with_positions(2);
    rig.delete("b").await;
    rig.until_gone("b").await;
    rig.until_empty().await;
    assert_eq!(rig.worker.asked(), [(1, Desired::Running)]);
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_never_ran_goes_at_once() {
    let mut rig = Rig::with("delete-broken", |options| {
        options.settings.worker_url = None
    })
    .await;
    let pods = Pods::new(&rig.client, "delete-broken").await;
    rig.create(paper_bot("b")).await;
    rig.until_reason("b", condition::READY, ("False", "Starting"))
        .await;
    pods.make("b", "b-1", Pods::waiting("ImagePullBackOff", 0))
        .await;
    rig.until_reason("b", condition::DEGRADED, ("True", "ImageUnavailable"))
        .await;
    rig.delete("b").await;
    // Its pod goes with its Deployment, which nobody sees to here.
    until(
        "the children's end",
        || child(&rig, ChildKind::Deployment, "b-worker"),
        Option::is_none,
    )
    .await;
    pods.delete("b-1").await;
    rig.until_gone("b").await;
    rig.until_empty().await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_goes_after_its_pod_or_when_the_pod_takes_too_long() {
    const IP: &str = "127.9.2.1";
    let mut rig = Rig::with("delete-pod", |options| options.settings.worker_url = None).await;
    rig.worker = StubWorker::start_at(&format!("{IP}:8000")).await;
    let pods = Pods::new(&rig.client, "delete-pod").await;
    for name in ["quick", "slow"] {
        rig.create(paper_bot(name)).await;
        rig.until_reason(name, condition::READY, ("False", "Starting"))
            .await;
        pods.make(name, &format!("{name}-1"), Pods::running(IP, true, 0))
            .await;
        rig.until_true(name, condition::READY).await;
    }
    rig.delete("quick").await;
    until(
        "no Deployment",
        || child(&rig, ChildKind::Deployment, "quick-worker"),
        Option::is_none,
    )
    .await;
    assert!(rig.get("quick").await.is_some(), "its pod is still there");
    pods.delete("quick-1").await;
    rig.until_gone("quick").await;
    rig.delete("slow").await;
    rig.until_gone("slow").await;
    assert_eq!(pods.names().await, ["slow-1"]);
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_that_does_not_get_on_says_what_is_left_and_how_to_end_it() {
    let mut rig = Rig::new("delete-stuck").await;
    rig.trading("b").await;
    rig.worker.down().await;
    rig.delete("b").await;
    let status = rig
        .until_reason("b", condition::DEGRADED, ("True", "DeletionStuck"))
        .await;
    let sentence = message_of(&status, condition::DEGRADED);
    assert!(
        sentence.starts_with("Nobody can say what is left")
            && sentence.contains("aicoin.dev/force-delete=\"true\""),
        "{sentence}"
    );
    rig.until_told(&["DeletionStuck"]).await;

    // Another start of the operator goes on saying so.
    rig.stop().await;
    rig.start();
    let told = || async { condition_of(&rig.status("b").await, condition::DEGRADED) };
    let stuck = ("True".to_owned(), "DeletionStuck".to_owned());
    always("a stuck deletion", Duration::from_secs(3), told, |told| {
        *told == stuck
    })
    .await;
    assert_eq!(
        replicas(&rig, "b").await,
        1,
        "the worker stays: it may be back"
    );

    // It is back: it says what is left, closes, and the bot goes.
    rig.worker.with_positions(2);
    rig.worker.with(|inner| inner.mood = Mood::Well);
    rig.worker.up().await;
    rig.until("b", "what is left", |status| {
        message_of(status, condition::DEGRADED).starts_with("2 positions and 0 orders are left")
    })
    .await;
    rig.worker.make_effective();
    rig.until_gone("b").await;
    rig.until_empty().await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_escape_annotation_lets_a_bot_go_as_it_is_and_warns() {
    let mut rig = Rig::new("force-delete").await;
    rig.trading("b").await;
    rig.worker.with_positions(2);
    // Without a deletion it means nothing.
    rig.annotate("b", annotation::FORCE_DELETE, Some("true"))
        .await;
    rig.until_idle().await;
    rig.annotate("b", annotation::FORCE_DELETE, None).await;
    rig.delete("b").await;
    rig.until("b", "closing", |status| status.remaining.is_some())
        .await;
    // Any other word is none.
    rig.annotate("b", annotation::FORCE_DELETE, Some("yes"))
        .await;
    rig.until_idle().await;
    assert!(rig.get("b").await.is_some());
    rig.annotate("b", annotation::FORCE_DELETE, Some("true"))
        .await;
    rig.until_gone("b").await;
    rig.until_empty().await;
    let told = events(&rig.client, "force-delete").await;
    let last = told.last().unwrap();
    assert_eq!(
        (last.0.as_str(), last.1.as_str()),
        ("Warning", "ForceDeleted")
    );
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_that_began_before_the_operator_was_stopped_comes_to_its_end() {
    let mut rig = Rig::new("delete-restart").await;
    rig.trading("b").await;
    rig.worker.with_positions(2);
    rig.delete("b").await;
    rig.until("b", "closing", |status| status.remaining.is_some())
        .await;
    rig.stop().await;
    rig.start();
    assert_closes_before_it_goes(&rig, "b").await;
    assert_eq!(
        rig.worker.asked(),
        [(1, Desired::Running), (2, Desired::CloseAll)]
    );
    // And one that began while no operator was there.
    rig.worker.with(|inner| inner.at_once = true);
    rig.trading("c").await;
    rig.stop().await;
    rig.delete("c").await;
    rig.start();
    rig.until_gone("c").await;
    rig.until_empty().await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_was_taken_away_is_made_again_to_close() {
    let mut rig = Rig::new("delete-no-worker").await;
    rig.trading("b").await;
    rig.worker.with_positions(2);
    rig.stop().await;
    api(&rig, ChildKind::Deployment)
        .delete("b-worker", &DeleteParams::default())
        .await
        .unwrap();
    rig.delete("b").await;
    rig.start();
    assert_closes_before_it_goes(&rig, "b").await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_that_is_refused_does_not_keep_a_bot_from_closing() {
    let mut rig = Rig::new("delete-refused").await;
    rig.trading("b").await;
    let affinity = json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": []}}});
    rig.patch("b", json!({"spec": {"worker": {"affinity": affinity}}}))
        .await;
    rig.until_reason("b", condition::DEGRADED, ("True", "ApplyFailed"))
        .await;
    // Controls too keep their own pace.
    rig.worker.with(|inner| inner.at_once = false);
    let begun = std::time::Instant::now();
    rig.desire("b", "Paused").await;
    rig.until("b", "acceptance", |status| control_of(status).2 == 2)
        .await;
    rig.worker.make_effective();
    rig.until_true("b", condition::TRADING_PAUSED).await;
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
    rig.worker.with_positions(2);
    rig.delete("b").await;
    assert_closes_before_it_goes(&rig, "b").await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_go_with_the_last_bot_of_a_namespace_and_not_before() {
    let mut rig = Rig::new("last-bot").await;
    rig.trading("a").await;
    rig.trading("b").await;
    rig.delete("a").await;
    rig.until_gone("a").await;
    rig.until_idle().await;
    let keys = || child(&rig, ChildKind::ConfigMap, "aicoin-control-keys");
    always("the keys", Duration::from_secs(3), keys, Option::is_some).await;
    rig.delete("b").await;
    rig.until_gone("b").await;
    rig.until_empty().await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_in_the_foreground_closes_all_the_same() {
    let mut rig = Rig::on(tidy_plane(), "foreground", |_| {}).await;
    rig.trading("b").await;
    rig.worker.with_positions(2);
    let parameters = DeleteParams {
        propagation_policy: Some(PropagationPolicy::Foreground),
        ..DeleteParams::default()
    };
    rig.bots().delete("b", &parameters).await.unwrap();
    let finalizers = rig.get("b").await.unwrap().metadata.finalizers.unwrap();
    assert!(
        finalizers.contains(&"foregroundDeletion".to_owned()),
        "{finalizers:?}"
    );
    let there = || child(&rig, ChildKind::Deployment, "b-worker");
    always("the worker", Duration::from_secs(2), there, Option::is_some).await;
    assert_closes_before_it_goes(&rig, "b").await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_that_is_deleted_goes_away() {
    let mut rig = Rig::on(tidy_plane(), "ends", |_| {}).await;
    rig.trading("a").await;
    rig.trading("b").await;
    rig.desire("b", "Paused").await;
    rig.worker.with_positions(2);
    kubectl(
        tidy_plane(),
        &["delete", "namespace", "ends", "--timeout=60s"],
    );
    rig.until_idle().await;
    assert!(
        !rig.worker
            .asked()
            .iter()
            .any(|asked| asked.1 == Desired::CloseAll)
    );
    rig.stop().await;
}
