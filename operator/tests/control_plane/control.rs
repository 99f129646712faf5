//! Pause, close and resume: what is asked, what is accepted, what is true, and in which order it is told.

use aicoin_api::crd::State;
use aicoin_api::names::{annotation, condition};
use aicoin_domain::{Desired, Hold};
use serde_json::json;

use super::rig::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_is_asked_then_accepted_then_effective_and_only_then_true() {
    let mut rig = Rig::new("pause").await;
    rig.trading("b").await;
    rig.worker.with(|inner| inner.at_once = false);
    rig.desire("b", "Paused").await;
    let accepted = rig
        .until("b", "acceptance", |status| control_of(status).2 == 2)
        .await;
    assert_eq!(control_of(&accepted), (Some(State::Running), 2, 2, 1));
    assert_eq!(
        condition_of(&accepted, condition::TRADING_PAUSED),
        ("False".to_owned(), "ControlNotEffective".to_owned())
    );
    rig.worker.make_effective();
    let paused = rig.until_true("b", condition::TRADING_PAUSED).await;
    assert_eq!(control_of(&paused), (Some(State::Paused), 2, 2, 2));
    assert!(is_true(&paused, condition::READY), "a paused bot is ready");
    assert!(!is_true(&paused, condition::POSITIONS_CLOSED));
    assert_eq!(
        rig.worker.asked(),
        [(1, Desired::Running), (2, Desired::Paused)]
    );
    rig.stop().await;
}

/// Whatever a worker is asked, the status says nothing at that moment that the asking makes untrue, and its count stands.
#[tokio::test(flavor = "multi_thread")]
async fn a_false_is_written_before_the_worker_hears_of_a_weaker_control() {
    let mut rig = Rig::new("resume").await;
    rig.trading("b").await;
    for (strong, weak, kind) in [
        ("Paused", "Running", condition::TRADING_PAUSED),
        ("CloseAll", "Paused", condition::POSITIONS_CLOSED),
        ("CloseAll", "Running", condition::POSITIONS_CLOSED),
    ] {
        rig.desire("b", strong).await;
        let before = rig.until_true("b", kind).await;
        rig.worker.with(|inner| {
            inner.seen.clear();
            inner.onlooker = Some(rig.bots());
        });
        rig.desire("b", weak).await;
        let generation = control_of(&before).1 + 1;
        rig.until("b", weak, |status| control_of(status).3 == generation)
            .await;
        let seen = rig.worker.with(|inner| {
            inner.onlooker = None;
            std::mem::take(&mut inner.seen)
        });
        let weaker: Vec<_> = seen
            .iter()
            .filter(|seen| seen.generation == generation)
            .collect();
        assert!(!weaker.is_empty());
        for asked in weaker {
            let status = asked.status.as_ref().unwrap();
            assert!(
                control_of(status).1 >= asked.generation,
                "the count stands before it is sent"
            );
            // `Paused` after `CloseAll` is true again as soon as it is accepted, and that is after the first asking.
            assert!(!is_true(status, kind), "{strong} -> {weak}");
        }
    }
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn positions_are_closed_only_when_the_worker_says_so_at_the_present_count() {
    let mut rig = Rig::new("close-all").await;
    rig.trading("b").await;
    rig.worker.with(|inner| {
        inner.at_once = false;
        inner.positions = 3;
    });
    rig.desire("b", "CloseAll").await;
    let closing = rig
        .until("b", "three positions left", |status| {
            status.remaining.is_some_and(|it| it.positions == 3)
        })
        .await;
    assert_eq!(control_of(&closing), (Some(State::Closing), 2, 2, 1));
    assert_eq!(
        condition_of(&closing, condition::POSITIONS_CLOSED),
        ("False".to_owned(), "Closing".to_owned())
    );
    rig.worker.make_effective();
    let closed = rig.until_true("b", condition::POSITIONS_CLOSED).await;
    assert_eq!(control_of(&closed), (Some(State::Closed), 2, 2, 2));
    assert!(is_true(&closed, condition::TRADING_PAUSED));
    assert_eq!(closed.remaining, None);
    // A position that comes back is told, and the word is taken back.
    rig.worker.with(|inner| {
        inner.positions = 1;
        for memory in inner.workers.values_mut() {
            memory.effective = false;
        }
    });
    rig.until_reason("b", condition::POSITIONS_CLOSED, ("False", "Closing"))
        .await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hold_annotation_beats_a_spec_that_is_set_back() {
    let mut rig = Rig::new("hold").await;
    rig.trading("b").await;
    rig.annotate("b", annotation::HOLD, Some("CloseAll")).await;
    rig.until_true("b", condition::POSITIONS_CLOSED).await;
    // What a GitOps tool does, again and again.
    for state in ["Paused", "Running"] {
        rig.desire("b", state).await;
        let generation = rig.get("b").await.unwrap().metadata.generation;
        let status = rig
            .until("b", "an observed generation", |status| {
                status.observed_generation == generation
            })
            .await;
        assert_eq!(control_of(&status), (Some(State::Closed), 2, 2, 2));
        assert!(is_true(&status, condition::POSITIONS_CLOSED));
    }
    assert_eq!(
        rig.worker.asked(),
        [(1, Desired::Running), (2, Desired::CloseAll)]
    );
    rig.annotate("b", annotation::HOLD, None).await;
    rig.until("b", "trading again", |status| control_of(status).3 == 3)
        .await;
    assert_eq!(
        rig.worker.asked(),
        [
            (1, Desired::Running),
            (2, Desired::CloseAll),
            (3, Desired::Running)
        ]
    );
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_that_is_no_word_counts_as_a_pause_and_is_told() {
    let mut rig = Rig::new("hold-unknown").await;
    rig.trading("b").await;
    rig.annotate("b", annotation::HOLD, Some("stop!!")).await;
    let status = rig.until_true("b", condition::TRADING_PAUSED).await;
    assert_eq!(
        condition_of(&status, condition::DEGRADED),
        ("True".to_owned(), "HoldUnknown".to_owned())
    );
    assert_eq!(rig.worker.asked().last(), Some(&(2, Desired::Paused)));
    rig.annotate("b", annotation::HOLD, Some("None")).await;
    rig.until_reason("b", condition::DEGRADED, ("False", "AsAsked"))
        .await;
    rig.until("b", "trading again", |status| control_of(status).3 == 3)
        .await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_counts_higher_is_counted_above() {
    let mut rig = Rig::new("restored").await;
    let uid = rig.trading("b").await;
    // A backup of the cluster was restored: the worker knows more than the status does.
    rig.worker.with(|inner| {
        let memory = inner.workers.get_mut(&uid).unwrap();
        memory.generation = 41;
        memory.desired = Some(Desired::CloseAll);
    });
    rig.desire("b", "Paused").await;
    let status = rig.until_true("b", condition::TRADING_PAUSED).await;
    assert_eq!(control_of(&status), (Some(State::Paused), 42, 42, 42));
    assert_eq!(
        rig.worker.asked(),
        [
            (1, Desired::Running),
            (2, Desired::Paused),
            (42, Desired::Paused)
        ]
    );
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_was_lost_is_found_out_anew() {
    let mut rig = Rig::new("status-lost").await;
    rig.trading("b").await;
    for state in ["Paused", "Running", "Paused"] {
        rig.desire("b", state).await;
        rig.until_true("b", condition::READY).await;
        rig.until("b", state, |status| {
            status
                .control
                .as_ref()
                .is_some_and(|it| it.desired.as_str() == state)
        })
        .await;
    }
    rig.stop().await;
    let lost = json!({"status": null});
    rig.bots()
        .patch_status(
            "b",
            &kube::api::PatchParams::default(),
            &kube::api::Patch::Merge(lost),
        )
        .await
        .unwrap();
    assert_eq!(
        rig.status("b").await,
        aicoin_api::crd::TradingBotStatus::default()
    );
    rig.start();
    let status = rig.until_true("b", condition::TRADING_PAUSED).await;
    assert!(is_true(&status, condition::READY), "{status:#?}");
    rig.desire("b", "Running").await;
    // The worker counted to four before.
    let status = rig
        .until("b", "trading again", |status| control_of(status).3 == 5)
        .await;
    assert!(is_true(&status, condition::READY), "{status:#?}");
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_at_the_worker_itself_is_shown() {
    let mut rig = Rig::new("local-hold").await;
    rig.trading("b").await;
    rig.worker.with(|inner| inner.hold = Hold::Paused);
    let status = rig
        .until_reason("b", condition::READY, ("False", "LocalHold"))
        .await;
    assert_eq!(control_of(&status), (Some(State::Paused), 1, 1, 1));
    assert_eq!(status.control.unwrap().local_hold, Hold::Paused);
    // The contract for a pause is about what was asked here.
    assert!(!is_true(&rig.status("b").await, condition::TRADING_PAUSED));
    rig.worker.with(|inner| inner.hold = Hold::None);
    rig.until_true("b", condition::READY).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_patched_while_the_operator_was_away_is_carried_out_when_it_is_back() {
    let mut rig = Rig::new("away").await;
    rig.trading("b").await;
    rig.stop().await;
    rig.desire("b", "CloseAll").await;
    rig.start();
    rig.until_true("b", condition::POSITIONS_CLOSED).await;
    assert_eq!(
        rig.worker.asked(),
        [(1, Desired::Running), (2, Desired::CloseAll)]
    );
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_made_anew_under_the_same_name_is_counted_from_one_and_heard() {
    let mut rig = Rig::new("made-anew").await;
    let first = rig.trading("b").await;
    for (count, state) in [(2, "Paused"), (3, "Running"), (4, "Paused")] {
        rig.desire("b", state).await;
        rig.until("b", state, |status| control_of(status).3 == count)
            .await;
    }
    rig.delete("b").await;
    rig.until_gone("b").await;
    let second = rig.trading("b").await;
    assert_ne!(first, second);
    assert_eq!(
        control_of(&rig.status("b").await),
        (Some(State::Running), 1, 1, 1)
    );
    assert_eq!(rig.worker.asked_of(&second), [(1, Desired::Running)]);
    rig.stop().await;
}
