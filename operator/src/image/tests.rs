//! Which image, and which restart, in every situation.

use serde_json::{Value, json};

use super::*;

const OLD: &str = "worker:1";
const NEW: &str = "worker:2";
const FIRST: &str = "2026-01-01T00:00:00Z";
const SECOND: &str = "2026-01-02T00:00:00Z";

fn bot(annotation: Option<&str>, worker: Value, status: Value) -> (Bot, TradingBotSpec) {
    let mut object = json!({
        "apiVersion": "aicoin.dev/v1alpha1", "kind": "TradingBot",
        "metadata": {"namespace": "ns", "name": "b", "uid": "one", "annotations": {}},
        "spec": {
            "markets": ["BTC"],
            "decision": {"interval": "1m", "rule": {"emaCross": {"fast": 3, "slow": 5, "notional": "1000"}}},
            "worker": worker,
        },
        "status": status,
    });
    if let Some(time) = annotation {
        object["metadata"]["annotations"]["aicoin.dev/restarted-at"] = json!(time);
    }
    let bot = Bot::read(serde_json::from_value(object).unwrap()).unwrap();
    let spec = bot.spec().unwrap();
    (bot, spec)
}

fn deployment(image: &str, restarted_at: Option<&str>) -> DeploymentView {
    DeploymentView {
        replicas: 1,
        image: image.to_owned(),
        restarted_at: restarted_at.map(str::to_owned),
        deletion_policy: aicoin_api::bot::DeletionPolicy::CloseAll,
    }
}

#[test]
fn an_image_is_pinned_until_a_restart_and_automatic_ones_wait_for_their_turn() {
    let pinned = || json!({});
    let automatic = || json!({"updatePolicy": "Automatic"});
    let remembered = || json!({"worker": {"image": OLD}, "lastRestartAt": FIRST});
    let none = || json!({});
    for (name, annotation, worker, status, view, turn, expected) in [
        ("first start", None, pinned(), none(), None, false, NEW),
        (
            "pinned",
            None,
            pinned(),
            none(),
            Some(deployment(OLD, None)),
            true,
            OLD,
        ),
        (
            "named",
            None,
            json!({"image": "mine:3"}),
            none(),
            Some(deployment(OLD, None)),
            true,
            "mine:3",
        ),
        (
            "restart asked",
            Some(FIRST),
            pinned(),
            none(),
            Some(deployment(OLD, None)),
            false,
            NEW,
        ),
        (
            "restart done",
            Some(FIRST),
            pinned(),
            none(),
            Some(deployment(OLD, Some(FIRST))),
            false,
            OLD,
        ),
        (
            "asked again",
            Some(SECOND),
            pinned(),
            none(),
            Some(deployment(OLD, Some(FIRST))),
            false,
            NEW,
        ),
        (
            "taken back",
            None,
            pinned(),
            none(),
            Some(deployment(OLD, Some(FIRST))),
            false,
            OLD,
        ),
        (
            "no time",
            Some("now"),
            pinned(),
            none(),
            Some(deployment(OLD, Some(FIRST))),
            false,
            OLD,
        ),
        (
            "empty",
            Some(""),
            pinned(),
            none(),
            Some(deployment(OLD, None)),
            false,
            OLD,
        ),
        (
            "automatic, its turn",
            None,
            automatic(),
            none(),
            Some(deployment(OLD, None)),
            true,
            NEW,
        ),
        (
            "automatic, not its turn",
            None,
            automatic(),
            none(),
            Some(deployment(OLD, None)),
            false,
            OLD,
        ),
        (
            "Deployment taken away",
            Some(FIRST),
            pinned(),
            remembered(),
            None,
            false,
            OLD,
        ),
        (
            "taken away, annotation too",
            None,
            pinned(),
            remembered(),
            None,
            false,
            OLD,
        ),
        (
            "taken away, restart asked",
            Some(SECOND),
            pinned(),
            remembered(),
            None,
            false,
            NEW,
        ),
    ] {
        let (bot, spec) = bot(annotation, worker, status);
        assert_eq!(
            image(&bot, &spec, view.as_ref(), NEW, || turn),
            expected,
            "{name}"
        );
    }
}

#[test]
fn a_turn_is_asked_for_only_by_one_that_would_change() {
    let (bot, spec) = bot(None, json!({"updatePolicy": "Automatic"}), json!({}));
    let image = image(&bot, &spec, Some(&deployment(NEW, None)), NEW, || {
        panic!("it has the image already")
    });
    assert_eq!(image, NEW);
}

#[test]
fn pods_carry_the_restart_that_was_asked_last() {
    let status = || json!({"lastRestartAt": FIRST});
    for (name, annotation, status, view, expected) in [
        ("never", None, json!({}), Some(deployment(OLD, None)), None),
        (
            "asked",
            Some(SECOND),
            json!({}),
            Some(deployment(OLD, Some(FIRST))),
            Some(SECOND),
        ),
        (
            "taken back",
            None,
            json!({}),
            Some(deployment(OLD, Some(FIRST))),
            Some(FIRST),
        ),
        (
            "no time",
            Some("yes"),
            json!({}),
            Some(deployment(OLD, Some(FIRST))),
            Some(FIRST),
        ),
        ("Deployment taken away", None, status(), None, Some(FIRST)),
        (
            "nothing was made",
            Some(SECOND),
            json!({}),
            None,
            Some(SECOND),
        ),
    ] {
        let (bot, _) = bot(annotation, json!({}), status);
        assert_eq!(restart(&bot, view.as_ref()).as_deref(), expected, "{name}");
    }
}
