//! Older copies never win, and a list finds out what is gone.

use serde_json::{Value, json};

use super::*;

fn object(value: Value) -> kube::core::DynamicObject {
    serde_json::from_value(value).unwrap()
}

fn bot_of(name: &str, uid: &str, version: u32, state: &str) -> Bot {
    Bot::read(object(json!({
        "apiVersion": "aicoin.dev/v1alpha1", "kind": "TradingBot",
        "metadata": {"namespace": "ns", "name": name, "uid": uid, "resourceVersion": version.to_string()},
        "spec": {"desiredState": state},
    })))
    .unwrap()
}

fn key(name: &str) -> BotKey {
    BotKey {
        namespace: "ns".into(),
        name: name.into(),
    }
}

fn service(bot_uid: &str, uid: &str, version: u32) -> Child {
    Child::read(
        ChildKind::Service,
        &object(json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {
                "namespace": "ns", "name": "b-worker", "uid": uid, "resourceVersion": version.to_string(),
                "labels": {"aicoin.dev/bot-uid": bot_uid, "aicoin.dev/bot": "b"},
            },
        })),
    )
    .unwrap()
}

fn pod(bot_uid: &str, uid: &str, created: u8, deleting: bool) -> Pod {
    let mut metadata = json!({
        "namespace": "ns", "name": format!("b-{uid}"), "uid": uid,
        "labels": {"aicoin.dev/bot-uid": bot_uid},
        "creationTimestamp": format!("2026-01-01T00:00:{created:02}Z"),
    });
    if deleting {
        metadata["deletionTimestamp"] = json!("2026-01-01T00:01:00Z");
    }
    Pod::read(&object(
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata}),
    ))
    .unwrap()
}

fn state(world: &World, name: &str) -> Option<String> {
    let seen = world.seen(&key(name))?;
    Some(format!(
        "{} {:?}",
        seen.bot.resource_version,
        seen.bot.desired.unwrap()
    ))
}

fn uids(uids: &[&str]) -> HashSet<Uid> {
    uids.iter().map(|uid| Uid::from(*uid)).collect()
}

#[test]
fn an_older_copy_of_a_bot_never_wins() {
    let world = World::default();
    assert!(world.put_bot(bot_of("b", "one", 10, "Running")).is_ok());
    // By number, not by letter.
    assert!(world.put_bot(bot_of("b", "one", 9, "Stopped")).is_err());
    // The same copy again says nothing either.
    assert!(world.put_bot(bot_of("b", "one", 10, "Stopped")).is_err());
    assert_eq!(state(&world, "b"), Some("10 Running".to_owned()));
    assert!(world.put_bot(bot_of("b", "one", 11, "Paused")).is_ok());
    assert_eq!(state(&world, "b"), Some("11 Paused".to_owned()));
}

#[test]
fn a_bot_made_anew_under_the_same_name_is_another() {
    let world = World::default();
    assert!(world.put_bot(bot_of("b", "one", 10, "Running")).is_ok());
    world.put_child(service("one", "service-of-one", 5));
    // A restored backup may count from lower down.
    let before = world
        .put_bot(bot_of("b", "two", 3, "Paused"))
        .unwrap()
        .unwrap();
    assert_eq!(&*before.uid, "one");
    assert_eq!(state(&world, "b"), Some("3 Paused".to_owned()));
    assert!(world.bot_by_uid("one").is_none());
    assert_eq!(world.orphans(), [Uid::from("one")]);
    // The end of the first, told late, does not take the second away.
    world.remove_bot(&key("b"), "one");
    assert_eq!(state(&world, "b"), Some("3 Paused".to_owned()));
    assert!(world.seen(&key("b")).unwrap().children.is_empty());
}

#[test]
fn an_older_copy_of_a_child_never_wins() {
    let world = World::default();
    assert!(world.put_bot(bot_of("b", "one", 1, "Running")).is_ok());
    let version = || {
        world.seen(&key("b")).unwrap().children[0]
            .resource_version
            .clone()
    };
    assert!(world.put_child(service("one", "service", 10)));
    assert!(!world.put_child(service("one", "service", 9)));
    assert_eq!(version(), "10");
    // The same again is no news, and neither is another version that says the same.
    assert!(!world.put_child(service("one", "service", 10)));
    assert!(!world.put_child(service("one", "service", 11)));
    assert_eq!(version(), "11");
    // What was not intact may be found to be, at the same version.
    let intact = Child {
        intact: true,
        ..service("one", "service", 11)
    };
    assert!(world.put_child(intact));
    // Made anew by hand: another object.
    assert!(world.put_child(service("one", "another", 3)));
    assert_eq!(version(), "3");
    // The end of the first, told late, does not take the second away.
    world.remove_child("one", ChildKind::Service, "b-worker", "service");
    assert_eq!(version(), "3");
    world.remove_child("one", ChildKind::Service, "b-worker", "another");
    assert!(world.seen(&key("b")).unwrap().children.is_empty());
}

#[test]
fn a_list_finds_what_is_gone_and_only_in_its_own_namespace() {
    let world = World::default();
    for (name, uid) in [("a", "1"), ("b", "2")] {
        assert!(world.put_bot(bot_of(name, uid, 1, "Running")).is_ok());
        world.put_child(service(uid, &format!("service-{uid}"), 1));
        world.put_pod(pod(uid, &format!("pod-{uid}"), 0, false));
    }
    assert!(world.keep_bots(Some("other"), &uids(&[])).is_empty());
    assert!(
        world
            .keep_children(ChildKind::Service, Some("other"), &uids(&[]))
            .is_empty()
    );
    assert!(
        world
            .keep_children(ChildKind::Deployment, None, &uids(&[]))
            .is_empty()
    );
    assert!(world.keep_pods(Some("other"), &uids(&[])).is_empty());

    assert_eq!(
        world.keep_children(ChildKind::Service, Some("ns"), &uids(&["service-1"])),
        [Uid::from("2")]
    );
    assert_eq!(world.keep_pods(None, &uids(&["pod-1"])), [Uid::from("2")]);
    assert_eq!(
        world.keep_bots(None, &uids(&["1"])),
        [(key("b"), Uid::from("2"))]
    );
    assert_eq!(world.bot_keys(), [key("a")]);
    let seen = world.seen(&key("a")).unwrap();
    assert_eq!((seen.children.len(), seen.pods), (1, 1));
    assert!(world.orphans().is_empty());
}

#[test]
fn a_watch_does_not_take_back_what_a_write_of_ours_answered() {
    let world = World::default();
    assert!(world.put_bot(bot_of("b", "one", 1, "Running")).is_ok());
    let with = |version, intact| Child {
        intact,
        ..service("one", "service", version)
    };
    let is_intact = || world.seen(&key("b")).unwrap().children[0].intact;
    // The watch was about to show the version that the answer of the write put first.
    assert!(world.put_child(with(10, true)));
    assert!(!world.show_child(with(10, false)));
    assert!(is_intact());
    // The other way round the answer wins as well, and a later version wins over both.
    assert!(world.show_child(with(11, false)));
    assert!(world.put_child(with(11, true)));
    assert!(is_intact());
    assert!(world.show_child(with(12, false)));
    assert!(!is_intact());
}

#[test]
fn children_without_their_bot_are_orphans_until_nothing_is_left() {
    let world = World::default();
    world.put_child(service("gone", "service", 1));
    world.put_pod(pod("gone", "pod", 0, false));
    assert_eq!(world.orphans(), [Uid::from("gone")]);
    assert!(world.is_in_use("ns"));
    assert_eq!(
        world.orphan("gone").unwrap().pod.unwrap().uid,
        Uid::from("pod")
    );
    // A watch of bots that is behind may bring it yet.
    assert!(world.put_bot(bot_of("b", "gone", 1, "Running")).is_ok());
    assert!(world.orphan("gone").is_none() && world.orphans().is_empty());
    world.remove_bot(&key("b"), "gone");
    world.remove_child("gone", ChildKind::Service, "b-worker", "service");
    assert!(world.orphan("gone").is_none() && world.orphans().is_empty());
    assert!(!world.is_in_use("ns"));
}

#[test]
fn the_pod_that_counts_is_the_newest_that_is_not_going_away() {
    let world = World::default();
    assert!(world.put_bot(bot_of("b", "one", 1, "Running")).is_ok());
    let counts = || {
        world
            .seen(&key("b"))
            .unwrap()
            .pod
            .map(|pod| pod.uid.to_string())
    };
    assert_eq!(counts(), None);
    world.put_pod(pod("one", "old", 1, false));
    world.put_pod(pod("one", "new", 2, false));
    assert_eq!(counts().as_deref(), Some("new"));
    world.put_pod(pod("one", "new", 2, true));
    assert_eq!(counts().as_deref(), Some("old"));
    world.put_pod(pod("one", "old", 1, true));
    assert_eq!(counts().as_deref(), Some("new"));
    assert_eq!(world.seen(&key("b")).unwrap().pods, 2);
    world.remove_pod("one", "new");
    world.remove_pod("one", "old");
    assert_eq!(counts(), None);
}

#[test]
fn the_keys_of_a_namespace_are_those_written_last() {
    let world = World::default();
    let map = |version: u32, text: &str| KeyMap {
        resource_version: version.to_string(),
        data: [("keys.json".to_owned(), text.to_owned())].into(),
    };
    world.put_key_map("ns".into(), Some(map(10, "new")));
    world.put_key_map("ns".into(), Some(map(9, "old")));
    assert_eq!(world.key_map("ns"), Some(map(10, "new")));
    assert_eq!(
        world.namespaces().into_iter().collect::<Vec<_>>(),
        [Arc::from("ns")]
    );
    assert!(!world.is_in_use("ns"));
    world.put_key_map("ns".into(), None);
    assert_eq!(world.key_map("ns"), None);
}

#[test]
fn a_broken_bot_is_still_read_as_far_as_its_controls() {
    let read = |spec: Value| {
        Bot::read(object(json!({
            "apiVersion": "aicoin.dev/v1alpha1", "kind": "TradingBot",
            "metadata": {
                "namespace": "ns", "name": "b", "uid": "one",
                "annotations": {
                    "aicoin.dev/hold": "CloseAll", "aicoin.dev/reconcile": "paused",
                    "aicoin.dev/force-delete": "true", "aicoin.dev/restarted-at": "2026-01-01T00:00:00Z",
                },
            },
            "spec": spec,
            "status": {"state": "a word of another version"},
        })))
        .unwrap()
    };
    use aicoin_domain::Desired;
    let asked = Asked {
        hold: Some("CloseAll".to_owned()),
        restarted_at: Some("2026-01-01T00:00:00Z".to_owned()),
        reconcile_paused: true,
        force_delete: true,
    };
    for (spec, desired, policy) in [
        (
            json!({"desiredState": "Paused", "markets": 7}),
            Some(Desired::Paused),
            "CloseAll",
        ),
        (
            json!({"deletionPolicy": "Retain"}),
            Some(Desired::Running),
            "Retain",
        ),
        (
            json!({"desiredState": "paused", "deletionPolicy": "keep"}),
            None,
            "CloseAll",
        ),
        (json!(null), Some(Desired::Running), "CloseAll"),
    ] {
        let bot = read(spec.clone());
        assert_eq!(bot.desired, desired, "{spec}");
        assert_eq!(format!("{:?}", bot.deletion_policy), policy, "{spec}");
        assert_eq!(bot.asked, asked);
        assert_eq!(bot.status, aicoin_api::crd::TradingBotStatus::default());
        assert!(bot.spec().is_err(), "{spec}");
    }
}

#[test]
fn a_pod_is_read_as_its_kubelet_writes_it() {
    let read = |status: Value| {
        let pod = Pod::read(&object(json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"namespace": "ns", "name": "b-x", "uid": "pod", "labels": {"aicoin.dev/bot-uid": "one"}},
            "status": status,
        })))
        .unwrap();
        (
            pod.ready,
            pod.running,
            pod.started,
            pod.restarts,
            pod.failing,
        )
    };
    let container = |state: Value, restarts: u8| {
        json!({"containerStatuses": [
            {"name": "sidecar", "state": {"running": {}}, "restartCount": 9},
            {"name": "worker", "state": state, "restartCount": restarts},
        ]})
    };
    let waiting =
        |reason: &str, restarts| container(json!({"waiting": {"reason": reason}}), restarts);
    for (name, status, expected) in [
        ("new", json!({}), (false, false, false, 0, None)),
        (
            "no node",
            json!({"conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}]}),
            (false, false, false, 0, Some(Failing::Unschedulable)),
        ),
        (
            "being made",
            waiting("ContainerCreating", 0),
            (false, false, false, 0, None),
        ),
        (
            "no image",
            waiting("ErrImagePull", 0),
            (false, false, false, 0, Some(Failing::Image)),
        ),
        (
            "still none",
            waiting("ImagePullBackOff", 0),
            (false, false, false, 0, Some(Failing::Image)),
        ),
        (
            "bad config",
            waiting("CreateContainerConfigError", 0),
            (false, false, false, 0, Some(Failing::Config)),
        ),
        (
            "runs",
            container(json!({"running": {}}), 0),
            (false, true, true, 0, None),
        ),
        (
            "ended",
            container(
                json!({"terminated": {"exitCode": 0, "startedAt": "2026-01-01T00:00:00Z"}}),
                0,
            ),
            (false, false, true, 0, None),
        ),
        (
            "taken away before it began",
            container(
                json!({"terminated": {"exitCode": 137, "reason": "ContainerStatusUnknown", "startedAt": null}}),
                0,
            ),
            (false, false, false, 0, None),
        ),
        (
            "crashing",
            waiting("CrashLoopBackOff", 3),
            (false, false, true, 3, Some(Failing::Crashing)),
        ),
        (
            "ready",
            json!({
                "conditions": [{"type": "Ready", "status": "True"}],
                "containerStatuses": [{"name": "worker", "state": {"running": {}}, "restartCount": 1}],
            }),
            (true, true, true, 1, None),
        ),
    ] {
        assert_eq!(read(status), expected, "{name}");
    }
}
