//! What is made for a bot, what it costs, and that an unchanged bot costs nothing.

use aicoin_api::crd::State;
use aicoin_api::names::condition;
use aicoin_domain::Desired;
use aicoin_operator::patience::Patience;
use aicoin_operator::queue::Lane;
use aicoin_operator::reconcile::Key;

use super::rig::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_gets_its_children_and_its_worker_is_told_to_run() {
    let mut rig = Rig::new("creation").await;
    let uid = rig.trading("first").await;
    let status = rig.status("first").await;
    assert_eq!(control_of(&status), (Some(State::Running), 1, 1, 1));
    assert_eq!(rig.worker.asked_of(&uid), [(1, Desired::Running)]);
    let made = children(&rig.client, &rig.namespace).await;
    let kinds: Vec<&str> = made
        .iter()
        .map(|it| it.split_once("-worker").map_or(it.as_str(), |it| it.0))
        .collect();
    assert_eq!(
        kinds,
        [
            "ConfigMap aicoin-control-keys",
            "ConfigMap first",
            "Service first",
            "NetworkPolicy first",
            "Deployment first",
        ]
    );
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_passes_over_unchanged_bots_write_nothing() {
    // As patient as in a cluster: looks at workers would only come on top.
    let mut rig = Rig::with("idle", |options| options.patience = Patience::default()).await;
    for name in ["a", "b", "c", "d", "e"] {
        rig.create(paper_bot(name)).await;
    }
    for name in ["a", "b", "c", "d", "e"] {
        rig.until_true(name, condition::READY).await;
    }
    rig.until_idle().await;
    let context = &rig.operator().context;
    let (writes, passes) = (
        context.metrics.writes_total(),
        context.metrics.reconciles_total(),
    );
    for _ in 0..20 {
        for key in context.world.bot_keys() {
            context.queue.push(Key::Bot(key), Lane::Normal);
        }
        rig.until_idle().await;
    }
    assert!(context.metrics.reconciles_total() - passes >= 100);
    assert_eq!(context.metrics.writes_total() - writes, 0);

    // Nor does another start of the operator.
    rig.restart_with(|_| {}).await;
    rig.until_idle().await;
    let metrics = &rig.operator().context.metrics;
    assert!(metrics.reconciles_total() >= 5);
    assert_eq!(metrics.writes_total(), 0);
    rig.stop().await;
}
