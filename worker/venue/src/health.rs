//! How the connection is, in words for people.

use std::time::Duration;

use tokio::sync::watch;

/// After this many failures in a row the venue counts as away.
const FAILURES_DOWN: u32 = 3;

/// How the connection is.
#[derive(Clone, Debug, PartialEq)]
pub struct VenueHealth {
    /// Orders and questions.
    pub exchange: PartHealth,
    /// Streams.
    pub market_data: PartHealth,
    /// Requests that are left of the account's allowance; `None` before it was read.
    pub requests_left: Option<i64>,
}

/// How a part of it is.
#[derive(Clone, Debug, PartialEq)]
pub struct PartHealth {
    /// How bad it is.
    pub level: Level,
    /// Why, as a sentence; empty when there is nothing to say.
    pub reason: String,
    /// How long the last answer took, ms.
    pub latency_ms: Option<f64>,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// It works.
    Ok,
    /// It works in part.
    Degraded,
    /// It does not work.
    Down,
}

/// Where the parts of the connection say how they are.
#[derive(Debug)]
pub(crate) struct Board {
    board: watch::Sender<State>,
}

#[derive(Clone, Debug)]
struct State {
    health: VenueHealth,
    failures: u32,
    /// Of the account's allowance what is kept back.
    is_kept_back: bool,
}

impl Board {
    pub(crate) fn new() -> Self {
        let part = |reason: &str| PartHealth {
            level: Level::Down,
            reason: reason.to_owned(),
            latency_ms: None,
        };
        let health = VenueHealth {
            // The venue answered a moment ago.
            exchange: PartHealth {
                level: Level::Ok,
                reason: String::new(),
                latency_ms: None,
            },
            market_data: part("The WebSocket is not connected yet."),
            requests_left: None,
        };
        Self {
            board: watch::Sender::new(State {
                health,
                failures: 0,
                is_kept_back: false,
            }),
        }
    }

    pub(crate) fn now(&self) -> VenueHealth {
        self.board.borrow().health.clone()
    }

    /// Waits for the next change that people would see, and not longer than they would wait.
    pub(crate) fn watch(&self) -> Watcher {
        Watcher {
            said: self.board.subscribe(),
        }
    }

    /// A request was answered.
    pub(crate) fn answered(&self, took: Duration) {
        self.board.send_modify(|state| {
            state.failures = 0;
            let exchange = &mut state.health.exchange;
            exchange.latency_ms = Some(millis(took));
            if state.is_kept_back {
                exchange.level = Level::Degraded;
                exchange.reason = kept_back_words(state.health.requests_left);
            } else {
                exchange.level = Level::Ok;
                exchange.reason.clear();
            }
        });
    }

    /// A request was not answered, or by something that is no answer.
    pub(crate) fn failed(&self, why: &str) {
        self.board.send_modify(|state| {
            state.failures = state.failures.saturating_add(1);
            let exchange = &mut state.health.exchange;
            exchange.level = if state.failures >= FAILURES_DOWN {
                Level::Down
            } else {
                Level::Degraded
            };
            why.clone_into(&mut exchange.reason);
        });
    }

    /// The account's allowance.
    pub(crate) fn allowance(&self, left: i64, is_kept_back: bool) {
        self.board.send_modify(|state| {
            state.health.requests_left = Some(left);
            state.is_kept_back = is_kept_back;
            let exchange = &mut state.health.exchange;
            if is_kept_back && exchange.level == Level::Ok {
                exchange.level = Level::Degraded;
                exchange.reason = kept_back_words(Some(left));
            }
        });
    }

    /// The streams.
    pub(crate) fn streams(&self, level: Level, reason: &str) {
        self.board.send_if_modified(|state| {
            let part = &mut state.health.market_data;
            if part.level == level && part.reason == reason {
                return false;
            }
            part.level = level;
            reason.clone_into(&mut part.reason);
            true
        });
    }

    /// A ping was answered.
    pub(crate) fn pong(&self, took: Duration) {
        self.board
            .send_modify(|state| state.health.market_data.latency_ms = Some(millis(took)));
    }
}

/// Somebody who waits for changes.
#[derive(Debug)]
pub(crate) struct Watcher {
    said: watch::Receiver<State>,
}

impl Watcher {
    /// The state after the next change; `None` when there will be none.
    pub(crate) async fn changed(&mut self) -> Option<VenueHealth> {
        self.said.changed().await.ok()?;
        Some(self.said.borrow_and_update().health.clone())
    }
}

fn kept_back_words(left: Option<i64>) -> String {
    format!(
        "Only {} requests are left of the account's allowance at the venue: they are kept for cancels and for closing. \
         One comes back with each USDC that is traded.",
        left.unwrap_or(0)
    )
}

fn millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failure_is_a_hiccup_three_are_an_outage_and_an_answer_ends_it() {
        let board = Board::new();
        let level = || board.now().exchange.level;
        board.failed("The venue did not answer in time.");
        assert_eq!(level(), Level::Degraded);
        board.failed("The venue did not answer in time.");
        board.failed("The venue did not answer in time.");
        assert_eq!(level(), Level::Down);
        board.answered(Duration::from_millis(12));
        let exchange = board.now().exchange;
        assert_eq!(
            exchange,
            PartHealth {
                level: Level::Ok,
                reason: String::new(),
                latency_ms: Some(12.0)
            }
        );
    }

    #[test]
    fn an_allowance_that_is_kept_back_shows_until_there_is_more() {
        let board = Board::new();
        board.allowance(12, true);
        board.answered(Duration::from_millis(1));
        assert_eq!(board.now().exchange.level, Level::Degraded);
        assert!(board.now().exchange.reason.contains("Only 12 requests"));
        board.allowance(5000, false);
        board.answered(Duration::from_millis(1));
        assert_eq!(board.now().exchange.level, Level::Ok);
    }
}
