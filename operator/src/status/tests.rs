//! What the status says, whole, in every situation; and that no `True` in it outlives what it was about.

use aicoin_api::crd::{Condition, ControlStatus, Remaining};
use aicoin_api::names::condition;

use super::*;
use crate::control::count;
use crate::world::Failing;

mod situations;

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn control(desired: Desired, generation: u64, accepted: u64, effective: u64) -> ControlStatus {
    ControlStatus {
        desired,
        generation,
        accepted_generation: accepted,
        effective_generation: effective,
        local_hold: Hold::None,
    }
}

/// A bot that trades, and nothing is wrong.
fn trading() -> Facts {
    Facts {
        generation: 7,
        control: control(Desired::Running, 3, 3, 3),
        worker: WorkerFact::Pod { ready: true },
        spec_problem: None,
        reconcile_paused: false,
        deleting: None,
        trouble: None,
        remaining: None,
        was_closed: false,
        image: Some("worker:1".to_owned()),
        pod_name: Some("b-worker-1".to_owned()),
        restarts: 0,
        last_restart_at: None,
        ephemeral: false,
    }
}

/// One line for the state and one for each condition that is not as in [`trading`].
fn at(desired: Desired, generation: u64, accepted: u64, effective: u64) -> Facts {
    Facts {
        control: control(desired, generation, accepted, effective),
        ..trading()
    }
}

fn held(hold: Hold, desired: Desired) -> Facts {
    Facts {
        control: ControlStatus {
            local_hold: hold,
            ..control(desired, 3, 3, 3)
        },
        ..trading()
    }
}

fn troubled(trouble: Trouble, worker: WorkerFact) -> Facts {
    Facts {
        trouble: Some(trouble),
        worker,
        ..trading()
    }
}

#[test]
fn a_status_is_whole_from_the_first_time_on() {
    let status = status(
        &Facts {
            remaining: Some(Remaining {
                positions: 2,
                orders: 1,
            }),
            restarts: 4,
            last_restart_at: Some("2026-01-01T00:00:00Z".to_owned()),
            ..at(Desired::CloseAll, 4, 4, 3)
        },
        &TradingBotStatus::default(),
        time(0),
    );
    let conditions: Vec<&str> = status
        .conditions
        .iter()
        .map(|it| it.type_.as_str())
        .collect();
    assert_eq!(conditions, condition::ALL);
    assert!(
        status
            .conditions
            .iter()
            .all(|it| it.observed_generation == Some(7) && !it.message.is_empty())
    );
    assert_eq!(
        TradingBotStatus {
            conditions: Vec::new(),
            ..status
        },
        TradingBotStatus {
            observed_generation: Some(7),
            state: Some(State::Closing),
            conditions: Vec::new(),
            control: Some(control(Desired::CloseAll, 4, 4, 3)),
            remaining: Some(Remaining {
                positions: 2,
                orders: 1
            }),
            restarts: 4,
            last_restart_at: Some("2026-01-01T00:00:00Z".to_owned()),
            worker: Some(WorkerStatus {
                pod_name: Some("b-worker-1".to_owned()),
                image: Some("worker:1".to_owned()),
            }),
        }
    );
}

#[test]
fn what_is_left_is_told_only_while_it_is_being_closed() {
    let left = Some(Remaining {
        positions: 2,
        orders: 1,
    });
    for (name, facts, expected) in [
        ("trading", trading(), None),
        ("closing", at(Desired::CloseAll, 4, 4, 3), left),
        ("closed", at(Desired::CloseAll, 4, 4, 4), None),
        ("paused", at(Desired::Paused, 4, 4, 3), None),
    ] {
        let facts = Facts {
            remaining: left,
            ..facts
        };
        let status = status(&facts, &TradingBotStatus::default(), time(0));
        assert_eq!(status.remaining, expected, "{name}");
    }
}

#[test]
fn a_true_is_never_stale() {
    use Desired::{CloseAll, Paused, Running, Stopped};
    for from in [Running, Paused, CloseAll, Stopped] {
        for to in [Running, Paused, CloseAll, Stopped] {
            let before = control(from, 4, 4, 4);
            let next = count(Some(&before), to);
            // What is written down before the worker hears of it.
            let facts = Facts {
                control: next.clone(),
                ..trading()
            };
            let status = status(&facts, &TradingBotStatus::default(), time(0));
            let pair = (
                is_true(&status.conditions, condition::TRADING_PAUSED),
                is_true(&status.conditions, condition::POSITIONS_CLOSED),
            );
            let expected = if from == to {
                (from != Running, from == CloseAll)
            } else {
                assert_eq!(next.generation, 5);
                (false, false)
            };
            assert_eq!(pair, expected, "{from} -> {to}");
        }
    }
}

#[test]
fn only_what_is_effective_is_true() {
    use Desired::{CloseAll, Paused, Running, Stopped};
    for desired in [Running, Paused, CloseAll, Stopped] {
        for (accepted, effective) in [(3, 3), (4, 3), (3, 4), (4, 4)] {
            let facts = at(desired, 4, accepted, effective);
            let status = status(&facts, &TradingBotStatus::default(), time(0));
            let so = (accepted, effective) == (4, 4);
            assert_eq!(
                (
                    is_true(&status.conditions, condition::READY),
                    is_true(&status.conditions, condition::TRADING_PAUSED),
                    is_true(&status.conditions, condition::POSITIONS_CLOSED),
                ),
                (so, so && desired != Running, so && desired == CloseAll),
                "{desired} {accepted} {effective}"
            );
        }
    }
}

#[test]
fn a_condition_keeps_its_time_until_its_status_changes() {
    let of = |status: &TradingBotStatus, kind: &str| -> Condition {
        status
            .conditions
            .iter()
            .find(|it| it.type_ == kind)
            .unwrap()
            .clone()
    };
    let first = status(
        &at(Desired::Paused, 4, 3, 3),
        &TradingBotStatus::default(),
        time(0),
    );
    let second = status(&at(Desired::Paused, 4, 4, 3), &first, time(10));
    let third = status(&at(Desired::Paused, 4, 4, 4), &second, time(20));
    let fourth = status(&at(Desired::Paused, 4, 4, 4), &third, time(30));
    let paused = |status| of(status, condition::TRADING_PAUSED).last_transition_time.0;
    assert_eq!(
        [paused(&first), paused(&second), paused(&third)],
        [time(0), time(0), time(20)]
    );
    assert_ne!(
        of(&first, condition::TRADING_PAUSED),
        of(&second, condition::TRADING_PAUSED)
    );
    assert!(is_same(&third, &fourth), "an idle pass writes nothing");
}

#[test]
fn a_time_has_whole_seconds_as_the_api_server_keeps_it() {
    let now = Timestamp::from_millisecond(1_800_000_000_999).unwrap();
    let status = status(&trading(), &TradingBotStatus::default(), now);
    assert!(
        status
            .conditions
            .iter()
            .all(|it| it.last_transition_time.0 == time(0))
    );
}

#[test]
fn a_sentence_of_the_api_server_is_cut() {
    let facts = troubled(
        Trouble::Apply("ä".repeat(5000)),
        WorkerFact::Pod { ready: true },
    );
    let status = status(&facts, &TradingBotStatus::default(), time(0));
    let degraded = status
        .conditions
        .iter()
        .find(|it| it.type_ == condition::DEGRADED)
        .unwrap();
    assert_eq!(degraded.message, "ä".repeat(512));
}

#[test]
fn a_status_is_put_over_one_copy_and_names_nothing_that_is_gone() {
    let facts = Facts {
        pod_name: None,
        image: None,
        ..trading()
    };
    let object = serde_json::from_value(json!({
        "apiVersion": "aicoin.dev/v1alpha1",
        "kind": "TradingBot",
        "metadata": {"name": "b", "namespace": "n", "uid": "u", "resourceVersion": "42"},
        "spec": {},
    }))
    .unwrap();
    let bot = crate::world::Bot::read(object).unwrap();
    let body = body(&status(&facts, &TradingBotStatus::default(), time(0)), &bot).unwrap();
    assert_eq!(
        body["metadata"],
        json!({"name": "b", "namespace": "n", "uid": "u", "resourceVersion": "42"})
    );
    let status = &body["status"];
    for gone in ["remaining", "lastRestartAt"] {
        assert_eq!(status.get(gone), None, "{gone}");
    }
    assert_eq!(status["worker"], json!({}));
    assert_eq!(status["restarts"], 0);
}

/// What happened between two situations.
fn between(before: &Facts, after: &Facts) -> Vec<(bool, String)> {
    let before = status(before, &TradingBotStatus::default(), time(0));
    let after = status(after, &before, time(1));
    notes(&before, &after)
        .into_iter()
        .map(|note| (note.warning, note.reason))
        .collect()
}

#[test]
fn each_transition_is_told_once() {
    use Desired::{CloseAll, Paused, Running};
    let normal = |reason: &str| (false, reason.to_owned());
    let warning = |reason: &str| (true, reason.to_owned());
    let unreachable = || troubled(Trouble::Unreachable, WorkerFact::Pod { ready: true });
    let stuck = || troubled(Trouble::Stuck, WorkerFact::Pod { ready: true });
    let invalid = |sentence: &str| Facts {
        spec_problem: Some(sentence.to_owned()),
        ..trading()
    };
    let restarts = |restarts| Facts {
        restarts,
        ..trading()
    };
    for (name, before, after, expected) in [
        ("nothing", trading(), trading(), vec![]),
        ("pause asked", trading(), at(Paused, 4, 3, 3), vec![]),
        (
            "paused",
            at(Paused, 4, 4, 3),
            at(Paused, 4, 4, 4),
            vec![normal("TradingPaused")],
        ),
        ("resumed", at(Paused, 4, 4, 4), at(Running, 5, 4, 4), vec![]),
        (
            "closed",
            at(CloseAll, 4, 4, 3),
            at(CloseAll, 4, 4, 4),
            vec![normal("TradingPaused"), normal("PositionsClosed")],
        ),
        (
            "unreachable",
            trading(),
            unreachable(),
            vec![warning("ControlUnreachable")],
        ),
        ("still unreachable", unreachable(), unreachable(), vec![]),
        (
            "another trouble",
            unreachable(),
            stuck(),
            vec![warning("WorkerStuck")],
        ),
        ("recovered", stuck(), trading(), vec![normal("Recovered")]),
        (
            "invalid",
            trading(),
            invalid("No."),
            vec![warning("SpecInvalid")],
        ),
        (
            "invalid otherwise",
            invalid("No."),
            invalid("Never."),
            vec![warning("SpecInvalid")],
        ),
        ("valid again", invalid("No."), trading(), vec![]),
        (
            "restarted by the kubelet",
            trading(),
            restarts(1),
            vec![warning("WorkerRestarted")],
        ),
        (
            "another pod",
            restarts(3),
            Facts {
                pod_name: Some("new".to_owned()),
                ..restarts(4)
            },
            vec![],
        ),
        (
            "restarted on request",
            trading(),
            Facts {
                last_restart_at: Some("2026-01-01T00:00:00Z".to_owned()),
                ..trading()
            },
            vec![normal("Restarted")],
        ),
    ] {
        assert_eq!(between(&before, &after), expected, "{name}");
    }
}

#[test]
fn the_first_status_is_no_news() {
    let first = status(
        &troubled(Trouble::Unreachable, WorkerFact::Pod { ready: true }),
        &TradingBotStatus::default(),
        time(0),
    );
    assert_eq!(notes(&TradingBotStatus::default(), &first), []);
}
