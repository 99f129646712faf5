//! What the shared cache promises, on a real Redis.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

mod server;

use std::time::{Duration, Instant};

use aicoin_cache::{CALL_WITHIN, Cache, CacheError, Figures, State, Taken};

use server::Server;

const LONG: Duration = Duration::from_secs(60);
/// A busy machine may take this much longer than what it waits for.
const SLACK: Duration = Duration::from_millis(150);

fn cache(server: &Server) -> Cache {
    Cache::new(&server.url(), None).unwrap()
}

/// Waits until the server was heard of.
async fn until(cache: &Cache, wanted: impl Fn(&State) -> bool) {
    let begun = Instant::now();
    while !wanted(&cache.state()) {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "{:?}",
            cache.state()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn connected(server: &Server) -> Cache {
    let cache = cache(server);
    until(&cache, |state| matches!(state, State::Up { .. })).await;
    cache
}

#[tokio::test]
async fn an_answer_is_there_for_every_worker_until_its_time_is_over() {
    let Some(server) = Server::start() else {
        return;
    };
    let (one, other) = (connected(&server).await, connected(&server).await);
    assert_eq!(other.kept("meta").await, None);
    one.keep("meta", b"\x00 bytes", LONG).await;
    one.keep("short", b"x", Duration::from_millis(30)).await;
    assert_eq!(other.kept("meta").await, Some(b"\x00 bytes".to_vec()));
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!(other.kept("short").await, None);
    // Forgotten: it is asked for again, and that is all.
    server.ask(&["FLUSHALL"]);
    assert_eq!(other.kept("meta").await, None);
    assert_eq!(
        other.figures(),
        Figures {
            hits: 1,
            misses: 3,
            failures: 0
        }
    );
    assert_eq!(other.figures().hit_percent(), Some(25));
}

#[tokio::test]
async fn two_workers_use_one_allowance() {
    let Some(server) = Server::start() else {
        return;
    };
    let (one, other) = (connected(&server).await, connected(&server).await);
    assert_eq!(one.take("venue", 60, 100, false).await, Taken::Granted);
    assert_eq!(other.take("venue", 40, 100, false).await, Taken::Granted);
    // Another venue, or another allowance, has nothing to do with it.
    assert_eq!(other.take("else", 100, 100, false).await, Taken::Granted);
    let Taken::Wait(pause) = other.take("venue", 1, 100, false).await else {
        panic!("a hundred and one of a hundred")
    };
    // A second's weights count until the whole second is a minute ago.
    assert!(
        (Duration::from_secs(59)..=Duration::from_secs(61)).contains(&pause),
        "{pause:?}"
    );
    // What must not wait goes, and counts.
    assert_eq!(one.take("venue", 30, u32::MAX, true).await, Taken::Granted);
    assert!(matches!(
        other.take("venue", 1, 130, false).await,
        Taken::Wait(_)
    ));
    assert_eq!(other.take("venue", 1, 131, false).await, Taken::Granted);
    // More than all there is goes once nothing else was used.
    assert_eq!(one.take("large", 500, 100, false).await, Taken::Granted);
}

#[tokio::test]
async fn a_venue_that_wants_to_be_left_alone_is_left_alone_by_all() {
    let Some(server) = Server::start() else {
        return;
    };
    let (one, other) = (connected(&server).await, connected(&server).await);
    one.be_quiet("venue", Duration::from_millis(400)).await;
    let Taken::Wait(pause) = other.take("venue", 1, 100, false).await else {
        panic!("it is to be left alone")
    };
    assert!(pause <= Duration::from_millis(400), "{pause:?}");
    assert_eq!(other.take("venue", 1, 100, true).await, Taken::Granted);
    tokio::time::sleep(pause + SLACK).await;
    assert_eq!(other.take("venue", 1, 100, false).await, Taken::Granted);
}

#[tokio::test]
async fn a_server_that_is_gone_costs_next_to_nothing_and_is_used_again_when_it_is_back() {
    let Some(mut server) = Server::start() else {
        return;
    };
    let cache = connected(&server).await;
    cache.keep("meta", b"x", LONG).await;
    server.kill();
    let begun = Instant::now();
    assert_eq!(cache.kept("meta").await, None);
    assert!(
        begun.elapsed() < CALL_WITHIN + SLACK,
        "{:?}",
        begun.elapsed()
    );
    // It is not even asked again at once.
    let begun = Instant::now();
    for _ in 0..100 {
        assert_eq!(cache.take("venue", 1, 1, false).await, Taken::Unknown);
    }
    assert!(begun.elapsed() < SLACK, "{:?}", begun.elapsed());
    until(&cache, |state| matches!(state, State::Down(_))).await;
    server.start_again();
    until(&cache, |state| matches!(state, State::Up { .. })).await;
    // Left alone for a second after the last failure.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(cache.kept("meta").await, None, "it forgot everything");
    cache.keep("meta", b"y", LONG).await;
    assert_eq!(cache.kept("meta").await, Some(b"y".to_vec()));
}

#[tokio::test]
async fn a_server_that_is_not_there_yet_is_no_error_and_a_url_that_is_none_is_one() {
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let cache = Cache::new(&format!("redis://{closed}"), None).unwrap();
    assert_eq!(cache.kept("meta").await, None);
    until(&cache, |state| matches!(state, State::Down(_))).await;
    for url in ["", "http://x", "a secret word"] {
        let Err(CacheError::Url(why)) = Cache::new(url, None) else {
            panic!("{url:?} is no URL of Redis")
        };
        assert!(!why.contains("secret"), "{why}");
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_after_fifty_milliseconds() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let cache = Cache::new(&format!("redis://{}", silent.local_addr().unwrap()), None).unwrap();
    let begun = Instant::now();
    assert_eq!(cache.kept("meta").await, None);
    assert!(
        begun.elapsed() < CALL_WITHIN + SLACK,
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(cache.figures().failures, 1);
}
