//! What workers share: an answer that one asked for is good for the others, and one allowance counts for all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aicoin_domain::DurationMs;
use aicoin_venue::{BootError, Share, Shared, Taken, VenueConfig, WarmUp, boot};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::stub::{Stub, agent};

/// What another version may have kept.
const GARBAGE: &[u8] = b"not an answer";

/// A memory in this process.
#[derive(Debug, Default)]
struct Memory {
    kept: Mutex<HashMap<String, Vec<u8>>>,
    /// What was taken, and whether it would have gone anyway.
    taken: Mutex<Vec<(u32, bool)>>,
    /// What every question is told.
    says: Mutex<Option<Taken>>,
}

impl Share for Memory {
    fn kept<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Option<Vec<u8>>> {
        let kept = self.kept.lock().unwrap().get(key).cloned();
        async move { kept }.boxed()
    }

    fn keep<'a>(&'a self, key: &'a str, value: &'a [u8], ttl: Duration) -> BoxFuture<'a, ()> {
        assert!(ttl <= Duration::from_secs(60), "{key} for {ttl:?}");
        let kept = self
            .kept
            .lock()
            .unwrap()
            .insert(key.to_owned(), value.to_vec());
        assert!(
            kept.is_none_or(|kept| kept == GARBAGE),
            "{key} was asked for twice"
        );
        async {}.boxed()
    }

    fn take<'a>(
        &'a self,
        _venue: &'a str,
        weight: u32,
        _limit: u32,
        goes_anyway: bool,
    ) -> BoxFuture<'a, Taken> {
        self.taken.lock().unwrap().push((weight, goes_anyway));
        let says = self.says.lock().unwrap().unwrap_or(Taken::Granted);
        async move { says }.boxed()
    }

    fn be_quiet<'a>(&'a self, _venue: &'a str, _pause: Duration) -> BoxFuture<'a, ()> {
        async {}.boxed()
    }
}

fn config(stub: &Stub, memory: &Arc<Memory>) -> VenueConfig {
    VenueConfig {
        warm_up: Some(WarmUp {
            interval: DurationMs::from_mins(1),
            count: 300,
        }),
        shared: Shared(Some(Arc::clone(memory) as Arc<dyn Share>)),
        ..stub.config()
    }
}

#[tokio::test]
async fn the_second_worker_asks_only_for_what_is_its_own() {
    let stub = Stub::start().await;
    let memory = Arc::new(Memory::default());
    let first = boot(&config(&stub, &memory), Some(agent())).await.unwrap();
    let asked_first = stub.world().asked.len();
    let taken_first: u32 = memory
        .taken
        .lock()
        .unwrap()
        .iter()
        .map(|(weight, _)| weight)
        .sum();
    let second = boot(&config(&stub, &memory), Some(agent())).await.unwrap();
    let asked: Vec<String> = stub
        .world()
        .asked
        .iter()
        .skip(asked_first)
        .map(|asked| asked["type"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        asked,
        [
            "exchangeStatus",
            "userRole",
            "extraAgents",
            "userAbstraction",
            "exchangeStatus"
        ]
    );
    assert_eq!(
        (first.markets, first.assets),
        (second.markets, second.assets)
    );
    // Candles weigh with their number: 20 and 301/60. What was kept weighs nothing.
    let taken: u32 = memory
        .taken
        .lock()
        .unwrap()
        .iter()
        .map(|(weight, _)| weight)
        .sum();
    assert_eq!((taken_first, taken - taken_first), (149, 104));
}

#[tokio::test]
async fn what_all_workers_used_up_is_waited_for_and_nobody_to_ask_is_no_hindrance() {
    let stub = Stub::start().await;
    let memory = Arc::new(Memory::default());
    *memory.says.lock().unwrap() = Some(Taken::Wait(Duration::from_secs(30)));
    let error = boot(&config(&stub, &memory), Some(agent()))
        .await
        .unwrap_err();
    assert!(matches!(error, BootError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains("used up"), "{error}");
    assert_eq!(stub.world().asked.len(), 0);
    *memory.says.lock().unwrap() = Some(Taken::Unknown);
    boot(&config(&stub, &memory), Some(agent())).await.unwrap();
}

#[tokio::test]
async fn what_was_kept_and_is_no_answer_is_asked_for() {
    let stub = Stub::start().await;
    let memory = Arc::new(Memory::default());
    boot(&config(&stub, &memory), Some(agent())).await.unwrap();
    for kept in memory.kept.lock().unwrap().values_mut() {
        *kept = GARBAGE.to_vec();
    }
    boot(&config(&stub, &memory), Some(agent())).await.unwrap();
    assert_eq!(
        (stub.count_asked("meta"), stub.count_asked("candleSnapshot")),
        (2, 2)
    );
    let kept: Vec<bool> = memory
        .kept
        .lock()
        .unwrap()
        .values()
        .map(|kept| kept == GARBAGE)
        .collect();
    assert_eq!(kept, [false, false]);
}
