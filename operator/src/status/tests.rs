//! What the status says, whole, in every situation; and that no `True` in it outlives what it was about.

use aicoin_api::crd::{Condition, ControlStatus, Remaining};
use aicoin_api::names::condition;

use super::*;
use crate::control::count;
use crate::world::Failing;

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
fn in_words(status: &TradingBotStatus) -> String {
    let mut text = format!("{}", status.state.unwrap());
    for it in &status.conditions {
        text.push_str(&format!(
            "\n    {:<20} {:<5} {}",
            it.type_, it.status, it.reason
        ));
    }
    text
}

const TRADES: &str = "Running
    Ready                True  AsAsked
    Progressing          False Settled
    Degraded             False AsAsked
    TradingPaused        False NotAsked
    PositionsClosed      False NotAsked
    SpecValid            True  Valid
    ReconciliationPaused False Reconciling";

/// What is different from a bot that trades.
const TABLE: &str = "\
nothing was made yet: Pending
    Ready                False Creating
    Progressing          True  Creating
nothing was made, and the spec breaks a rule: Invalid
    Ready                False Invalid
    Progressing          False Invalid
    SpecValid            False Invalid
nothing was made, a child is refused: Pending
    Ready                False Creating
    Progressing          True  Creating
    Degraded             True  ApplyFailed
nothing was made, a name is taken: Pending
    Ready                False Creating
    Progressing          True  Creating
    Degraded             True  NameTaken
no pod yet: Starting
    Ready                False Starting
    Progressing          True  Starting
the pod starts: Starting
    Ready                False ControlNotAccepted
    Progressing          True  ControlNotAccepted
its image is not there: Starting
    Ready                False ImageUnavailable
    Progressing          True  ControlNotAccepted
    Degraded             True  ImageUnavailable
accepted, the pod is not ready: Running
    Ready                False WorkerNotReady
trades, at an address without a pod: Running
trades, and the account is lost with the pod: Running
    Ready                True  AsAskedEphemeralAccount
its pod went: Running
    Ready                False Starting
    Progressing          True  Starting
pause asked: Running
    Ready                False ControlNotAccepted
    Progressing          True  ControlNotAccepted
    TradingPaused        False ControlNotAccepted
pause accepted: Running
    Ready                False ControlNotEffective
    Progressing          True  ControlNotEffective
    TradingPaused        False ControlNotEffective
paused: Paused
    TradingPaused        True  Paused
paused, the pod is not ready: Paused
    Ready                False WorkerNotReady
    TradingPaused        True  Paused
resume asked: Running
    Ready                False ControlNotAccepted
    Progressing          True  ControlNotAccepted
close-all asked: Closing
    Ready                False ControlNotAccepted
    Progressing          True  ControlNotAccepted
    TradingPaused        False ControlNotAccepted
    PositionsClosed      False ControlNotAccepted
close-all accepted: Closing
    Ready                False ControlNotEffective
    Progressing          True  ControlNotEffective
    TradingPaused        False ControlNotEffective
    PositionsClosed      False Closing
closed: Closed
    TradingPaused        True  Paused
    PositionsClosed      True  Closed
pause asked after closing: Running
    Ready                False ControlNotAccepted
    Progressing          True  ControlNotAccepted
    TradingPaused        False ControlNotAccepted
stop asked while flat: Running
    Ready                False ControlNotAccepted
    Progressing          True  ControlNotAccepted
    TradingPaused        False ControlNotAccepted
stop accepted: Paused
    TradingPaused        True  Paused
stop refused: Running
    Ready                False StopRefused
    Degraded             True  StopRefused
stopped: Stopped
    Ready                False Stopped
    TradingPaused        True  Paused
stopped after closing: Stopped
    Ready                False Stopped
    TradingPaused        True  Paused
    PositionsClosed      True  Closed
stopped before it ever ran: Stopped
    Ready                False Stopped
    TradingPaused        True  Paused
held at the worker: Paused
    Ready                False LocalHold
closed at the worker: Closed
    Ready                False LocalHold
held at the worker, and paused here: Paused
    TradingPaused        True  Paused
the hold is no word: Paused
    Degraded             True  HoldUnknown
    TradingPaused        True  Paused
unreachable: Running
    Ready                False ControlUnreachable
    Degraded             True  ControlUnreachable
unreachable, and the kubelet reaches it: Running
    Degraded             True  ControlUnreachable
stuck: Running
    Ready                False WorkerStuck
    Degraded             True  WorkerStuck
the token is refused: Running
    Degraded             True  ControlTokenRefused
crashing: Running
    Ready                False WorkerCrashing
    Degraded             True  WorkerCrashing
no node: Running
    Ready                False PodUnschedulable
    Degraded             True  PodUnschedulable
bad config: Running
    Ready                False PodCannotStart
    Degraded             True  PodCannotStart
halted: Halted
    Ready                False CrashLoop
    Degraded             True  CrashLoop
halted, as the status says: Halted
    Ready                False CrashLoop
    Degraded             True  CrashLoop
no key: Running
    Degraded             True  KeyMissing
the spec breaks a rule: Invalid
    Ready                False Invalid
    SpecValid            False Invalid
the spec breaks a rule, and it is paused: Invalid
    Ready                False Invalid
    TradingPaused        True  Paused
    SpecValid            False Invalid
children left alone: Running
    ReconciliationPaused True  AskedByAnnotation
closing for deletion: Deleting
    Ready                False Deleting
    Progressing          True  Closing
    TradingPaused        False ControlNotEffective
    PositionsClosed      False Closing
closing for deletion does not get on: Deleting
    Ready                False Deleting
    Progressing          True  Closing
    Degraded             True  DeletionStuck
    TradingPaused        False ControlNotEffective
    PositionsClosed      False Closing
its children go: Deleting
    Ready                False Deleting
    Progressing          True  Deleting
    TradingPaused        True  Paused
    PositionsClosed      True  Closed
";

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

fn situations() -> Vec<(&'static str, Facts)> {
    use Desired::{CloseAll, Paused, Running, Stopped};
    let (ready, unready) = (
        WorkerFact::Pod { ready: true },
        WorkerFact::Pod { ready: false },
    );
    let new = || Facts {
        worker: WorkerFact::NoDeployment,
        pod_name: None,
        image: None,
        ..at(Running, 1, 0, 0)
    };
    vec![
        ("nothing was made yet", new()),
        (
            "nothing was made, and the spec breaks a rule",
            Facts {
                spec_problem: Some("No.".to_owned()),
                ..new()
            },
        ),
        (
            "nothing was made, a child is refused",
            Facts {
                trouble: Some(Trouble::Apply("No.".to_owned())),
                ..new()
            },
        ),
        (
            "nothing was made, a name is taken",
            Facts {
                trouble: Some(Trouble::NameTaken("The Service b-worker".to_owned())),
                ..new()
            },
        ),
        (
            "no pod yet",
            Facts {
                worker: WorkerFact::NoPod,
                ..new()
            },
        ),
        (
            "the pod starts",
            Facts {
                worker: unready,
                ..new()
            },
        ),
        (
            "its image is not there",
            Facts {
                worker: unready,
                trouble: Some(Trouble::Pod(Failing::Image)),
                ..new()
            },
        ),
        (
            "accepted, the pod is not ready",
            Facts {
                worker: unready,
                ..trading()
            },
        ),
        (
            "trades, at an address without a pod",
            Facts {
                worker: WorkerFact::Direct { ready: true },
                ..trading()
            },
        ),
        (
            "trades, and the account is lost with the pod",
            Facts {
                ephemeral: true,
                ..trading()
            },
        ),
        (
            "its pod went",
            Facts {
                worker: WorkerFact::NoPod,
                ..trading()
            },
        ),
        ("pause asked", at(Paused, 4, 3, 3)),
        ("pause accepted", at(Paused, 4, 4, 3)),
        ("paused", at(Paused, 4, 4, 4)),
        (
            "paused, the pod is not ready",
            Facts {
                worker: unready,
                ..at(Paused, 4, 4, 4)
            },
        ),
        ("resume asked", at(Running, 5, 4, 4)),
        ("close-all asked", at(CloseAll, 4, 3, 3)),
        (
            "close-all accepted",
            Facts {
                remaining: Some(Remaining {
                    positions: 2,
                    orders: 1,
                }),
                ..at(CloseAll, 4, 4, 3)
            },
        ),
        (
            "closed",
            Facts {
                was_closed: true,
                ..at(CloseAll, 4, 4, 4)
            },
        ),
        ("pause asked after closing", at(Paused, 5, 4, 4)),
        ("stop asked while flat", at(Stopped, 4, 3, 3)),
        ("stop accepted", at(Stopped, 4, 4, 4)),
        (
            "stop refused",
            Facts {
                trouble: Some(Trouble::StopRefused { positions: 2 }),
                ..trading()
            },
        ),
        (
            "stopped",
            Facts {
                worker: WorkerFact::Stopped,
                ..at(Stopped, 4, 4, 4)
            },
        ),
        (
            "stopped after closing",
            Facts {
                worker: WorkerFact::Stopped,
                was_closed: true,
                ..at(Stopped, 4, 4, 4)
            },
        ),
        (
            "stopped before it ever ran",
            Facts {
                worker: WorkerFact::Stopped,
                ..at(Stopped, 0, 0, 0)
            },
        ),
        ("held at the worker", held(Hold::Paused, Running)),
        ("closed at the worker", held(Hold::CloseAll, Running)),
        (
            "held at the worker, and paused here",
            held(Hold::Paused, Paused),
        ),
        (
            "the hold is no word",
            Facts {
                trouble: Some(Trouble::HoldUnknown),
                ..at(Paused, 4, 4, 4)
            },
        ),
        ("unreachable", troubled(Trouble::Unreachable, unready)),
        (
            "unreachable, and the kubelet reaches it",
            troubled(Trouble::Unreachable, ready),
        ),
        ("stuck", troubled(Trouble::Stuck, unready)),
        (
            "the token is refused",
            troubled(Trouble::TokenRefused, ready),
        ),
        (
            "crashing",
            troubled(Trouble::Pod(Failing::Crashing), unready),
        ),
        (
            "no node",
            troubled(Trouble::Pod(Failing::Unschedulable), unready),
        ),
        (
            "bad config",
            troubled(Trouble::Pod(Failing::Config), unready),
        ),
        (
            "halted",
            troubled(Trouble::Worker("CrashLoop".to_owned()), unready),
        ),
        (
            "halted, as the status says",
            troubled(
                Trouble::Kept {
                    reason: "CrashLoop".to_owned(),
                    message: "It halted.".to_owned(),
                },
                unready,
            ),
        ),
        (
            "no key",
            troubled(Trouble::Worker("KeyMissing".to_owned()), ready),
        ),
        (
            "the spec breaks a rule",
            Facts {
                spec_problem: Some("No.".to_owned()),
                ..trading()
            },
        ),
        (
            "the spec breaks a rule, and it is paused",
            Facts {
                spec_problem: Some("No.".to_owned()),
                ..at(Paused, 4, 4, 4)
            },
        ),
        (
            "children left alone",
            Facts {
                reconcile_paused: true,
                ..trading()
            },
        ),
        (
            "closing for deletion",
            Facts {
                deleting: Some(Closing::Positions),
                ..at(CloseAll, 4, 4, 3)
            },
        ),
        (
            "closing for deletion does not get on",
            Facts {
                deleting: Some(Closing::Positions),
                trouble: Some(Trouble::Deletion),
                remaining: Some(Remaining {
                    positions: 1,
                    orders: 0,
                }),
                ..at(CloseAll, 4, 4, 3)
            },
        ),
        (
            "its children go",
            Facts {
                deleting: Some(Closing::Children),
                was_closed: true,
                ..at(CloseAll, 4, 4, 4)
            },
        ),
    ]
}

#[test]
fn every_situation_in_words() {
    let first = status(&trading(), &TradingBotStatus::default(), time(0));
    assert_eq!(in_words(&first), TRADES);
    let mut table = String::new();
    for (name, facts) in situations() {
        let status = status(&facts, &TradingBotStatus::default(), time(0));
        let words = in_words(&status);
        let mut lines = words.lines().zip(TRADES.lines());
        let state = lines.next().unwrap().0;
        table.push_str(&format!("{name}: {state}\n"));
        for (line, usual) in lines {
            if line != usual {
                table.push_str(&format!("{line}\n"));
            }
        }
    }
    assert_eq!(table, TABLE, "{table}");
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
