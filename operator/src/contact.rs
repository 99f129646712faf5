//! Calls to workers: one question, one answer, in bounded time.
//!
//! Never: an answer's text handed on. What a worker says goes into a status as codes and numbers only.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aicoin_api::http::{ControlReply, ControlRequest};
use aicoin_api::names::pod;
use aicoin_domain::Desired;
use aicoin_token::Scope;
use reqwest::StatusCode;
use tokio::sync::Semaphore;

use crate::keys::KeyRing;
use crate::metrics::Metrics;

/// Calls that are under way at once. A frozen worker holds a place for [`TIMEOUT`].
const CALLS_MAX: usize = 256;
/// So many of them to workers that did not answer last time: those that do never wait behind them for long.
const SILENT_CALLS_MAX: usize = 160;
/// The whole call.
const TIMEOUT: Duration = Duration::from_secs(2);
/// Its connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// An answer is some hundred bytes.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// A worker's answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// To what was asked.
    Taken(ControlReply),
    /// It has another control at this count or above: the operator counts above it.
    Above(ControlReply),
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// Nothing listens there, or there is no way.
    Unreachable,
    /// It took the connection and did not answer in time.
    Stuck,
    /// It refuses the token.
    Denied,
    /// It answered something else.
    Failed,
}

impl Silence {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Stuck => "timeout",
            Self::Denied => "denied",
            Self::Failed => "failed",
        }
    }
}

/// Calls workers.
#[derive(Clone, Debug)]
pub struct Caller {
    http: reqwest::Client,
    keys: Arc<KeyRing>,
    places: Arc<Semaphore>,
    silent_places: Arc<Semaphore>,
    metrics: Arc<Metrics>,
}

impl Caller {
    /// A caller that signs with these keys.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn new(keys: Arc<KeyRing>, metrics: Arc<Metrics>) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(32)
            .pool_idle_timeout(Duration::from_secs(15))
            .tcp_nodelay(true)
            .build()?;
        Ok(Self {
            http,
            keys,
            places: Arc::new(Semaphore::new(CALLS_MAX)),
            silent_places: Arc::new(Semaphore::new(SILENT_CALLS_MAX)),
            metrics,
        })
    }

    /// Asks for a control. Asking again for the same changes nothing: it is also how the operator looks. `was_silent`: it
    /// did not answer last time.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn ask(
        &self,
        base: &str,
        uid: &str,
        generation: u64,
        desired: Desired,
        was_silent: bool,
    ) -> Result<Answer, Silence> {
        let _silent_place = if was_silent {
            self.silent_places.acquire().await.ok()
        } else {
            None
        };
        let Ok(_place) = self.places.acquire().await else {
            return Err(Silence::Failed);
        };
        let begun = Instant::now();
        let request = ControlRequest::Operator {
            generation,
            desired,
        };
        let result = self.call(base, uid, &request).await;
        let word = match &result {
            Ok(Answer::Taken(_)) => "taken",
            Ok(Answer::Above(_)) => "above",
            Err(silence) => silence.as_str(),
        };
        self.metrics.contact(begun.elapsed(), word);
        result
    }

    async fn call(
        &self,
        base: &str,
        uid: &str,
        request: &ControlRequest,
    ) -> Result<Answer, Silence> {
        let now_s = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        let body = serde_json::to_vec(request).map_err(|_| Silence::Failed)?;
        let response = self
            .http
            .put(format!("{base}/api/v1/control"))
            .bearer_auth(self.keys.mint(uid, Scope::Control, now_s))
            .header(reqwest::header::CONTENT_TYPE, "application/json")
            .body(body)
            .send()
            .await
            .map_err(|error| silence(&error))?;
        let status = response.status();
        match status {
            StatusCode::OK | StatusCode::CONFLICT => {}
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Err(Silence::Denied),
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
                return Err(Silence::Stuck);
            }
            _ => return Err(Silence::Failed),
        }
        let body = read(response).await?;
        let reply: ControlReply = serde_json::from_slice(&body).map_err(|_| Silence::Failed)?;
        Ok(if status == StatusCode::OK {
            Answer::Taken(reply)
        } else {
            Answer::Above(reply)
        })
    }
}

async fn read(mut response: reqwest::Response) -> Result<Vec<u8>, Silence> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| silence(&error))? {
        if body.len() + chunk.len() > BODY_BYTES_MAX {
            return Err(Silence::Failed);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn silence(error: &reqwest::Error) -> Silence {
    if error.is_connect() {
        Silence::Unreachable
    } else if error.is_timeout() {
        Silence::Stuck
    } else {
        Silence::Unreachable
    }
}

/// Where a worker is called: at its pod, or where the operator was told.
#[must_use]
pub fn address(worker_url: Option<&str>, ip: Option<&str>) -> Option<String> {
    match (worker_url, ip) {
        (Some(url), _) => Some(url.trim_end_matches('/').to_owned()),
        (None, Some(ip)) if ip.contains(':') => Some(format!("http://[{ip}]:{}", pod::PORT)),
        (None, Some(ip)) => Some(format!("http://{ip}:{}", pod::PORT)),
        (None, None) => None,
    }
}
