//! What the children look like: whole, against files that a person has read, and what changes them.
//!
//! `AICOIN_BLESS=1 cargo test -p aicoin-operator --lib golden` writes the files anew; the difference is to be read.

use std::path::Path;

use serde_json::{Value, json};

use super::*;
use crate::image::{image, restart};
use crate::world::{Child, DeploymentView};

const IMAGE: &str = "ghcr.io/aicoin-dev/aicoin-worker:0.1.0";

fn settings() -> Settings {
    Settings {
        default_image: IMAGE.to_owned(),
        network_policy: true,
        allow_live: false,
        extra_egress: Vec::new(),
        extra_ca_file: None,
        worker_url: None,
    }
}

fn manifest(name: &str) -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join(name)).unwrap();
    serde_yaml::from_str(&text).unwrap()
}

fn paper() -> Value {
    manifest("../examples/paper-bot.yaml")
}

/// A bot as the API server would hand it out.
fn bot(mut object: Value) -> Bot {
    object["metadata"]["namespace"] = json!("trading");
    object["metadata"]["uid"] = json!("6f2b3d2e-9f0a-4c0e-8d5e-0123456789ab");
    let bot = Bot::read(serde_json::from_value(object).unwrap()).unwrap();
    crate::validate::check(&bot).unwrap();
    bot
}

/// What is made of a bot beside a Deployment that may be there already.
fn rendered(object: Value, settings: &Settings, view: Option<&DeploymentView>) -> Vec<Intent> {
    let bot = bot(object);
    let spec = bot.spec().unwrap();
    let image = image(&bot, &spec, view, &settings.default_image, || true);
    let restart = restart(&bot, view);
    let worker = Worker::new(&bot, spec, image, restart, true);
    children(&worker, settings).into_order()
}

fn view(children: &[Intent]) -> DeploymentView {
    let mut body = find(children, ChildKind::Deployment).clone();
    body["metadata"]["uid"] = json!("deployment");
    let object = serde_json::from_value(body).unwrap();
    Child::read(ChildKind::Deployment, &object)
        .unwrap()
        .deployment
        .unwrap()
}

fn find(children: &[Intent], kind: ChildKind) -> &Value {
    &children.iter().find(|it| it.kind == kind).unwrap().body
}

/// What a pod is started from: anything else in it, and it would be started anew.
fn started_from(children: &[Intent]) -> (Value, Value) {
    let deployment = find(children, ChildKind::Deployment);
    (
        deployment["spec"]["template"].clone(),
        find(children, ChildKind::ConfigMap).clone(),
    )
}

fn golden(name: &str, children: &[Intent]) {
    let documents: Vec<String> = children
        .iter()
        .map(|it| {
            let sorted: Value = serde_json::from_str(&canonical(&it.body)).unwrap();
            serde_yaml::to_string(&sorted).unwrap()
        })
        .collect();
    let text = documents.join("---\n");
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    if std::env::var_os("AICOIN_BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        text == expected,
        "{} is not what is made now. If it is meant to change, every worker restarts at the next upgrade; with \
         AICOIN_BLESS=1 this test writes it anew. Made now:\n{text}",
        path.display()
    );
}

#[test]
fn golden_children_of_the_example() {
    golden("paper-bot.yaml", &rendered(paper(), &settings(), None));
}

#[test]
fn golden_children_of_a_live_bot_with_everything() {
    let settings = Settings {
        allow_live: true,
        extra_egress: vec![json!({"to": [{"ipBlock": {"cidr": "10.1.2.3/32"}}]})],
        ..settings()
    };
    let object = manifest("tests/golden/bots/live.yaml");
    golden("live.yaml", &rendered(object, &settings, None));
}

#[test]
fn golden_children_of_a_bot_with_a_disk() {
    let object = manifest("tests/golden/bots/disk.yaml");
    let settings = Settings {
        network_policy: false,
        ..settings()
    };
    golden("disk.yaml", &rendered(object, &settings, None));
}

#[test]
fn golden_keys_of_a_namespace() {
    let data = key_map_data("{\"keys\":[]}", Some("-----BEGIN CERTIFICATE-----\n"));
    let body = key_map("trading", &data);
    assert_eq!(
        body,
        json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": "aicoin-control-keys",
                "namespace": "trading",
                "labels": {
                    "app.kubernetes.io/name": "aicoin-worker",
                    "app.kubernetes.io/managed-by": "aicoin-operator",
                },
            },
            "data": {"keys.json": "{\"keys\":[]}", "ca.crt": "-----BEGIN CERTIFICATE-----\n"},
        })
    );
}

#[test]
fn an_upgrade_changes_no_pod_template() {
    let before = rendered(paper(), &settings(), None);
    let pinned = view(&before);
    let settings_of = |change: fn(&mut Settings)| {
        let mut settings = settings();
        change(&mut settings);
        settings
    };
    let bot_with = |pointer: &str, value: Value| {
        let mut object = paper();
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        let parent = parent.split('/').skip(1).fold(&mut object, |at, name| {
            at.as_object_mut()
                .unwrap()
                .entry(name)
                .or_insert_with(|| json!({}))
        });
        parent[field.replace("~1", "/").as_str()] = value;
        object
    };
    let as_it_was = settings();
    for (name, object, settings) in [
        (
            "another default image",
            paper(),
            settings_of(|it| it.default_image = "new:2".to_owned()),
        ),
        (
            "Live is allowed",
            paper(),
            settings_of(|it| it.allow_live = true),
        ),
        (
            "more certificate authorities",
            paper(),
            settings_of(|it| it.extra_ca_file = Some("/ca.crt".into())),
        ),
        (
            "more egress",
            paper(),
            settings_of(|it| it.extra_egress = vec![json!({"ports": [{"port": 99}]})]),
        ),
        (
            "no network policies",
            paper(),
            settings_of(|it| it.network_policy = false),
        ),
        (
            "workers elsewhere",
            paper(),
            settings_of(|it| it.worker_url = Some("http://stub".to_owned())),
        ),
        (
            "paused",
            bot_with("/spec/desiredState", json!("Paused")),
            as_it_was.clone(),
        ),
        (
            "closed",
            bot_with("/spec/desiredState", json!("CloseAll")),
            as_it_was.clone(),
        ),
        (
            "kept",
            bot_with("/spec/deletionPolicy", json!("Retain")),
            as_it_was.clone(),
        ),
        (
            "risk acknowledged",
            bot_with("/spec/acknowledgeRisk", json!(true)),
            as_it_was.clone(),
        ),
        (
            "updated by itself",
            bot_with("/spec/worker/updatePolicy", json!("Automatic")),
            as_it_was.clone(),
        ),
        (
            "held",
            bot_with("/metadata/annotations/aicoin.dev~1hold", json!("CloseAll")),
            as_it_was.clone(),
        ),
        (
            "a label of somebody",
            bot_with("/metadata/labels/team", json!("one")),
            as_it_was,
        ),
    ] {
        let after = rendered(object, &settings, Some(&pinned));
        assert_eq!(started_from(&after), started_from(&before), "{name}");
    }
}

#[test]
fn what_a_worker_trades_by_starts_it_anew() {
    let before = started_from(&rendered(paper(), &settings(), None));
    for (name, pointer, value) in [
        ("the markets", "/spec/markets", json!(["BTC", "ETH"])),
        ("the risk", "/spec/risk", json!({"stopLossPct": "3"})),
        ("the cadence", "/spec/decision/interval", json!("3s")),
    ] {
        let mut object = paper();
        *object.pointer_mut(pointer).unwrap() = value;
        let after = started_from(&rendered(object, &settings(), None));
        assert_ne!(after.0, before.0, "{name}");
        // Immutable: another content is another ConfigMap.
        assert_ne!(
            after.1["metadata"]["name"], before.1["metadata"]["name"],
            "{name}"
        );
    }
    // What only the pod is about leaves the manifest as it is.
    let mut object = paper();
    object["spec"]["worker"] = json!({"logLevel": "debug"});
    let after = started_from(&rendered(object, &settings(), None));
    assert_ne!(after.0, before.0);
    assert_eq!(after.1, before.1);
}

#[test]
fn the_manifest_is_a_bot_that_the_worker_can_read() {
    let map = find(&rendered(paper(), &settings(), None), ChildKind::ConfigMap).clone();
    let text = map["data"]["bot.yaml"].as_str().unwrap();
    let read = aicoin_api::bot::TradingBot::from_yaml(text).unwrap();
    assert_eq!(read.metadata.name, "paper-bot");
    assert_eq!(read.metadata.namespace.as_deref(), Some("trading"));
    assert_eq!(
        read.metadata.uid.as_deref(),
        Some("6f2b3d2e-9f0a-4c0e-8d5e-0123456789ab")
    );
    assert_eq!(read.spec.markets, ["BTC"]);
    assert_eq!(map["immutable"], json!(true));
}

#[test]
fn a_number_is_the_same_however_the_keys_of_a_manifest_are_ordered() {
    let one: Value = serde_yaml::from_str("{a: {c: 1, b: [2, {z: 1, y: 2}]}}").unwrap();
    let other: Value = serde_yaml::from_str("{a: {b: [2, {y: 2, z: 1}], c: 1}}").unwrap();
    assert_eq!(canonical(&one), canonical(&other));
    assert_eq!(canonical(&one), r#"{"a":{"b":[2,{"y":2,"z":1}],"c":1}}"#);
}

#[test]
fn the_longest_name_still_fits() {
    let mut object = paper();
    let longest = "a".repeat(aicoin_api::names::BOT_NAME_CHARS_MAX);
    object["metadata"]["name"] = json!(longest);
    object["spec"]["storage"] = json!({"sqlite": {"storageClassName": "fast"}});
    for child in rendered(object, &settings(), None) {
        assert!(child.name.len() <= 63, "{}", child.name);
        // Deployment's pods get eleven and six characters more.
        assert!(
            child.kind != ChildKind::Deployment || child.name.len() <= 47,
            "{}",
            child.name
        );
    }
}

#[test]
fn everything_that_is_made_is_found_by_its_labels() {
    let object = manifest("tests/golden/bots/disk.yaml");
    let children = rendered(object, &settings(), None);
    assert_eq!(children.len(), ChildKind::ALL.len());
    for child in &children {
        let labels = &child.body["metadata"]["labels"];
        assert_eq!(labels["app.kubernetes.io/managed-by"], "aicoin-operator");
        assert_eq!(
            labels["aicoin.dev/bot-uid"],
            "6f2b3d2e-9f0a-4c0e-8d5e-0123456789ab"
        );
        assert_eq!(
            child.body["metadata"]["annotations"]["aicoin.dev/applied"],
            child.hash.as_str()
        );
        // Garbage collection would end what trades before it has closed.
        assert_eq!(child.body["metadata"].get("ownerReferences"), None);
    }
    let pods = &find(&children, ChildKind::Deployment)["spec"]["template"]["metadata"]["labels"];
    assert_eq!(pods["app.kubernetes.io/managed-by"], "aicoin-operator");
    assert_eq!(pods.get("aicoin.dev/deletion-policy"), None);
}
