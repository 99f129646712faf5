//! Killed after each single write: the next operator comes to the same objects as one that nobody disturbed.

use aicoin_api::names::condition;
use aicoin_domain::Desired;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::rig::*;

/// What is done to a bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Create,
    Change,
    Pause,
    Stop,
    Delete,
}

impl Deed {
    fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    async fn prepare(self, rig: &Rig, operator: &Killable) {
        if self != Self::Create {
            rig.trading("b").await;
            until_idle(operator.operator()).await;
        }
    }

    async fn commit(self, rig: &Rig) {
        match self {
            Self::Create => {
                rig.create(paper_bot("b")).await;
            }
            Self::Change => {
                let spec = json!({"risk": {"stopLossPct": "3"}, "worker": {"nodeSelector": {"disk": "ssd"}}});
                rig.patch("b", json!({"spec": spec})).await;
            }
            Self::Pause => rig.desire("b", "Paused").await,
            Self::Stop => rig.desire("b", "Stopped").await,
            Self::Delete => rig.delete("b").await,
        }
    }

    /// It is carried out.
    async fn is_done(self, rig: &Rig) {
        match self {
            Self::Create => {
                rig.until_true("b", condition::READY).await;
            }
            Self::Change => {
                rig.until("b", "the second generation", |status| {
                    status.observed_generation == Some(2)
                })
                .await;
            }
            Self::Pause => {
                rig.until_true("b", condition::TRADING_PAUSED).await;
            }
            Self::Stop => {
                rig.until("b", "Stopped", |status| {
                    status.state == Some(aicoin_api::crd::State::Stopped)
                })
                .await;
            }
            Self::Delete => {
                rig.until_gone("b").await;
                rig.until_empty().await;
            }
        }
    }
}

/// What is there in the end, and what the worker was asked.
type End = (Vec<Value>, Vec<Desired>);

async fn end_of(rig: &Rig) -> End {
    let mut levels: Vec<Desired> = rig.worker.asked().into_iter().map(|it| it.1).collect();
    levels.dedup();
    (normalised(&rig.client, &rig.namespace).await, levels)
}

/// Nobody disturbs it: what it comes to, and how many writes that takes.
async fn undisturbed(deed: Deed) -> (End, usize) {
    let rig = Rig::without_operator(plane(), &format!("crash-{}", deed.name()), |_| {}).await;
    let cut = Cut::never();
    let operator = Killable::start(plane(), &cut, options(&rig.namespace, &rig.worker)).await;
    deed.prepare(&rig, &operator).await;
    let before = cut.writes();
    deed.commit(&rig).await;
    deed.is_done(&rig).await;
    until_idle(operator.operator()).await;
    (end_of(&rig).await, cut.writes() - before)
}

/// Killed after this write, and started again.
async fn killed_after(deed: Deed, write: usize) -> (End, bool) {
    let namespace = format!("crash-{}-{write}", deed.name());
    let mut rig = Rig::without_operator(plane(), &namespace, |_| {}).await;
    let cut = Cut::never();
    let operator = Killable::start(plane(), &cut, options(&rig.namespace, &rig.worker)).await;
    deed.prepare(&rig, &operator).await;
    cut.arm(write);
    deed.commit(&rig).await;
    let over = async {
        deed.is_done(&rig).await;
        until_idle(operator.operator()).await;
    };
    // One write fewer than in the other run is no failure: then there was nothing to be killed after.
    let was_cut = tokio::select! {
        () = cut.happens() => true,
        () = over => false,
    };
    operator.kill();
    if deed == Deed::Create {
        // Without it somebody could take the bot away, and nobody would close what its worker opened.
        let made = children(&rig.client, &rig.namespace).await;
        let bot = rig.get("b").await.unwrap();
        assert!(
            made.is_empty() || bot.metadata.finalizers.is_some(),
            "{made:?}"
        );
    }
    rig.start();
    deed.is_done(&rig).await;
    rig.until_idle().await;
    let end = end_of(&rig).await;
    rig.stop().await;
    (end, was_cut)
}

async fn killed_after_each(deed: Deed) {
    let (expected, writes) = undisturbed(deed).await;
    println!("{deed:?} takes {writes} writes");
    let objects = if deed == Deed::Delete { 0 } else { 6 };
    assert_eq!(expected.0.len(), objects, "{:#?}", expected.0);
    let ends = join_all((1..=writes).map(|write| killed_after(deed, write))).await;
    let cuts = ends.iter().filter(|(_, was_cut)| *was_cut).count();
    assert!(cuts + 1 >= writes, "{cuts} of {writes}");
    for (number, (end, _)) in ends.into_iter().enumerate() {
        assert_eq!(end, expected, "{deed:?}, killed after write {}", number + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_each_api_call_the_next_start_converges_creation() {
    killed_after_each(Deed::Create).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_each_api_call_the_next_start_converges_change() {
    killed_after_each(Deed::Change).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_each_api_call_the_next_start_converges_pause() {
    killed_after_each(Deed::Pause).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_each_api_call_the_next_start_converges_stop() {
    killed_after_each(Deed::Stop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_each_api_call_the_next_start_converges_deletion() {
    killed_after_each(Deed::Delete).await;
}
