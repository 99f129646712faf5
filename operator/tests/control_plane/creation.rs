//! What is made for a bot, what it costs, and that an unchanged bot costs nothing.

use aicoin_api::crd::State;
use aicoin_api::names::condition;
use aicoin_operator::queue::Lane;
use aicoin_operator::reconcile::Key;

use super::rig::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_gets_its_children_and_its_worker_is_told_to_run() {
    let client = client().await;
    let namespace = namespace(&client, "creation").await;
    let worker = StubWorker::start().await;
    let operator = operator(&client, &namespace, settings(Some(&worker)));
    create(&client, &namespace, paper_bot("first")).await;
    let status = until_status(&client, &namespace, "first", "Ready", |status| {
        condition(status, condition::READY).0 == "True"
    })
    .await;
    assert_eq!(status.state, Some(State::Running));
    let control = status.control.unwrap();
    assert_eq!(
        (control.generation, control.accepted_generation, control.effective_generation),
        (1, 1, 1)
    );
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_passes_over_unchanged_bots_write_nothing() {
    let client = client().await;
    let namespace = namespace(&client, "idle").await;
    let worker = StubWorker::start().await;
    let operator = operator(&client, &namespace, settings(Some(&worker)));
    for name in ["a", "b", "c", "d", "e"] {
        create(&client, &namespace, paper_bot(name)).await;
    }
    for name in ["a", "b", "c", "d", "e"] {
        until_status(&client, &namespace, name, "Ready", |status| {
            condition(status, condition::READY).0 == "True"
        })
        .await;
    }
    until_idle(&operator).await;
    let context = &operator.context;
    let (writes, passes) = (context.metrics.writes_total(), context.metrics.reconciles_total());
    for _ in 0..20 {
        for key in context.world.bot_keys() {
            context.queue.push(Key::Bot(key), Lane::Normal);
        }
        until_idle(&operator).await;
    }
    assert!(context.metrics.reconciles_total() - passes >= 100);
    assert_eq!(context.metrics.writes_total() - writes, 0);
    operator.stop().await;
}
