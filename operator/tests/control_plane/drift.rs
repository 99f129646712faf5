//! Children that somebody changed are changed back; what is not asked for is left alone; and it comes to rest.

use aicoin_api::names::{annotation, condition};
use aicoin_domain::Desired;
use aicoin_operator::queue::Lane;
use aicoin_operator::reconcile::Key;
use aicoin_operator::world::ChildKind;
use kube::api::{DeleteParams, DynamicObject, Patch, PatchParams};
use serde_json::{Value, json};

use super::rig::*;

/// Somebody's `kubectl patch`.
async fn edit(rig: &Rig, kind: ChildKind, name: &str, patch: Value) {
    let parameters = PatchParams {
        field_manager: Some("kubectl-edit".to_owned()),
        ..PatchParams::default()
    };
    api(rig, kind)
        .patch(name, &parameters, &Patch::Merge(patch))
        .await
        .unwrap();
}

async fn until_child(
    rig: &Rig,
    kind: ChildKind,
    name: &str,
    what: &str,
    is_so: impl Fn(&DynamicObject) -> bool,
) {
    until(
        what,
        || child(rig, kind, name),
        |found| found.as_ref().is_some_and(&is_so),
    )
    .await;
}

/// The name of the bot's only manifest.
async fn manifest(rig: &Rig, bot: &str) -> String {
    let prefix = format!("ConfigMap {bot}-worker-");
    let all = children(&rig.client, &rig.namespace).await;
    let names: Vec<&String> = all.iter().filter(|it| it.starts_with(&prefix)).collect();
    assert_eq!(names.len(), 1, "{all:?}");
    names[0].strip_prefix("ConfigMap ").unwrap().to_owned()
}

/// Passes over a bot write nothing.
async fn assert_at_rest(rig: &Rig) {
    rig.until_idle().await;
    let context = &rig.operator().context;
    let writes = context.metrics.writes_total();
    for _ in 0..5 {
        for key in context.world.bot_keys() {
            context.queue.push(Key::Bot(key), Lane::Normal);
        }
        rig.until_idle().await;
    }
    assert_eq!(
        context.metrics.writes_total(),
        writes,
        "it does not come to rest"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_that_was_edited_or_deleted_is_repaired() {
    let mut rig = Rig::new("drift").await;
    rig.trading("b").await;
    let policy = json!({"spec": {"egress": []}});
    edit(&rig, ChildKind::NetworkPolicy, "b-worker", policy).await;
    until_child(
        &rig,
        ChildKind::NetworkPolicy,
        "b-worker",
        "the egress",
        |it| {
            it.data["spec"]["egress"]
                .as_array()
                .is_some_and(|it| it.len() == 3)
        },
    )
    .await;
    edit(
        &rig,
        ChildKind::Service,
        "b-worker",
        json!({"spec": {"selector": {"app": "other"}}}),
    )
    .await;
    until_child(&rig, ChildKind::Service, "b-worker", "the selector", |it| {
        it.data["spec"]["selector"]
            .as_object()
            .is_some_and(|it| it.len() == 1)
    })
    .await;
    edit(
        &rig,
        ChildKind::Deployment,
        "b-worker",
        json!({"spec": {"replicas": 3}}),
    )
    .await;
    until_child(
        &rig,
        ChildKind::Deployment,
        "b-worker",
        "one replica",
        |it| it.data["spec"]["replicas"] == 1,
    )
    .await;
    edit(
        &rig,
        ChildKind::Deployment,
        "b-worker",
        json!({"metadata": {"labels": {"aicoin.dev/bot": null}}}),
    )
    .await;
    until_child(&rig, ChildKind::Deployment, "b-worker", "the label", |it| {
        it.metadata
            .labels
            .as_ref()
            .unwrap()
            .contains_key("aicoin.dev/bot")
    })
    .await;

    let name = manifest(&rig, "b").await;
    for (kind, name) in [
        (ChildKind::ConfigMap, name.as_str()),
        (ChildKind::Service, "b-worker"),
        (ChildKind::Deployment, "b-worker"),
    ] {
        let uid = child(&rig, kind, name).await.unwrap().metadata.uid;
        api(&rig, kind)
            .delete(name, &DeleteParams::default())
            .await
            .unwrap();
        until_child(&rig, kind, name, "another one", |it| it.metadata.uid != uid).await;
    }
    // No control was sent for any of it.
    assert_eq!(rig.worker.asked(), [(1, Desired::Running)]);
    assert_at_rest(&rig).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_add_to_a_child_is_left_alone() {
    let mut rig = Rig::new("additions").await;
    rig.trading("b").await;
    let more = json!({"metadata": {"labels": {"team": "one"}, "annotations": {"note": "mine"}}});
    for kind in [
        ChildKind::Service,
        ChildKind::NetworkPolicy,
        ChildKind::Deployment,
    ] {
        edit(&rig, kind, "b-worker", more.clone()).await;
    }
    assert_at_rest(&rig).await;
    // Nor does a repair of something else take it away.
    edit(
        &rig,
        ChildKind::Deployment,
        "b-worker",
        json!({"spec": {"replicas": 0}}),
    )
    .await;
    until_child(
        &rig,
        ChildKind::Deployment,
        "b-worker",
        "one replica",
        |it| it.data["spec"]["replicas"] == 1,
    )
    .await;
    for kind in [
        ChildKind::Service,
        ChildKind::NetworkPolicy,
        ChildKind::Deployment,
    ] {
        let metadata = child(&rig, kind, "b-worker").await.unwrap().metadata;
        assert_eq!(metadata.labels.unwrap()["team"], "one");
        assert_eq!(metadata.annotations.unwrap()["note"], "mine");
    }
    rig.stop().await;
}

/// A child is made by a plain create, which is cheaper, and changed by server-side apply: what the create owned must not
/// stay behind.
#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_is_not_asked_for_any_more_disappears() {
    let mut rig = Rig::new("removed-field").await;
    let selector =
        json!({"nodeSelector": {"disk": "ssd"}, "tolerations": [{"operator": "Exists"}]});
    rig.create(bot_with("b", json!({"worker": selector}))).await;
    rig.until_true("b", condition::READY).await;
    let pod = |it: &DynamicObject| it.data["spec"]["template"]["spec"].clone();
    let made = child(&rig, ChildKind::Deployment, "b-worker")
        .await
        .unwrap();
    assert_eq!(pod(&made)["nodeSelector"], json!({"disk": "ssd"}));

    rig.patch("b", json!({"spec": {"worker": {"nodeSelector": null}}}))
        .await;
    until_child(
        &rig,
        ChildKind::Deployment,
        "b-worker",
        "no selector",
        |it| pod(it).get("nodeSelector").is_none() && pod(it).get("tolerations").is_some(),
    )
    .await;
    // The second change goes the same way as the first.
    rig.patch("b", json!({"spec": {"worker": {"tolerations": null}}}))
        .await;
    until_child(
        &rig,
        ChildKind::Deployment,
        "b-worker",
        "no toleration",
        |it| pod(it).get("tolerations").is_none(),
    )
    .await;
    let owners = child(&rig, ChildKind::Deployment, "b-worker")
        .await
        .unwrap();
    let owners: Vec<(Option<String>, Option<String>)> = owners
        .metadata
        .managed_fields
        .unwrap()
        .into_iter()
        .map(|it| (it.manager, it.operation))
        .collect();
    assert_eq!(
        owners,
        [(Some("aicoin-operator".to_owned()), Some("Apply".to_owned()))]
    );
    assert_at_rest(&rig).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_manifest_takes_the_place_of_the_one_before() {
    let mut rig = Rig::new("manifest").await;
    rig.trading("b").await;
    let before = manifest(&rig, "b").await;
    rig.patch("b", json!({"spec": {"risk": {"stopLossPct": "3"}}}))
        .await;
    until(
        "another manifest",
        || child(&rig, ChildKind::ConfigMap, &before),
        Option::is_none,
    )
    .await;
    let after = manifest(&rig, "b").await;
    assert_ne!(after, before);
    let deployment = child(&rig, ChildKind::Deployment, "b-worker")
        .await
        .unwrap();
    assert_eq!(
        deployment.data["spec"]["template"]["spec"]["volumes"][0]["configMap"]["name"],
        json!(after)
    );
    rig.stop().await;
}

/// The API server keeps quantities in words of its own, and some fields not at all.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_api_server_writes_differently_is_not_written_again_and_again() {
    let mut rig = Rig::new("quantities").await;
    let resources = json!({
        "requests": {"cpu": "1000m", "memory": "1024Mi"},
        "limits": {"cpu": "2.50", "memory": "0.5Ti", "ephemeral-storage": "1000k"},
    });
    rig.create(bot_with("b", json!({"worker": {"resources": resources}})))
        .await;
    rig.until_true("b", condition::READY).await;
    let kept = child(&rig, ChildKind::Deployment, "b-worker")
        .await
        .unwrap();
    let kept = &kept.data["spec"]["template"]["spec"]["containers"][0]["resources"];
    assert_eq!(kept["requests"]["cpu"], "1");
    assert_at_rest(&rig).await;
    // An affinity is handed on as it is, also with a field that no API server knows.
    let affinity = json!({"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{
        "weight": 1, "preference": {"matchExpressions": [{"key": "a", "operator": "Exists"}]}, "mood": "good",
    }]}});
    rig.create(bot_with("odd", json!({"worker": {"affinity": affinity}})))
        .await;
    rig.until_true("odd", condition::READY).await;
    assert_at_rest(&rig).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reconcile_that_is_paused_leaves_children_alone_while_controls_go_on() {
    let mut rig = Rig::new("reconcile-paused").await;
    rig.trading("b").await;
    rig.annotate("b", annotation::RECONCILE, Some("paused"))
        .await;
    rig.until_true("b", condition::RECONCILIATION_PAUSED).await;
    edit(
        &rig,
        ChildKind::Deployment,
        "b-worker",
        json!({"spec": {"replicas": 5}}),
    )
    .await;
    rig.patch(
        "b",
        json!({"spec": {"risk": {"stopLossPct": "3"}, "desiredState": "Paused"}}),
    )
    .await;
    rig.until_true("b", condition::TRADING_PAUSED).await;
    assert_eq!(
        rig.worker.asked(),
        [(1, Desired::Running), (2, Desired::Paused)]
    );
    rig.until_idle().await;
    assert_eq!(replicas(&rig, "b").await, 5);
    manifest(&rig, "b").await;
    // The kill switch too, by annotation.
    rig.annotate("b", annotation::HOLD, Some("CloseAll")).await;
    rig.until_true("b", condition::POSITIONS_CLOSED).await;
    assert_eq!(replicas(&rig, "b").await, 5);

    rig.annotate("b", annotation::RECONCILE, None).await;
    rig.until_reason(
        "b",
        condition::RECONCILIATION_PAUSED,
        ("False", "Reconciling"),
    )
    .await;
    until(
        "one replica",
        || replicas(&rig, "b"),
        |replicas| *replicas == 1,
    )
    .await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_is_made_with_reconcile_paused_gets_nothing_until_it_is_lifted() {
    let mut rig = Rig::new("born-paused").await;
    let mut bot = paper_bot("b");
    bot["metadata"]["annotations"] = json!({annotation::RECONCILE: "paused"});
    rig.create(bot).await;
    rig.until_true("b", condition::RECONCILIATION_PAUSED).await;
    rig.until_idle().await;
    assert!(children(&rig.client, &rig.namespace).await.is_empty());
    rig.annotate("b", annotation::RECONCILE, None).await;
    rig.until_true("b", condition::READY).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_taken_by_something_else_is_told_and_nothing_of_it_is_touched() {
    let mut rig = Rig::new("name-taken").await;
    let taken: DynamicObject = serde_json::from_value(json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "b-worker"},
        "spec": {"ports": [{"port": 80}]},
    }))
    .unwrap();
    let services = api(&rig, ChildKind::Service);
    services
        .create(&kube::api::PostParams::default(), &taken)
        .await
        .unwrap();
    rig.create(paper_bot("b")).await;
    let status = rig
        .until_reason("b", condition::DEGRADED, ("True", "NameTaken"))
        .await;
    assert_eq!(
        message_of(&status, condition::DEGRADED),
        "The Service b-worker exists and is not of this bot: remove it, or rename the bot."
    );
    let service = child(&rig, ChildKind::Service, "b-worker").await.unwrap();
    assert_eq!(service.data["spec"]["ports"][0]["port"], 80);
    assert_eq!(child(&rig, ChildKind::Deployment, "b-worker").await, None);

    services
        .delete("b-worker", &DeleteParams::default())
        .await
        .unwrap();
    rig.until_true("b", condition::READY).await;
    rig.until_reason("b", condition::DEGRADED, ("False", "AsAsked"))
        .await;
    rig.stop().await;
}
