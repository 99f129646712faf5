//! Patches at a steady pace, whatever the contender does: a slow answer does not make the next question wait.

use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::json;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::Result;
use crate::api::Api;
use crate::bots;
use crate::measure::Spread;
use crate::observer::{Observer, Until};
use crate::worker::Stub;

/// Later than this is never.
const LIMIT: Duration = Duration::from_secs(30);

/// How long they took, each from the moment before it was sent.
#[derive(Debug, Serialize)]
pub struct Latencies {
    /// To the API server's own answer: what nobody can be faster than.
    pub answered: Spread,
    /// To the watch event in which the status has caught up.
    pub caught_up: Spread,
    /// To the worker's receipt of the control; of an operator that sends it.
    pub received: Option<Spread>,
    /// To the watch event in which the status says that the worker has accepted it.
    pub accepted: Option<Spread>,
}

struct One {
    answered: Option<Duration>,
    caught_up: Option<Duration>,
    received: Option<Duration>,
    accepted: Option<Duration>,
}

/// Toggles the state of bots between Running and Paused, each bot at most once in a round over all.
pub async fn run(
    api: &Api,
    observer: &Observer,
    workers: Option<&Stub>,
    bots: usize,
    patches: usize,
    pace: Duration,
) -> Result<Latencies> {
    let order = shuffled(bots);
    let mut paused = vec![false; bots];
    let mut tasks = JoinSet::new();
    let mut ticks = tokio::time::interval(pace);
    for number in order.iter().cycle().take(patches) {
        ticks.tick().await;
        let name = bots::name(*number);
        let bot = observer
            .bot(&name)
            .ok_or_else(|| format!("The watch has not seen {name}."))?;
        let state = paused.get_mut(*number).map_or("Paused", |paused| {
            *paused = !*paused;
            if *paused { "Paused" } else { "Running" }
        });
        let next = bot.generation + 1;
        let caught_up = observer.expect(&name, next, Until::CaughtUp);
        let control = workers.map(|stub| {
            (
                stub.expect(&bot.uid, state),
                observer.expect(&name, next, Until::Accepted),
            )
        });
        let api = api.clone();
        tasks.spawn(async move {
            let path = format!("{}/{name}", bots::COLLECTION);
            let sent = Instant::now();
            api.merge(&path, &json!({"spec": {"desiredState": state}}))
                .await?;
            let answered = Some(sent.elapsed());
            let caught_up = told(caught_up, sent).await;
            let (received, accepted) = match control {
                Some((received, accepted)) => {
                    (told(received, sent).await, told(accepted, sent).await)
                }
                None => (None, None),
            };
            Ok::<One, String>(One {
                answered,
                caught_up,
                received,
                accepted,
            })
        });
    }
    let mut all = Vec::new();
    while let Some(done) = tasks.join_next().await {
        all.push(done.map_err(|error| format!("A task failed: {error}."))??);
    }
    let spread =
        |of: fn(&One) -> Option<Duration>| Spread::of(&all.iter().map(of).collect::<Vec<_>>());
    Ok(Latencies {
        answered: spread(|one| one.answered),
        caught_up: spread(|one| one.caught_up),
        received: workers.map(|_| spread(|one| one.received)),
        accepted: workers.map(|_| spread(|one| one.accepted)),
    })
}

async fn told(receiver: oneshot::Receiver<Instant>, sent: Instant) -> Option<Duration> {
    let at = tokio::time::timeout(LIMIT, receiver).await.ok()?.ok()?;
    Some(at.saturating_duration_since(sent))
}

/// The same order for every contender.
fn shuffled(count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    for last in (1..order.len()).rev() {
        // xorshift64.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        order.swap(last, (state % (last as u64 + 1)) as usize);
    }
    order
}
