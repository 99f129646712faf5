//! What is left of a bot whose finalizer somebody took out: closed or kept as its `deletionPolicy` says, told, removed.

use aicoin_api::names::condition;
use aicoin_domain::Desired;
use aicoin_operator::world::ChildKind;
use kube::api::DeleteParams;
use serde_json::json;

use super::rig::*;

/// What is left of a bot whose finalizer somebody took out.
async fn take_the_finalizer_out(rig: &Rig, name: &str) {
    rig.delete(name).await;
    rig.patch(name, json!({"metadata": {"finalizers": null}}))
        .await;
    rig.until_gone(name).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_finalizer_what_is_left_is_closed_told_and_removed() {
    let mut rig = Rig::new("orphan").await;
    let uid = rig.trading("b").await;
    // It counted on: what is left must count above that.
    for (count, state) in [(2, "Paused"), (3, "Running")] {
        rig.desire("b", state).await;
        rig.until("b", state, |status| control_of(status).3 == count)
            .await;
    }
    rig.worker.with(|inner| inner.mood = Mood::Frozen);
    take_the_finalizer_out(&rig, "b").await;
    rig.worker.with_positions(2);
    rig.worker.with(|inner| inner.mood = Mood::Well);
    let asked = || async { rig.worker.asked_of(&uid) };
    until("a close", asked, |asked| {
        asked.last() == Some(&(4, Desired::CloseAll))
    })
    .await;
    assert!(
        child(&rig, ChildKind::Deployment, "b-worker")
            .await
            .is_some(),
        "not before it is closed"
    );
    rig.worker.make_effective();
    rig.until_empty().await;
    let told = events(&rig.client, "orphan").await;
    let gone = told.iter().find(|it| it.1 == "BotGone").unwrap();
    assert_eq!(
        (gone.0.as_str(), gone.2.as_str()),
        (
            "Warning",
            "The TradingBot b is gone, and its worker is not: its positions are closed, as its deletionPolicy says, and \
             then the worker is removed."
        )
    );
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_finalizer_and_with_retain_what_is_left_is_kept_as_it_is_and_removed() {
    let mut rig = Rig::new("orphan-retain").await;
    rig.create(bot_with("b", json!({"deletionPolicy": "Retain"})))
        .await;
    rig.until_true("b", condition::READY).await;
    rig.worker.with_positions(2);
    // With an operator it would have gone in order.
    rig.stop().await;
    take_the_finalizer_out(&rig, "b").await;
    rig.start();
    rig.until_empty().await;
    assert!(
        rig.worker
            .asked()
            .iter()
            .all(|asked| asked.1 == Desired::Running)
    );
    rig.until_told(&["BotGone"]).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_from_before_a_start_is_seen_to_and_another_bot_of_the_name_is_not_touched() {
    let mut rig = Rig::new("orphan-before").await;
    let first = rig.trading("b").await;
    rig.stop().await;
    rig.delete("b").await;
    rig.patch("b", json!({"metadata": {"finalizers": null}}))
        .await;
    rig.until_gone("b").await;
    let second = rig.create(paper_bot("b")).await;
    rig.worker.with_positions(2);
    rig.start();
    let asked = || async { rig.worker.asked_of(&first) };
    until("a close", asked, |asked| {
        asked.last().is_some_and(|it| it.1 == Desired::CloseAll)
    })
    .await;
    // Their Deployments have the same name: the new bot waits, and says why.
    rig.until_reason("b", condition::DEGRADED, ("True", "NameTaken"))
        .await;
    rig.worker.make_effective();
    rig.worker.with(|inner| inner.at_once = true);
    rig.until_true("b", condition::READY).await;
    assert_eq!(
        rig.worker.asked_of(&second).last().map(|it| it.1),
        Some(Desired::Running)
    );
    assert!(
        !rig.worker
            .asked_of(&second)
            .iter()
            .any(|it| it.1 == Desired::CloseAll)
    );
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_and_cannot_be_closed_is_told_again_and_again() {
    let mut rig = Rig::new("orphan-stuck").await;
    rig.trading("b").await;
    rig.worker.down().await;
    take_the_finalizer_out(&rig, "b").await;
    let told = || async { events(&rig.client, "orphan-stuck").await };
    let times = |told: &Vec<(String, String, String)>| {
        told.iter().filter(|it| it.1 == "CloseStuck").count()
    };
    until("two warnings", told, |told| times(told) >= 2).await;
    assert!(
        child(&rig, ChildKind::Deployment, "b-worker")
            .await
            .is_some()
    );
    // Somebody gives up.
    api(&rig, ChildKind::Deployment)
        .delete("b-worker", &DeleteParams::default())
        .await
        .unwrap();
    rig.until_empty().await;
    rig.stop().await;
}
