use super::*;
use crate::bot::tests::{bot, running};
use serde_json::{Value, json};

fn not_yet(why: &str) -> Verdict {
    Verdict::NotYet(why.to_owned())
}

/// A bot that was just asked for `desired`, when the operator has not looked.
fn asked(desired: &str) -> Value {
    let mut object = running();
    object["spec"]["desiredState"] = json!(desired);
    object["metadata"]["generation"] = json!(5);
    object
}

/// … and the operator has: counter 8, not accepted.
fn sent(desired: &str) -> Value {
    let mut object = asked(desired);
    object["status"]["observedGeneration"] = json!(5);
    object["status"]["control"]["desired"] = json!(desired);
    object["status"]["control"]["generation"] = json!(8);
    object
}

/// … and the worker accepted it.
fn taken(desired: &str) -> Value {
    let mut object = sent(desired);
    object["status"]["control"]["acceptedGeneration"] = json!(8);
    object
}

fn condition(kind: &str, status: &str, observed: i64) -> Value {
    json!([{"type": kind, "status": status, "reason": "Why", "message": "Because.", "observedGeneration": observed}])
}

#[test]
fn acceptance_is_of_this_change_and_no_older_one() {
    let judged = |object| judge(&Goal::Accepted, &bot(object));
    // The worker accepted Running (counter 7): that says nothing about the pause.
    assert_eq!(
        judged(asked("Paused")),
        not_yet("the operator has not looked at the change")
    );
    let mut looked = asked("Paused");
    looked["status"]["observedGeneration"] = json!(5);
    assert_eq!(
        judged(looked),
        not_yet("the operator has not asked the worker for Paused yet")
    );
    assert_eq!(
        judged(sent("Paused")),
        not_yet("the worker has not accepted Paused")
    );
    assert_eq!(judged(taken("Paused")), Verdict::Met);
}

#[test]
fn acceptance_of_an_annotation_is_judged_by_the_control() {
    // An annotation moves no generation.
    let mut object = running();
    object["metadata"]["annotations"] = json!({"aicoin.dev/hold": "CloseAll"});
    assert_eq!(
        judge(&Goal::Accepted, &bot(object.clone())),
        not_yet("the operator has not asked the worker for CloseAll yet")
    );
    object["status"]["control"] = json!({"desired": "CloseAll", "generation": 8, "acceptedGeneration": 8, "effectiveGeneration": 7});
    object["status"]["remaining"] = json!({"positions": 1, "orders": 2});
    assert_eq!(judge(&Goal::Accepted, &bot(object.clone())), Verdict::Met);
    assert_eq!(
        judge(&Goal::Effective, &bot(object.clone())),
        not_yet("CloseAll is accepted and not effective, 1 position and 2 orders left")
    );
    object["status"]["control"]["effectiveGeneration"] = json!(8);
    assert_eq!(judge(&Goal::Effective, &bot(object)), Verdict::Met);
}

#[test]
fn a_weaker_hold_is_not_accepted_before_the_stronger_one_is_gone() {
    let mut object = running();
    object["metadata"]["annotations"] = json!({"aicoin.dev/hold": "Paused"});
    object["status"]["control"]["desired"] = json!("CloseAll");
    assert_eq!(
        judge(&Goal::Accepted, &bot(object)),
        not_yet("the operator has not asked the worker for Paused yet")
    );
}

#[test]
fn a_bot_that_is_being_deleted_may_be_closed_although_it_asks_for_less() {
    let mut object = taken("CloseAll");
    object["spec"]["desiredState"] = json!("Paused");
    object["metadata"]["deletionTimestamp"] = json!("2026-11-25T09:00:00Z");
    assert_eq!(judge(&Goal::Accepted, &bot(object)), Verdict::Met);
}

#[test]
fn an_operator_that_never_looked_accepted_nothing() {
    let object =
        json!({"metadata": {"name": "x", "generation": 1}, "spec": {"desiredState": "Paused"}});
    for goal in [Goal::Accepted, Goal::Effective, Goal::Condition("Ready")] {
        assert_eq!(
            judge(&goal, &bot(object.clone())),
            not_yet("the operator has not looked at the change"),
            "{goal:?}"
        );
    }
}

#[test]
fn the_reason_why_a_worker_does_not_accept_is_told() {
    let mut object = sent("Paused");
    object["status"]["conditions"] = json!([
        {"type": "Degraded", "status": "True", "reason": "ControlUnreachable", "message": "The worker does not answer."}
    ]);
    assert_eq!(
        judge(&Goal::Accepted, &bot(object)),
        not_yet(
            "the worker has not accepted Paused: The worker does not answer (ControlUnreachable)"
        )
    );
}

#[test]
fn a_condition_of_an_older_generation_does_not_count() {
    let judged = |object| judge(&Goal::Condition("TradingPaused"), &bot(object));
    let mut object = asked("Paused");
    object["status"]["conditions"] = condition("TradingPaused", "True", 4);
    assert_eq!(
        judged(object.clone()),
        not_yet("the operator has not looked at the change")
    );
    object["status"]["conditions"] = condition("TradingPaused", "True", 5);
    assert_eq!(judged(object.clone()), Verdict::Met);
    // Without a generation of its own, the status' one counts: as `kubectl wait` does it.
    object["status"]["conditions"] = json!([{"type": "TradingPaused", "status": "True"}]);
    assert_eq!(
        judged(object.clone()),
        not_yet("the operator has not looked at the change")
    );
    object["status"]["observedGeneration"] = json!(5);
    assert_eq!(judged(object), Verdict::Met);
}

#[test]
fn a_condition_that_is_false_says_why_and_what_is_left() {
    let mut object = taken("CloseAll");
    object["status"]["conditions"] = condition("PositionsClosed", "False", 5);
    object["status"]["remaining"] = json!({"positions": 2, "orders": 0});
    assert_eq!(
        judge(&Goal::Condition("PositionsClosed"), &bot(object)),
        not_yet("PositionsClosed is False, 2 positions and 0 orders left: Because (Why)")
    );
}

#[test]
fn a_resume_that_something_stronger_holds_never_comes_true() {
    let judged = |object| judge(&Goal::Resumed, &bot(object));
    assert_eq!(judged(running()), Verdict::Met);

    let mut annotated = running();
    annotated["metadata"]["annotations"] = json!({"aicoin.dev/hold": "Paused"});
    assert_eq!(
        judged(annotated),
        Verdict::Never(
            "the annotation aicoin.dev/hold: Paused holds it; lift it with `kubectl tradingbot resume btc --hold`".into()
        )
    );

    let mut local = running();
    local["status"]["control"]["localHold"] = json!("CloseAll");
    assert_eq!(
        judged(local),
        Verdict::Never(
            "the worker's local hold CloseAll keeps it; lift it with `kubectl tradingbot resume btc --direct`".into()
        )
    );

    assert_eq!(
        judged(asked("Paused")),
        Verdict::Never(
            "spec.desiredState is Paused; change it with `kubectl tradingbot resume btc`".into()
        )
    );

    let mut deleted = running();
    deleted["metadata"]["deletionTimestamp"] = json!("2026-11-25T09:00:00Z");
    assert_eq!(
        judged(deleted),
        Verdict::Never("it is being deleted, and trades no more".into())
    );
}

#[test]
fn a_restart_happened_once_it_is_as_young_as_the_wish_and_the_pod_is_another() {
    let judged = |at: &str, old_pod: Option<&str>| {
        let goal = Goal::Restarted {
            at: at.to_owned(),
            old_pod: old_pod.map(str::to_owned),
        };
        judge(&goal, &bot(running()))
    };
    assert_eq!(judged("2026-11-23T11:00:00Z", Some("old")), Verdict::Met);
    assert_eq!(judged("2026-11-23T12:00:00+01:00", None), Verdict::Met);
    assert_eq!(
        judged("2026-11-23T11:00:01Z", Some("old")),
        not_yet("the worker has not been restarted")
    );
    assert_eq!(
        judged("2026-11-23T11:00:00Z", Some("btc-worker-x")),
        not_yet("the old pod is still there")
    );
}
