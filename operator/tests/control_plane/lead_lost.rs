//! The lead, lost: by somebody who took it, by an API server that does not answer, by a signal; half way through a pass.

use std::time::Duration;

use aicoin_api::names::condition;
use aicoin_operator::lead::{Election, Timings};
use aicoin_testbed::Component;
use aicoin_testbed::control_plane;
use k8s_openapi::api::coordination::v1::Lease;
use kube::api::{Api, Patch, PatchParams};
use serde_json::json;

use super::rig::*;

/// Who holds a lease of these tests.
async fn lease_holder(rig: &Rig, name: &str) -> String {
    let leases: Api<Lease> = Api::namespaced(rig.client.clone(), "default");
    let spec = leases.get(name).await.unwrap().spec;
    spec.and_then(|spec| spec.holder_identity)
        .unwrap_or_default()
}

/// Somebody takes the lease for an hour, or lets go of it.
async fn take_lease(rig: &Rig, name: &str, holder: &str) {
    let leases: Api<Lease> = Api::namespaced(rig.client.clone(), "default");
    let now = format!("{:.6}", k8s_openapi::jiff::Timestamp::now());
    let spec =
        json!({"spec": {"holderIdentity": holder, "leaseDurationSeconds": 3600, "renewTime": now}});
    leases
        .patch(name, &PatchParams::default(), &Patch::Merge(spec))
        .await
        .unwrap();
}

fn election(name: &str) -> Election {
    Election {
        namespace: "default".to_owned(),
        name: name.to_owned(),
        identity: "me".to_owned(),
        timings: Timings {
            duration: Duration::from_secs(4),
            renew_deadline: Duration::from_secs(3),
            retry_period: Duration::from_millis(300),
        },
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_lost_it_writes_nothing() {
    let mut rig = Rig::with("lost", |options| options.election = Some(election("lost"))).await;
    rig.trading("b").await;
    let leases: Api<Lease> = Api::namespaced(rig.client.clone(), "default");
    let context = std::sync::Arc::clone(&rig.operator().context);
    take_lease(&rig, "lost", "somebody").await;
    until(
        "a closed gate",
        || async { context.gate.check().is_err() },
        |closed| *closed,
    )
    .await;
    let writes = context.metrics.writes_total();
    let asked = rig.worker.with(|inner| inner.seen.len());
    rig.desire("b", "Paused").await;
    rig.create(paper_bot("c")).await;
    let untouched = || async {
        let calls = rig.worker.with(|inner| inner.seen.len());
        (
            context.metrics.writes_total(),
            calls,
            rig.status("c").await.state,
        )
    };
    always(
        "no write and no call",
        Duration::from_secs(3),
        untouched,
        |seen| *seen == (writes, asked, None),
    )
    .await;
    // It comes back to it once it may.
    take_lease(&rig, "lost", "").await;
    rig.until_true("b", condition::TRADING_PAUSED).await;
    rig.until_true("c", condition::READY).await;
    rig.stop().await;
    assert_eq!(
        leases
            .get("lost")
            .await
            .unwrap()
            .spec
            .unwrap()
            .holder_identity
            .as_deref(),
        Some(""),
        "it is let go of"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pass_that_is_under_way_when_the_lead_is_lost_writes_nothing_more() {
    let rig = Rig::without_operator(plane(), "half-way", |_| {}).await;
    let cut = Cut::never();
    let mut options = options(&rig.namespace, &rig.worker);
    options.election = Some(election("half-way"));
    let operator = Killable::start(plane(), &cut, options).await;
    let context = std::sync::Arc::clone(&operator.operator().context);
    until(
        "the lead",
        || async { context.gate.check().is_ok() },
        |leads| *leads,
    )
    .await;
    // The finalizer is on, and the answer to that is late.
    cut.arm(1);
    rig.create(paper_bot("b")).await;
    cut.happens().await;
    take_lease(&rig, "half-way", "somebody").await;
    until(
        "a closed gate",
        || async { context.gate.check().is_err() },
        |closed| *closed,
    )
    .await;
    cut.mend();
    always(
        "one write",
        Duration::from_secs(2),
        || async { cut.writes() },
        |writes| *writes == 1,
    )
    .await;
    assert!(children(&rig.client, &rig.namespace).await.is_empty());
    take_lease(&rig, "half-way", "").await;
    rig.until_true("b", condition::READY).await;
    operator.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pass_that_is_under_way_when_it_is_told_to_stop_comes_to_its_end() {
    let rig = Rig::without_operator(plane(), "stopping", |_| {}).await;
    let cut = Cut::never();
    let mut options = options(&rig.namespace, &rig.worker);
    options.election = Some(election("stopping"));
    let operator = Killable::start(plane(), &cut, options).await;
    let context = std::sync::Arc::clone(&operator.operator().context);
    until(
        "the lead",
        || async { context.gate.check().is_ok() },
        |leads| *leads,
    )
    .await;
    cut.arm(1);
    rig.create(paper_bot("b")).await;
    cut.happens().await;
    let late = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(
            lease_holder(&rig, "stopping").await,
            "me",
            "a pass is under way"
        );
        cut.mend();
    };
    tokio::join!(operator.stop(), late);
    assert_eq!(children(&rig.client, &rig.namespace).await.len(), 5);
    assert_eq!(control_of(&rig.status("b").await).1, 1);
    assert_eq!(lease_holder(&rig, "stopping").await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_cannot_renew_stops_by_itself_and_goes_on_when_it_can() {
    // An API server of its own, for it stands still.
    let plane = start_plane(&control_plane::Options::default(), &crd());
    let mut rig = Rig::on(&plane, "cut-off", |options| {
        options.election = Some(election("cut-off"))
    })
    .await;
    rig.trading("b").await;
    let context = std::sync::Arc::clone(&rig.operator().context);
    plane.freeze(Component::Apiserver).unwrap();
    until(
        "a closed gate",
        || async { context.gate.check().is_err() },
        |closed| *closed,
    )
    .await;
    let calls = || async { rig.worker.with(|inner| inner.seen.len()) };
    // Calls that were under way have come back.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let before = calls().await;
    always("no call", Duration::from_secs(2), calls, |calls| {
        *calls == before
    })
    .await;
    plane.thaw(Component::Apiserver).unwrap();
    rig.desire("b", "Paused").await;
    rig.until_true("b", condition::TRADING_PAUSED).await;
    rig.stop().await;
}
