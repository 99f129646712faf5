//! Another operator, another default image, another key: no pod restarts unless somebody asked for it.

use std::time::Duration;

use aicoin_api::names::{annotation, condition};
use aicoin_operator::keys::KeyRing;
use aicoin_operator::operator::keys_changed;
use aicoin_operator::world::ChildKind;
use aicoin_token::{Keys, SigningKey};
use serde_json::{Value, json};

use super::rig::*;

const NEW: &str = "ghcr.io/aicoin-dev/aicoin-worker:9.9.9";

async fn template(rig: &Rig, bot: &str) -> Value {
    let deployment = child(rig, ChildKind::Deployment, &format!("{bot}-worker"))
        .await
        .unwrap();
    deployment.data["spec"]["template"].clone()
}

async fn image(rig: &Rig, bot: &str) -> String {
    template(rig, bot).await["spec"]["containers"][0]["image"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn another_default_image_restarts_nobody_until_a_restart_is_asked_for_and_then_once() {
    let mut rig = Rig::new("upgrade").await;
    rig.trading("b").await;
    let before = template(&rig, "b").await;
    rig.restart_with(|options| {
        options.settings.default_image = NEW.to_owned();
        options.settings.allow_live = true;
        options.settings.extra_egress = vec![json!({"ports": [{"port": 99}]})];
    })
    .await;
    // It was told of the egress: it has looked at the bot.
    let policy = || async {
        let policy = child(&rig, ChildKind::NetworkPolicy, "b-worker")
            .await
            .unwrap();
        policy.data["spec"]["egress"].as_array().unwrap().len()
    };
    until("the egress", policy, |rules| *rules == 4).await;
    rig.until_idle().await;
    assert_eq!(template(&rig, "b").await, before);
    assert_eq!(
        rig.status("b").await.worker.unwrap().image.as_deref(),
        Some(IMAGE)
    );

    rig.annotate("b", annotation::RESTARTED_AT, Some("2026-01-02T03:04:05Z"))
        .await;
    let status = rig
        .until("b", "a restart", |status| {
            status.last_restart_at.as_deref() == Some("2026-01-02T03:04:05Z")
        })
        .await;
    assert_eq!(status.worker.unwrap().image.as_deref(), Some(NEW));
    let restarted = template(&rig, "b").await;
    assert_eq!(
        restarted["metadata"]["annotations"],
        json!({annotation::RESTARTED_AT: "2026-01-02T03:04:05Z"})
    );
    rig.until_told(&["Restarted"]).await;

    // Once: neither another start, nor taking the annotation away, nor a word that is no time.
    rig.restart_with(|_| {}).await;
    for value in [None, Some("now")] {
        rig.annotate("b", annotation::RESTARTED_AT, value).await;
        rig.desire("b", if value.is_none() { "Paused" } else { "Running" })
            .await;
        let version = rig.get("b").await.unwrap().metadata.generation;
        rig.until("b", "a look", |status| {
            status.observed_generation == version
        })
        .await;
        rig.until_idle().await;
        assert_eq!(template(&rig, "b").await, restarted, "{value:?}");
    }
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bots_that_follow_the_default_image_do_so_a_few_at_a_time() {
    let mut rig = Rig::with("automatic", |options| options.settings.worker_url = None).await;
    let pods = Pods::new(&rig.client, "automatic").await;
    let names: Vec<String> = (0..7).map(|number| format!("b{number}")).collect();
    for name in &names {
        rig.create(bot_with(
            name,
            json!({"worker": {"updatePolicy": "Automatic"}}),
        ))
        .await;
    }
    rig.create(paper_bot("pinned")).await;
    for name in names.iter().chain([&"pinned".to_owned()]) {
        rig.until_reason(name, condition::READY, ("False", "Starting"))
            .await;
        pods.make(
            name,
            &format!("{name}-old"),
            Pods::running("127.9.1.1", true, 0),
        )
        .await;
    }
    rig.restart_with(|options| {
        options.settings.worker_url = None;
        options.settings.default_image = NEW.to_owned();
    })
    .await;
    let updated = || async {
        let mut updated = Vec::new();
        for name in &names {
            if image(&rig, name).await == NEW {
                updated.push(name.clone());
            }
        }
        updated
    };
    let first = until("three of them", updated, |updated| updated.len() == 3).await;
    // The pods from before are ready, and say nothing about the new image.
    always("no more", Duration::from_secs(2), updated, |updated| {
        updated.len() == 3
    })
    .await;
    // One is up with it: one more, without anything else that happens to that one.
    pods.delete(&format!("{}-old", first[0])).await;
    pods.make(
        &first[0],
        &format!("{}-new", first[0]),
        Pods::running("127.9.1.1", true, 0),
    )
    .await;
    until("a fourth", updated, |updated| updated.len() == 4).await;
    always("no more", Duration::from_secs(1), updated, |updated| {
        updated.len() == 4
    })
    .await;
    // One that is deleted gives its turn away.
    rig.annotate(&first[1], annotation::FORCE_DELETE, Some("true"))
        .await;
    rig.delete(&first[1]).await;
    rig.until_gone(&first[1]).await;
    let others = || async {
        let mut count = 0;
        for name in names.iter().filter(|name| **name != first[1]) {
            count += usize::from(image(&rig, name).await == NEW);
        }
        count
    };
    until("a fifth", others, |count| *count == 4).await;
    assert_eq!(image(&rig, "pinned").await, IMAGE);
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_control_key_is_published_before_it_signs_and_restarts_nobody() {
    const OTHER: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEIFWa6tCCZNV5XTkJcYzdBavUlXLoT+VVkO7zGoigj9/9\n-----END PRIVATE KEY-----\n";
    let overlap = Duration::from_secs(3600);
    let mut rig = Rig::with("rotation", move |options| {
        options.keys = KeyRing::new(SigningKey::from_pem(KEY_PEM).unwrap(), overlap);
    })
    .await;
    rig.trading("b").await;
    let before = template(&rig, "b").await;
    let kids = || async {
        let map = child(&rig, ChildKind::ConfigMap, "aicoin-control-keys")
            .await
            .unwrap();
        let jwks: Value =
            serde_json::from_str(map.data["data"]["keys.json"].as_str().unwrap()).unwrap();
        let keys = jwks["keys"].as_array().unwrap().clone();
        keys.iter()
            .map(|it| it["kid"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let kid = |pem: &str| SigningKey::from_pem(pem).unwrap().public().kid();
    assert_eq!(kids().await, [kid(KEY_PEM)]);

    // The file changed: workers learn of both, and trust what they are told.
    let context = &rig.operator().context;
    let now = std::time::Instant::now();
    assert!(
        context
            .keys
            .on_file(SigningKey::from_pem(OTHER).unwrap(), now)
    );
    keys_changed(context);
    until("both keys", kids, |kids| {
        *kids == [kid(KEY_PEM), kid(OTHER)]
    })
    .await;
    assert!(context.keys.on_time(now + overlap));
    keys_changed(context);
    until("the new one first", kids, |kids| {
        *kids == [kid(OTHER), kid(KEY_PEM)]
    })
    .await;
    let other = SigningKey::from_pem(OTHER).unwrap().public();
    rig.worker
        .with(|inner| inner.keys = Keys::from_jwks(&Keys::to_jwks(&[other])).unwrap());
    rig.desire("b", "Paused").await;
    rig.until_true("b", condition::TRADING_PAUSED).await;
    assert_eq!(template(&rig, "b").await, before);
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn certificate_authorities_come_and_go_without_a_restart() {
    let mut rig = Rig::new("authorities").await;
    rig.trading("b").await;
    let before = template(&rig, "b").await;
    let data = || async {
        let map = child(&rig, ChildKind::ConfigMap, "aicoin-control-keys")
            .await
            .unwrap();
        map.data["data"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    let context = &rig.operator().context;
    *context.extra_ca.write().unwrap() = Some("-----BEGIN CERTIFICATE-----\n".to_owned());
    keys_changed(context);
    until("the authorities", data, |keys| {
        *keys == ["ca.crt", "keys.json"]
    })
    .await;
    *context.extra_ca.write().unwrap() = None;
    keys_changed(context);
    until("none", data, |keys| *keys == ["keys.json"]).await;
    assert_eq!(template(&rig, "b").await, before);
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_of_a_namespace_are_repaired_and_those_of_somebody_else_are_not_trusted() {
    let mut rig = Rig::new("keys").await;
    rig.trading("b").await;
    let maps = api(&rig, ChildKind::ConfigMap);
    let data = || async {
        let map = child(&rig, ChildKind::ConfigMap, "aicoin-control-keys").await;
        map.map(|map| map.data["data"].clone()).unwrap_or_default()
    };
    let ours = data().await;
    for change in [
        json!({"data": {"keys.json": "{\"keys\":[]}"}}),
        json!({"data": {"more.json": "{}"}}),
        json!({"data": {"keys.json": null}}),
    ] {
        let patch = kube::api::Patch::Merge(change);
        maps.patch(
            "aicoin-control-keys",
            &kube::api::PatchParams::default(),
            &patch,
        )
        .await
        .unwrap();
        until("our keys", data, |data| *data == ours).await;
    }
    maps.delete("aicoin-control-keys", &kube::api::DeleteParams::default())
        .await
        .unwrap();
    until("our keys", data, |data| *data == ours).await;
    rig.until_idle().await;
    rig.stop().await;

    let mut rig = Rig::new("foreign-keys").await;
    let foreign: kube::core::DynamicObject = serde_json::from_value(json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aicoin-control-keys"},
        "data": {"keys.json": "{\"keys\":[]}"},
    }))
    .unwrap();
    let maps = api(&rig, ChildKind::ConfigMap);
    maps.create(&kube::api::PostParams::default(), &foreign)
        .await
        .unwrap();
    rig.create(paper_bot("b")).await;
    rig.until_reason("b", condition::DEGRADED, ("True", "NameTaken"))
        .await;
    assert_eq!(child(&rig, ChildKind::Deployment, "b-worker").await, None);
    maps.delete("aicoin-control-keys", &kube::api::DeleteParams::default())
        .await
        .unwrap();
    rig.until_true("b", condition::READY).await;
    rig.stop().await;
}
