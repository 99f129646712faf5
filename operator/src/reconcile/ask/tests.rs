//! When a worker is called, and what its answer, or its silence, makes of that.

use aicoin_api::http::{ControlReply, ControlStatus, Remaining};
use aicoin_domain::Hold;

use super::*;
use crate::contact::Answer;

fn asking(generation: u64) -> Asking {
    Asking {
        uid: "uid".into(),
        address: Some("http://10.0.0.1:8000".to_owned()),
        pod: pod(0),
        generation,
        desired: Desired::Running,
        settled: false,
        known_process: true,
        ever_accepted: true,
        must_look: false,
        look_every: Duration::from_secs(60),
    }
}

fn pod(restarts: i32) -> PodId {
    PodId {
        uid: Some("pod".into()),
        restarts,
    }
}

fn reply() -> ControlReply {
    ControlReply {
        accepted: true,
        control: ControlStatus {
            desired: Desired::Running,
            generation: 1,
            local_hold: Hold::None,
            in_force: Desired::Running,
            accepted: true,
            accepted_generation: 1,
            effective: true,
            effective_generation: 1,
            remaining: Remaining::default(),
        },
        ready: true,
        not_ready: Vec::new(),
        crashes_recent: 0,
    }
}

fn outcome(asking: &Asking, at: Instant, result: Result<(), Silence>) -> Outcome {
    Outcome {
        generation: asking.generation,
        pod: asking.pod.clone(),
        at,
        result: result.map(|()| Answer::Taken(reply())),
    }
}

fn is_within(decision: Decision, least: Duration, most: Duration) -> bool {
    match decision {
        Decision::Wait(Next::After(wait)) => (least..=most).contains(&wait),
        Decision::Wait(Next::Change) | Decision::Call => false,
    }
}

/// Called, and answered like this at `now`.
fn after(asking: &Asking, now: Instant, result: Result<(), Silence>) -> Memo {
    let mut memo = Memo::default();
    assert_eq!(decide(&mut memo, asking, now), Decision::Call);
    heard(&mut memo, asking, outcome(asking, now, result));
    memo
}

#[test]
fn a_new_control_is_asked_at_once_and_not_twice_at_the_same_time() {
    let now = Instant::now();
    let mut memo = Memo::default();
    assert_eq!(decide(&mut memo, &asking(1), now), Decision::Call);
    assert_eq!(
        decide(&mut memo, &asking(1), now),
        Decision::Wait(Next::Change)
    );
    // Another level does not wait for the answer to the first.
    assert_eq!(decide(&mut memo, &asking(2), now), Decision::Call);
}

#[test]
fn a_control_that_is_not_true_yet_is_looked_at_more_and_more_slowly() {
    let mut now = Instant::now();
    let asking = asking(1);
    let mut memo = after(&asking, now, Ok(()));
    for most in [100, 200, 400, 800, 1600, 2000, 2000] {
        let most = Duration::from_millis(most);
        let decision = decide(&mut memo, &asking, now);
        assert!(
            is_within(decision, most, most.mul_f64(1.25)),
            "{most:?}: {decision:?}"
        );
        now += most.mul_f64(1.25);
        assert_eq!(decide(&mut memo, &asking, now), Decision::Call);
        heard(&mut memo, &asking, outcome(&asking, now, Ok(())));
    }
}

#[test]
fn a_silent_worker_is_called_again_after_a_quarter_second_and_then_every_five() {
    let mut now = Instant::now();
    let asking = asking(1);
    let begun = now;
    let mut memo = after(&asking, now, Err(Silence::Unreachable));
    for most in [250, 500, 1000, 2000, 4000, 5000, 5000] {
        let most = Duration::from_millis(most);
        let decision = decide(&mut memo, &asking, now);
        assert!(
            is_within(decision, most, most.mul_f64(1.25)),
            "{most:?}: {decision:?}"
        );
        now += most.mul_f64(1.25);
        assert_eq!(decide(&mut memo, &asking, now), Decision::Call);
        heard(
            &mut memo,
            &asking,
            outcome(&asking, now, Err(Silence::Stuck)),
        );
    }
    // Silent since the first call, for the reason of the last one.
    assert_eq!(memo.silent_since, Some((begun, Silence::Stuck)));
    heard(&mut memo, &asking, outcome(&asking, now, Ok(())));
    assert_eq!(memo.silent_since, None);
}

#[test]
fn another_level_or_another_process_is_asked_without_a_pause() {
    let now = Instant::now();
    for (name, next) in [
        ("level", asking(2)),
        (
            "process",
            Asking {
                pod: pod(1),
                ..asking(1)
            },
        ),
        (
            "pod",
            Asking {
                pod: PodId {
                    uid: Some("other".into()),
                    restarts: 0,
                },
                ..asking(1)
            },
        ),
    ] {
        let mut memo = after(&asking(1), now, Err(Silence::Stuck));
        assert_eq!(decide(&mut memo, &next, now), Decision::Call, "{name}");
    }
}

#[test]
fn a_quiet_bot_is_looked_at_within_a_minute_unless_something_is_to_be_found_out() {
    let now = Instant::now();
    let quiet = Asking {
        settled: true,
        ..asking(1)
    };
    let minute = Duration::from_secs(60);
    // The first look after a start comes at any time of the minute.
    let mut memo = Memo::default();
    let first = decide(&mut memo, &quiet, now);
    assert!(
        first == Decision::Call || is_within(first, Duration::ZERO, minute),
        "{first:?}"
    );
    // Later ones come three quarters of a minute to a minute after the one before.
    let mut memo = after(&asking(1), now, Ok(()));
    let next = decide(&mut memo, &quiet, now);
    assert!(is_within(next, Duration::from_secs(48), minute), "{next:?}");
    for (name, curious) in [
        (
            "must look",
            Asking {
                must_look: true,
                ..quiet.clone()
            },
        ),
        (
            "unknown process",
            Asking {
                known_process: false,
                ..quiet.clone()
            },
        ),
        (
            "not settled",
            Asking {
                settled: false,
                ..quiet
            },
        ),
    ] {
        let mut memo = after(&asking(1), now, Ok(()));
        let due = now + Duration::from_millis(125);
        assert_eq!(decide(&mut memo, &curious, due), Decision::Call, "{name}");
    }
}

#[test]
fn a_quiet_worker_that_is_not_ready_is_looked_at_soon_and_more_slowly_while_its_reasons_stay() {
    let mut now = Instant::now();
    let quiet = Asking {
        settled: true,
        ..asking(1)
    };
    let answer = |at: Instant, why: &[&str]| {
        let reply = ControlReply {
            ready: why.is_empty(),
            not_ready: why.iter().map(|why| (*why).to_owned()).collect(),
            ..reply()
        };
        Outcome {
            result: Ok(Answer::Taken(reply)),
            ..outcome(&quiet, at, Ok(()))
        }
    };
    let mut memo = Memo {
        look_at: Some(now),
        ..Memo::default()
    };
    let stale = ["DataStale"].as_slice();
    let unknown = ["AccountUnknown", "DataStale"].as_slice();
    let looks = [
        (stale, 250),
        (stale, 500),
        (stale, 1_000),
        // Other reasons: more may change.
        (unknown, 250),
        (unknown, 500),
        (unknown, 1_000),
        (unknown, 2_000),
        (unknown, 4_000),
        (unknown, 8_000),
        (unknown, 15_000),
        (unknown, 15_000),
        // Ready: a quiet bot like any other.
        (&[], 48_000),
        (stale, 250),
    ];
    for (why, least) in looks {
        assert_eq!(decide(&mut memo, &quiet, now), Decision::Call);
        heard(&mut memo, &quiet, answer(now, why));
        let least = Duration::from_millis(least);
        let decision = decide(&mut memo, &quiet, now);
        assert!(
            is_within(decision, least, least.mul_f64(1.25)),
            "{why:?}, {least:?}: {decision:?}"
        );
        now += least.mul_f64(1.25);
    }
}

#[test]
fn a_quiet_bot_that_is_silent_is_looked_at_every_few_seconds() {
    let now = Instant::now();
    let quiet = Asking {
        settled: true,
        ..asking(1)
    };
    let mut memo = after(&asking(1), now, Err(Silence::Unreachable));
    let next = decide(&mut memo, &quiet, now);
    assert!(
        is_within(next, Duration::ZERO, Duration::from_millis(6250)),
        "{next:?}"
    );
}

#[test]
fn a_worker_without_an_address_is_unreachable_once_it_has_something_to_hear() {
    let now = Instant::now();
    for (name, asking, expected) in [
        ("not settled", asking(1), Some((now, Silence::Unreachable))),
        (
            "settled",
            Asking {
                settled: true,
                ..asking(1)
            },
            None,
        ),
        (
            "never was up",
            Asking {
                ever_accepted: false,
                ..asking(1)
            },
            None,
        ),
    ] {
        let nowhere = Asking {
            address: None,
            ..asking
        };
        let mut memo = Memo::default();
        assert!(matches!(
            decide(&mut memo, &nowhere, now),
            Decision::Wait(Next::After(_))
        ));
        assert_eq!(memo.silent_since, expected, "{name}");
    }
}

#[test]
fn an_answer_that_was_overtaken_says_nothing() {
    let now = Instant::now();
    let mut memo = after(&asking(2), now, Ok(()));
    heard(
        &mut memo,
        &asking(1),
        outcome(&asking(1), now, Err(Silence::Stuck)),
    );
    assert_eq!(memo.last.map(|last| last.generation), Some(2));
    assert_eq!(memo.silent_since, None);
}

#[test]
fn an_answer_about_an_earlier_bot_of_the_same_name_says_nothing() {
    let now = Instant::now();
    let earlier = Asking {
        uid: "earlier".into(),
        ..asking(7)
    };
    // It came while nothing was known yet, and once the new one was asked.
    let mut memo = Memo::default();
    heard(&mut memo, &earlier, outcome(&earlier, now, Ok(())));
    assert!(memo.last.is_none());
    assert_eq!(decide(&mut memo, &asking(1), now), Decision::Call);
    heard(&mut memo, &earlier, outcome(&earlier, now, Ok(())));
    assert!(memo.last.is_none());
    heard(&mut memo, &asking(1), outcome(&asking(1), now, Ok(())));
    assert_eq!(memo.last.map(|last| last.generation), Some(1));
}

#[test]
fn a_worker_that_never_was_up_is_called_less_often() {
    let mut now = Instant::now();
    let asking = Asking {
        ever_accepted: false,
        ..asking(1)
    };
    let mut memo = after(&asking, now, Err(Silence::Unreachable));
    for _ in 0..10 {
        now += Duration::from_secs(60);
        assert_eq!(decide(&mut memo, &asking, now), Decision::Call);
        heard(
            &mut memo,
            &asking,
            outcome(&asking, now, Err(Silence::Unreachable)),
        );
    }
    let next = decide(&mut memo, &asking, now);
    assert!(
        is_within(next, Duration::from_secs(30), Duration::from_millis(37_500)),
        "{next:?}"
    );
}
