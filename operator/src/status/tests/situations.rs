//! Every situation that a bot can be in, and its whole status in words.

use super::*;

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
