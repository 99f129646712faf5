//! A crowd: one that is broken, or many that do not answer, delay nobody else.

use std::time::{Duration, Instant};

use aicoin_api::names::condition;
use futures_util::future::join_all;
use serde_json::json;

use super::rig::*;

const GOOD: usize = 100;
const FROZEN: usize = 60;

#[tokio::test(flavor = "multi_thread")]
async fn a_poison_object_delays_nobody_and_neither_do_frozen_workers() {
    let mut rig = Rig::new("crowd").await;
    let affinity = json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": []}}});
    rig.create(bot_with(
        "poison",
        json!({"worker": {"affinity": affinity}}),
    ))
    .await;
    let names: Vec<String> = (0..GOOD).map(|number| format!("good-{number}")).collect();
    let uids = join_all(names.iter().map(|name| rig.create(paper_bot(name)))).await;
    for name in &names {
        rig.until_true(name, condition::READY).await;
    }
    let status = rig
        .until_reason("poison", condition::DEGRADED, ("True", "ApplyFailed"))
        .await;
    let sentence = message_of(&status, condition::DEGRADED);
    assert!(
        sentence.starts_with("The Deployment poison-worker is refused: ")
            && sentence.contains("nodeSelectorTerms"),
        "{sentence}"
    );
    assert!(!is_true(&status, condition::READY));

    // Two seconds each, one after the other, would be two minutes.
    rig.worker
        .with(|inner| inner.frozen = uids.into_iter().take(FROZEN).collect());
    for name in names.iter().take(FROZEN) {
        rig.desire(name, "Paused").await;
    }
    let mut slowest = Duration::ZERO;
    for name in names.iter().skip(FROZEN).take(10) {
        let begun = Instant::now();
        rig.desire(name, "Paused").await;
        rig.until_true(name, condition::TRADING_PAUSED).await;
        slowest = slowest.max(begun.elapsed());
    }
    println!("The slowest pause beside {FROZEN} frozen workers took {slowest:?}");
    assert!(slowest < Duration::from_secs(10), "{slowest:?}");
    for name in names.iter().take(FROZEN) {
        assert!(
            !is_true(&rig.status(name).await, condition::TRADING_PAUSED),
            "{name}"
        );
    }
    rig.worker.with(|inner| inner.frozen.clear());
    for name in names.iter().take(FROZEN) {
        rig.until_true(name, condition::TRADING_PAUSED).await;
    }
    // Mended, it is a bot like any other.
    rig.patch("poison", json!({"spec": {"worker": {"affinity": null}}}))
        .await;
    rig.until_true("poison", condition::READY).await;
    rig.stop().await;
}
