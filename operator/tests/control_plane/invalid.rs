//! A spec that breaks a rule: its worker is left as it is, and the kill switch works all the same.

use aicoin_api::crd::State;
use aicoin_api::names::{annotation, condition};
use aicoin_domain::Desired;
use aicoin_operator::world::ChildKind;
use kube::api::{DynamicObject, Patch, PatchParams};
use serde_json::{Value, json};

use super::rig::*;

/// A patch of an object that the types of this version cannot even read.
async fn patch_raw(rig: &Rig, name: &str, patch: Value) {
    use aicoin_operator::writer::Kinds;
    let api: kube::Api<DynamicObject> =
        kube::Api::namespaced_with(rig.client.clone(), &rig.namespace, &Kinds::bot());
    api.patch(name, &PatchParams::default(), &Patch::Merge(patch))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spec_that_breaks_a_rule_leaves_its_worker_as_it_is_and_can_be_paused_closed_and_deleted()
{
    let mut rig = Rig::on(lenient_plane(), "invalid", |_| {}).await;
    rig.trading("b").await;
    let before = child(&rig, ChildKind::Deployment, "b-worker")
        .await
        .unwrap();
    let all = children(&rig.client, &rig.namespace).await;

    rig.patch(
        "b",
        json!({"spec": {"risk": {"maxLeverage": 500}, "worker": {"logLevel": "debug"}}}),
    )
    .await;
    let status = rig
        .until_reason("b", condition::SPEC_VALID, ("False", "Invalid"))
        .await;
    assert_eq!(status.state, Some(State::Invalid));
    let sentence = message_of(&status, condition::SPEC_VALID);
    assert!(
        sentence.contains("spec.risk.maxLeverage")
            && sentence.ends_with("The worker is left as it is."),
        "{sentence}"
    );
    assert!(!is_true(&status, condition::TRADING_PAUSED));

    rig.annotate("b", annotation::HOLD, Some("Paused")).await;
    rig.until_true("b", condition::TRADING_PAUSED).await;
    rig.desire("b", "CloseAll").await;
    rig.until_true("b", condition::POSITIONS_CLOSED).await;
    assert_eq!(
        rig.worker.asked(),
        [
            (1, Desired::Running),
            (2, Desired::Paused),
            (3, Desired::CloseAll)
        ]
    );
    let after = child(&rig, ChildKind::Deployment, "b-worker")
        .await
        .unwrap();
    assert_eq!(
        (after.data, after.metadata.labels),
        (before.data, before.metadata.labels)
    );
    assert_eq!(children(&rig.client, &rig.namespace).await, all);

    rig.delete("b").await;
    rig.until_gone("b").await;
    rig.until_empty().await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spec_that_is_mended_is_carried_out() {
    let mut rig = Rig::on(lenient_plane(), "mended", |_| {}).await;
    rig.create(bot_with("b", json!({"risk": {"maxLeverage": 500}})))
        .await;
    let status = rig
        .until_reason("b", condition::SPEC_VALID, ("False", "Invalid"))
        .await;
    assert_eq!(status.state, Some(State::Invalid));
    assert_eq!(
        condition_of(&status, condition::READY),
        ("False".to_owned(), "Invalid".to_owned())
    );
    rig.until_idle().await;
    assert!(children(&rig.client, &rig.namespace).await.is_empty());
    // Nothing holds it: it can go as it came.
    assert_eq!(rig.get("b").await.unwrap().metadata.finalizers, None);

    rig.patch("b", json!({"spec": {"risk": {"maxLeverage": 5}}}))
        .await;
    rig.until_true("b", condition::READY).await;
    rig.until_reason("b", condition::SPEC_VALID, ("True", "Valid"))
        .await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_bot_without_its_yes_is_refused_with_the_sentence_of_the_rule() {
    let mut rig = Rig::on(lenient_plane(), "unacknowledged", |_| {}).await;
    rig.create(bot_with(
        "b",
        json!({
            "mode": "Live",
            "exchange": {"hyperliquid": {
                "accountAddress": "0x00000000000000000000000000000000000000aa",
                "agentKeySecretRef": {"name": "agent", "key": "private-key"},
            }},
        }),
    ))
    .await;
    let status = rig
        .until_reason("b", condition::SPEC_VALID, ("False", "Invalid"))
        .await;
    let sentence = message_of(&status, condition::SPEC_VALID);
    assert!(
        sentence.contains("spec.acknowledgeRisk") && sentence.contains("spec.storage"),
        "{sentence}"
    );
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spec_that_cannot_be_read_at_all_is_still_paused_and_still_deleted() {
    // A CRD of a later version may let through what this one does not know.
    let mut open = crd_without_rules();
    let schema = open
        .pointer_mut("/spec/versions/0/schema/openAPIV3Schema/properties/spec")
        .unwrap();
    *schema = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {
        "desiredState": {"type": "string"}, "deletionPolicy": {"type": "string"}, "worker": {
            "type": "object", "x-kubernetes-preserve-unknown-fields": true,
        },
    }});
    let plane = start_plane(&aicoin_testbed::control_plane::Options::default(), &open);
    let mut rig = Rig::on(&plane, "unreadable", |_| {}).await;
    rig.trading("b").await;
    patch_raw(
        &rig,
        "b",
        json!({"spec": {"markets": {"BTC": true}, "later": 1}}),
    )
    .await;
    let state = || async {
        let text = kubectl(&plane, &["get", "tb/b", "-n", "unreadable", "-o", "json"]);
        serde_json::from_str::<Value>(&text).unwrap()["status"].clone()
    };
    let status = until("an invalid state", state, |status| {
        status["state"] == "Invalid"
    })
    .await;
    let of = |status: &Value, kind: &str| {
        let all = status["conditions"].as_array().unwrap().clone();
        all.into_iter().find(|it| it["type"] == kind).unwrap()
    };
    assert!(
        of(&status, "SpecValid")["message"]
            .as_str()
            .unwrap()
            .starts_with("The spec cannot be read: ")
    );
    // A word that is no level cannot be told from a wrongly written pause.
    patch_raw(&rig, "b", json!({"spec": {"desiredState": "pause"}})).await;
    until("a pause", state, |status| {
        of(status, "TradingPaused")["status"] == "True"
    })
    .await;
    kubectl(
        &plane,
        &["delete", "tb/b", "-n", "unreadable", "--timeout=60s"],
    );
    assert_eq!(
        rig.worker.asked(),
        [
            (1, Desired::Running),
            (2, Desired::Paused),
            (3, Desired::CloseAll)
        ]
    );
    rig.until_empty().await;
    rig.stop().await;
}
