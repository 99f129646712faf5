//! The connection, and what it is used for.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, Cmd, FromRedisValue, RedisError, TlsCertificates};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::allowance::{TAKE, Taken};
use crate::figures::{Counters, Figures};

/// A call that takes longer is given up: what it would have told is not worth more.
pub const CALL_WITHIN: Duration = Duration::from_millis(50);
/// A server that failed is left alone for this long.
const LEFT_ALONE: Duration = Duration::from_secs(1);
/// How often it is asked whether it is there, and how long that may take: a connection is made then, too.
const PING_EVERY: Duration = Duration::from_secs(5);
const PING_WITHIN: Duration = Duration::from_secs(2);
/// Larger answers are not kept, in bytes.
const VALUE_MAX: usize = 4 * 1024 * 1024;
/// Before every key: the version changes when what is behind them does.
const PREFIX: &str = "aicoin:1:";

/// Why there is no cache.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The URL says nothing. It is not repeated: it may hold a password.
    #[error(
        "the Redis URL cannot be used: write redis://HOST:6379 or rediss://USER:PASSWORD@HOST:6379 ({0})"
    )]
    Url(String),
}

/// How the server is.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// It was not heard of yet.
    Unknown,
    /// It answers.
    Up {
        /// How fast.
        latency: Duration,
    },
    /// It does not, and why.
    Down(String),
}

/// A shared cache. Clones are the same one; the last one that is dropped ends the connection.
#[derive(Clone, Debug)]
pub struct Cache {
    inner: Arc<Inner>,
}

struct Inner {
    connection: ConnectionManager,
    shared: Arc<Shared>,
    pinging: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    counters: Counters,
    state: Mutex<State>,
    left_alone_until: Mutex<Option<Instant>>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Cache")
            .field("shared", &self.shared)
            .finish_non_exhaustive()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.pinging.abort();
    }
}

impl Cache {
    /// A cache at that URL. It is connected to in the background: a server that is not there yet is no error. Needs a
    /// runtime. `extra_ca_pem` is trusted instead of the public authorities, for `rediss://`.
    ///
    /// # Errors
    /// When the URL is none.
    pub fn new(url: &str, extra_ca_pem: Option<&str>) -> Result<Self, CacheError> {
        let client = match extra_ca_pem {
            Some(pem) if url.starts_with("rediss://") => Client::build_with_tls(
                url,
                TlsCertificates {
                    client_tls: None,
                    root_cert: Some(pem.as_bytes().to_vec()),
                },
            ),
            _ => Client::open(url),
        };
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_min_delay(Duration::from_millis(100))
            .set_connection_timeout(Some(PING_WITHIN))
            .set_response_timeout(Some(PING_WITHIN));
        let connection = client
            .and_then(|client| ConnectionManager::new_lazy_with_config(client, config))
            .map_err(|error| CacheError::Url(category(&error)))?;
        let shared = Arc::new(Shared {
            counters: Counters::default(),
            state: Mutex::new(State::Unknown),
            left_alone_until: Mutex::new(None),
        });
        let pinging = tokio::spawn(ping(connection.clone(), Arc::clone(&shared)));
        Ok(Self {
            inner: Arc::new(Inner {
                connection,
                shared,
                pinging,
            }),
        })
    }

    /// What was kept under that key, unless its time is over.
    pub async fn kept(&self, key: &str) -> Option<Vec<u8>> {
        let mut command = redis::cmd("GET");
        command.arg(named(key));
        let kept: Option<Vec<u8>> = self.call(&command).await?;
        self.inner.shared.counters.looked(kept.is_some());
        kept
    }

    /// Keeps an answer for that long. Whether it worked makes no difference.
    pub async fn keep(&self, key: &str, value: &[u8], ttl: Duration) {
        let ttl_ms = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX);
        if value.len() > VALUE_MAX || ttl_ms == 0 {
            return;
        }
        let mut command = redis::cmd("SET");
        command.arg(named(key)).arg(value).arg("PX").arg(ttl_ms);
        let _: Option<()> = self.call(&command).await;
    }

    /// Takes a weight of what a minute may have, of all workers together. `goes_anyway` only counts.
    pub async fn take(&self, of: &str, weight: u32, limit: u32, goes_anyway: bool) -> Taken {
        let mut script = TAKE.prepare_invoke();
        script
            .key(named(&format!("weights:{of}")))
            .key(named(&format!("quiet:{of}")))
            .arg(weight)
            .arg(limit)
            .arg(u8::from(goes_anyway));
        let mut connection = self.inner.connection.clone();
        let answer = self
            .bounded(async move { script.invoke_async::<u64>(&mut connection).await })
            .await;
        answer.map_or(Taken::Unknown, Taken::of)
    }

    /// The venue wants to be left alone: tells all workers.
    pub async fn be_quiet(&self, of: &str, pause: Duration) {
        let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX).max(1);
        let mut command = redis::cmd("SET");
        command
            .arg(named(&format!("quiet:{of}")))
            .arg(1)
            .arg("PX")
            .arg(pause_ms);
        let _: Option<()> = self.call(&command).await;
    }

    /// How the server is.
    #[must_use]
    pub fn state(&self) -> State {
        lock(&self.inner.shared.state).clone()
    }

    /// How often it helped.
    #[must_use]
    pub fn figures(&self) -> Figures {
        self.inner.shared.counters.read()
    }

    async fn call<T: FromRedisValue>(&self, command: &Cmd) -> Option<T> {
        let mut connection = self.inner.connection.clone();
        self.bounded(async move { command.query_async(&mut connection).await })
            .await
    }

    /// `None` when it failed, took too long, or failed a moment ago.
    async fn bounded<T>(&self, call: impl Future<Output = Result<T, RedisError>>) -> Option<T> {
        let shared = &self.inner.shared;
        if lock(&shared.left_alone_until).is_some_and(|until| Instant::now() < until) {
            return None;
        }
        let why = match timeout(CALL_WITHIN, call).await {
            Ok(Ok(value)) => return Some(value),
            Ok(Err(error)) => category(&error),
            Err(_) => format!("no answer within {} ms", CALL_WITHIN.as_millis()),
        };
        tracing::debug!(why, "the cache was of no use");
        shared.counters.failed();
        *lock(&shared.left_alone_until) = Some(Instant::now() + LEFT_ALONE);
        None
    }
}

/// Asks again and again whether the server is there, so that health knows without a call of its own.
async fn ping(mut connection: ConnectionManager, shared: Arc<Shared>) {
    loop {
        let begun = Instant::now();
        let ping = redis::cmd("PING");
        let answer = timeout(PING_WITHIN, ping.query_async::<String>(&mut connection)).await;
        let state = match answer {
            Ok(Ok(_)) => State::Up {
                latency: begun.elapsed(),
            },
            Ok(Err(error)) => State::Down(category(&error)),
            Err(_) => State::Down(format!("no answer within {} s", PING_WITHIN.as_secs())),
        };
        let was = std::mem::replace(&mut *lock(&shared.state), state.clone());
        match (&was, &state) {
            (State::Unknown | State::Up { .. }, State::Down(why)) => {
                tracing::warn!(why, "Redis does not answer: everything goes on without it");
            }
            (State::Down(_), State::Up { .. }) => tracing::info!("Redis answers again"),
            _ => {}
        }
        tokio::time::sleep(PING_EVERY).await;
    }
}

/// An error in words. Never the URL: it may hold a password.
fn category(error: &RedisError) -> String {
    error.category().to_owned()
}

fn named(key: &str) -> String {
    format!("{PREFIX}{key}")
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
