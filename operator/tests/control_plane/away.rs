//! The API server away: what happened meanwhile is found out when it is back.

use aicoin_api::names::condition;
use aicoin_domain::Desired;
use aicoin_operator::world::ChildKind;
use aicoin_testbed::Component;
use aicoin_testbed::control_plane;
use kube::api::DeleteParams;
use serde_json::json;

use super::rig::*;

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_while_the_watches_were_broken_is_found_out_and_carried_out() {
    let plane = start_plane(&control_plane::Options::default(), &crd());
    let mut rig = Rig::on(&plane, "away", |_| {}).await;
    for name in ["paused", "edited", "deleted"] {
        rig.trading(name).await;
    }
    let orphaned = rig.trading("orphaned").await;
    rig.until_idle().await;
    plane.stop(Component::Apiserver).unwrap();
    // Connections that clients have not closed yet keep the port for a moment.
    let again = || async {
        plane
            .start_again(Component::Apiserver)
            .map_err(|error| error.to_string())
    };
    until("an API server that is back", again, Result::is_ok)
        .await
        .unwrap();
    // Before the watches are back: they wait a little longer after each failure.
    rig.desire("paused", "Paused").await;
    rig.delete("deleted").await;
    rig.delete("orphaned").await;
    rig.patch("orphaned", json!({"metadata": {"finalizers": null}}))
        .await;
    api(&rig, ChildKind::Deployment)
        .delete("edited-worker", &DeleteParams::default())
        .await
        .unwrap();
    rig.create(paper_bot("made")).await;

    rig.until_true("paused", condition::TRADING_PAUSED).await;
    rig.until_true("made", condition::READY).await;
    rig.until_gone("deleted").await;
    rig.until_gone("orphaned").await;
    let left = || async {
        let mut left = children(&rig.client, &rig.namespace).await;
        left.retain(|it| it.starts_with("Deployment "));
        left
    };
    let expected = [
        "Deployment edited-worker",
        "Deployment made-worker",
        "Deployment paused-worker",
    ];
    until("three workers", left, |left| *left == expected).await;
    assert_eq!(
        rig.worker.asked_of(&orphaned).last().map(|it| it.1),
        Some(Desired::CloseAll)
    );
    rig.stop().await;
}
