//! Stopping: refused while positions are open, carried out when it is flat, undone when closing asks for it.

use std::time::Duration;

use aicoin_api::crd::State;
use aicoin_api::names::{annotation, condition};
use aicoin_domain::Desired;
use serde_json::json;

use super::rig::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_is_refused_while_positions_are_open_and_nothing_is_done() {
    let mut rig = Rig::new("stop-refused").await;
    rig.trading("b").await;
    rig.worker.with(|inner| inner.positions = 2);
    rig.desire("b", "Stopped").await;
    let status = rig
        .until_reason("b", condition::DEGRADED, ("True", "StopRefused"))
        .await;
    assert!(
        message_of(&status, condition::DEGRADED).contains("while 2 positions are open"),
        "{status:#?}"
    );
    let seen = || async {
        let status = rig.status("b").await;
        let told = condition_of(&status, condition::DEGRADED);
        (told, control_of(&status), rig.worker.asked())
    };
    let refused = ("True".to_owned(), "StopRefused".to_owned());
    let untouched = (Some(State::Running), 1, 1, 1);
    let expected = (refused, untouched, vec![(1, Desired::Running)]);
    always("a refused stop", Duration::from_secs(4), seen, |seen| {
        *seen == expected
    })
    .await;
    // Closing first makes it possible.
    rig.desire("b", "CloseAll").await;
    rig.until_true("b", condition::POSITIONS_CLOSED).await;
    rig.desire("b", "Stopped").await;
    let stopped = rig
        .until("b", "Stopped", |status| {
            status.state == Some(State::Stopped)
        })
        .await;
    assert!(
        is_true(&stopped, condition::POSITIONS_CLOSED)
            && is_true(&stopped, condition::TRADING_PAUSED)
    );
    assert_eq!(replicas(&rig, "b").await, 0);
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flat_bot_is_paused_and_then_stopped_and_starts_again() {
    let mut rig = Rig::new("stop-flat").await;
    rig.trading("b").await;
    rig.desire("b", "Stopped").await;
    let stopped = rig
        .until("b", "Stopped", |status| {
            status.state == Some(State::Stopped)
        })
        .await;
    assert_eq!(replicas(&rig, "b").await, 0);
    assert!(
        !is_true(&stopped, condition::POSITIONS_CLOSED),
        "closing was not asked for"
    );
    assert_eq!(
        rig.worker.asked(),
        [(1, Desired::Running), (2, Desired::Stopped)]
    );
    rig.desire("b", "Running").await;
    rig.until("b", "trading again", |status| {
        control_of(status) == (Some(State::Running), 3, 3, 3)
    })
    .await;
    assert_eq!(replicas(&rig, "b").await, 1);
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_bot_is_started_again_to_close_unless_it_was_confirmed_flat() {
    let mut rig = Rig::new("stop-and-hold").await;
    let stopped = |status: &aicoin_api::crd::TradingBotStatus| status.state == Some(State::Stopped);
    rig.trading("open").await;
    rig.desire("open", "Stopped").await;
    rig.until("open", "Stopped", stopped).await;
    rig.annotate("open", annotation::HOLD, Some("CloseAll"))
        .await;
    let status = rig.until_true("open", condition::POSITIONS_CLOSED).await;
    assert_eq!(status.state, Some(State::Closed));
    assert_eq!(replicas(&rig, "open").await, 1);

    rig.trading("closed").await;
    rig.desire("closed", "CloseAll").await;
    rig.until_true("closed", condition::POSITIONS_CLOSED).await;
    rig.desire("closed", "Stopped").await;
    rig.until("closed", "Stopped", stopped).await;
    rig.annotate("closed", annotation::HOLD, Some("CloseAll"))
        .await;
    rig.until_idle().await;
    let status = rig.status("closed").await;
    assert!(
        stopped(&status) && is_true(&status, condition::POSITIONS_CLOSED),
        "{status:#?}"
    );
    assert_eq!(replicas(&rig, "closed").await, 0);
    // Beside a weaker hold a stop counts as a pause.
    rig.annotate("closed", annotation::HOLD, Some("Paused"))
        .await;
    rig.until("closed", "Paused", |status| {
        status.state == Some(State::Paused)
    })
    .await;
    assert_eq!(replicas(&rig, "closed").await, 1);
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_is_made_stopped_never_has_a_worker() {
    let mut rig = Rig::new("born-stopped").await;
    rig.create(bot_with("b", json!({"desiredState": "Stopped"})))
        .await;
    rig.until("b", "Stopped", |status| {
        status.state == Some(State::Stopped)
    })
    .await;
    assert_eq!(replicas(&rig, "b").await, 0);
    assert!(rig.worker.asked().is_empty());
    rig.desire("b", "Running").await;
    rig.until_true("b", condition::READY).await;
    assert_eq!(rig.worker.asked(), [(1, Desired::Running)]);
    rig.stop().await;
}
