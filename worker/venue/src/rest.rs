//! One HTTP client for the venue: questions and actions, with deadlines, limits and both allowances.
//!
//! Never: follow a redirect, send an action a second time once a byte of it left, read without a limit.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aicoin_net::words;
use reqwest::{Client, RequestBuilder, Response, StatusCode, redirect, retry};
use serde::de::DeserializeOwned;
use tokio::time::{sleep, timeout};

use crate::address::Endpoint;
use crate::config::Limits;
use crate::health::Board;
use crate::limit::{AccountAllowance, IpAllowance, Use};
use crate::shared::{Share, Shared, Taken};
use crate::wire::exchange::{Answer, read};
use crate::wire::request::Question;

/// An unused connection is closed after this: before the server closes it, for an order that meets its end half way has
/// no answer. Questions keep one open all the time.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// Connections that are kept open: as many as are used at once when everything is closed.
const IDLE_MAX: usize = 8;
/// The pause before a connection that did not come is tried again.
const CONNECT_AGAIN: Duration = Duration::from_millis(250);
/// The pause before a question is asked a second time.
const ASK_AGAIN: Duration = Duration::from_millis(100);
/// How much of an error's body is told, in bytes.
const WORDS_BYTES_MAX: usize = 300;

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AskError {
    /// Nothing came in time.
    #[error("the venue did not answer `{0}` in time")]
    Timeout(&'static str),
    /// The way is broken.
    #[error("the venue could not be asked for `{0}`: {1}")]
    Broken(&'static str, String),
    /// It said something else.
    #[error("the venue answered `{0}` with HTTP {1}: {2}")]
    Status(&'static str, u16, String),
    /// What it said is not understood.
    #[error("the venue's answer to `{0}` cannot be read: {1}")]
    Unreadable(&'static str, String),
    /// The allowance of this IP address is used up.
    #[error(
        "`{0}` was not asked: the requests that the venue allows this IP address are used up for now"
    )]
    HeldBack(&'static str),
}

impl AskError {
    /// Whether it was lost on the way, and a second try may well be answered.
    const fn is_of_the_way(&self) -> bool {
        match self {
            Self::Broken(..) => true,
            Self::Status(_, status, _) => *status >= 500,
            Self::Timeout(_) | Self::Unreadable(..) | Self::HeldBack(_) => false,
        }
    }

    /// Whether something was there that is no venue: waiting may not help.
    pub(crate) const fn is_unreadable(&self) -> bool {
        match self {
            Self::Unreadable(..) => true,
            Self::Status(_, status, _) => matches!(status, 300..=399 | 400..=428 | 430..=499),
            Self::Timeout(_) | Self::Broken(..) | Self::HeldBack(_) => false,
        }
    }
}

/// What became of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The venue answered.
    Answered(Answer),
    /// It was certainly not done: the venue's words, or why it never left.
    NotDone(String),
    /// It may have been done: why nobody knows.
    Unknown(String),
}

/// The client.
#[derive(Debug)]
pub(crate) struct Rest {
    client: Client,
    endpoint: Endpoint,
    limits: Limits,
    ip: Mutex<IpAllowance>,
    account: AccountAllowance,
    shared: Option<Arc<dyn Share>>,
}

impl Rest {
    pub(crate) fn new(
        endpoint: Endpoint,
        limits: Limits,
        shared: Shared,
    ) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .tls_backend_preconfigured(endpoint.tls().as_ref().clone())
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .no_proxy()
            .connect_timeout(limits.connect_timeout)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(IDLE_MAX)
            .tcp_nodelay(true)
            .user_agent(concat!("aicoin/", env!("CARGO_PKG_VERSION")))
            .build()?;
        let ip = IpAllowance::new(limits.ip_weight_per_minute, limits.ip_weight_reserved);
        Ok(Self {
            client,
            endpoint,
            ip: Mutex::new(ip),
            account: AccountAllowance::new(limits.requests_reserved),
            shared: shared.0,
            limits,
        })
    }

    /// How many of the venue's minutes are in one of ours: its allowance is for each of them.
    pub(crate) fn set_speed(&self, speed: f64) {
        self.ip().set_limits(
            at_speed(self.limits.ip_weight_per_minute, speed),
            at_speed(self.limits.ip_weight_reserved, speed),
        );
    }

    pub(crate) const fn account_allowance(&self) -> &AccountAllowance {
        &self.account
    }

    pub(crate) const fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Waits until there is room for a question, so that what follows is sent at once.
    pub(crate) async fn room_for(&self, question: Question<'_>) -> Result<(), AskError> {
        let until = Instant::now() + self.limits.info_timeout;
        let what = if question.is_look_up() {
            Use::LookUp
        } else {
            Use::Question
        };
        self.take(question.weight(), what, until)
            .await
            .map_err(|()| AskError::HeldBack(question.name()))
    }

    /// Asks, when there is room for it.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        question: Question<'_>,
        board: &Board,
    ) -> Result<T, AskError> {
        let shared = self.shared.as_ref().zip(question.good_for());
        let Some((shared, ttl)) = shared else {
            self.room_for(question).await?;
            return self.ask_now(question, board).await;
        };
        let key = self.key_of(question)?;
        // What cannot be read is as good as nothing: whatever wrote it was another version.
        if let Some(bytes) = shared.kept(&key).await
            && let Ok(answer) = serde_json::from_slice(&bytes)
        {
            return Ok(answer);
        }
        self.room_for(question).await?;
        let bytes = self.ask_for_bytes_now(question, board).await?;
        let answer = read_answer(question, &bytes)?;
        shared.keep(&key, &bytes, ttl).await;
        Ok(answer)
    }

    /// What an answer is kept under: where it was asked and what, in full.
    fn key_of(&self, question: Question<'_>) -> Result<String, AskError> {
        let question_text = serde_json::to_string(&question)
            .map_err(|error| AskError::Broken(question.name(), error.to_string()))?;
        Ok(format!("answer:{} {question_text}", self.endpoint.info()))
    }

    /// Asks, and once more where the first try failed on the way: of a reading of several parts one that fails is the
    /// failure of all.
    pub(crate) async fn ask_twice<T: DeserializeOwned>(
        &self,
        question: Question<'_>,
        board: &Board,
    ) -> Result<T, AskError> {
        match self.ask(question, board).await {
            Err(error) if error.is_of_the_way() => {
                sleep(ASK_AGAIN).await;
                self.ask(question, board).await
            }
            answer => answer,
        }
    }

    /// Asks; its weight was taken before.
    pub(crate) async fn ask_now<T: DeserializeOwned>(
        &self,
        question: Question<'_>,
        board: &Board,
    ) -> Result<T, AskError> {
        let bytes = self.ask_for_bytes_now(question, board).await?;
        read_answer(question, &bytes)
    }

    async fn ask_for_bytes_now(
        &self,
        question: Question<'_>,
        board: &Board,
    ) -> Result<Vec<u8>, AskError> {
        let asked = Instant::now();
        let answer = self.ask_for_bytes(question).await;
        match &answer {
            Ok(_) => board.answered(asked.elapsed()),
            Err(error) => board.failed(&sentence(&error.to_string())),
        }
        answer
    }

    async fn ask_for_bytes(&self, question: Question<'_>) -> Result<Vec<u8>, AskError> {
        let name = question.name();
        let body = serde_json::to_vec(&question)
            .map_err(|error| AskError::Broken(name, error.to_string()))?;
        let request = self.post(self.endpoint.info(), body);
        let read = async {
            let mut response = request.send().await.map_err(words)?;
            let status = response.status();
            let body = bounded(&mut response, self.limits.body_bytes_max).await?;
            Ok::<_, String>((status, body))
        };
        let (status, body) = timeout(self.limits.info_timeout, read)
            .await
            .map_err(|_| AskError::Timeout(name))?
            .map_err(|why| AskError::Broken(name, why))?;
        if status == StatusCode::TOO_MANY_REQUESTS {
            self.cool();
        }
        if status != StatusCode::OK {
            return Err(AskError::Status(name, status.as_u16(), text_of(&body)));
        }
        Ok(body)
    }

    /// What an answer weighed, once its length is known.
    pub(crate) fn charge_entries(&self, question: Question<'_>, entries: usize) {
        if let Some(each) = question.entries_a_weight() {
            let weight = u32::try_from(entries / each).unwrap_or(u32::MAX);
            self.ip().charge(Instant::now(), weight);
            self.count_shared(weight);
        }
    }

    /// Whether an action may leave, waiting for the allowance until `until` where it can wait.
    ///
    /// # Errors
    /// Why it must not: it was certainly not sent.
    pub(crate) async fn admit(
        &self,
        requests: u32,
        is_urgent: bool,
        until: Instant,
    ) -> Result<(), String> {
        if !is_urgent && self.account.is_kept_back() {
            return Err(format!(
                "Not sent: only {} requests are left of the account's allowance at the venue, and they are kept for \
                 cancels and for closing.",
                self.account.left().unwrap_or(0)
            ));
        }
        let what = if is_urgent { Use::Urgent } else { Use::Opening };
        self.take(1 + requests / 40, what, until)
            .await
            .map_err(|()| {
                "Not sent: the requests that the venue allows this IP address are used up for now."
                    .to_owned()
            })
    }

    /// Sends an action. As long as no connection comes, nothing has left, and it is tried again until `until`.
    pub(crate) async fn act(
        &self,
        body: Vec<u8>,
        requests: u32,
        until: Instant,
        board: &Board,
    ) -> Outcome {
        let asked = Instant::now();
        let deadline = until.min(asked + self.limits.exchange_timeout);
        self.account.spend(requests.into());
        let outcome = loop {
            let request = self.post(self.endpoint.exchange(), body.clone());
            let left = deadline.saturating_duration_since(Instant::now());
            match timeout(left, self.act_once(request, requests)).await {
                Ok(Ok(outcome)) => break outcome,
                Ok(Err(why)) if Instant::now() + CONNECT_AGAIN < deadline => {
                    board.failed(&sentence(&format!("the venue cannot be reached: {why}")));
                    sleep(CONNECT_AGAIN).await;
                }
                Ok(Err(why)) => break Outcome::Unknown(why),
                Err(_) => break Outcome::Unknown("it did not answer in time".to_owned()),
            }
        };
        match &outcome {
            Outcome::Answered(_) | Outcome::NotDone(_) => board.answered(asked.elapsed()),
            Outcome::Unknown(why) => {
                board.failed(&sentence(&format!("an action has no answer: {why}")));
            }
        }
        outcome
    }

    /// `Err`: no connection came, and nothing was sent.
    async fn act_once(&self, request: RequestBuilder, requests: u32) -> Result<Outcome, String> {
        let unknown = |why: String| Ok(Outcome::Unknown(why));
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) if error.is_connect() => return Err(words(error)),
            Err(error) => return unknown(words(error)),
        };
        let status = response.status();
        let body = bounded(&mut response, self.limits.body_bytes_max).await;
        if status == StatusCode::TOO_MANY_REQUESTS {
            self.cool();
        }
        let expected = usize::try_from(requests).unwrap_or(usize::MAX);
        let body = match body {
            Ok(body) => body,
            Err(why) => return unknown(why),
        };
        Ok(outcome_of(status.as_u16(), &body, expected))
    }

    fn post(&self, url: &str, body: Vec<u8>) -> RequestBuilder {
        self.client
            .post(url)
            .header("content-type", "application/json")
            .body(body)
    }

    async fn take(&self, weight: u32, what: Use, until: Instant) -> Result<(), ()> {
        loop {
            let now = Instant::now();
            let wait = match self.ip().take(now, weight, what) {
                Ok(()) => break,
                Err(wait) => wait,
            };
            if now + wait > until {
                return Err(());
            }
            sleep(wait).await;
        }
        self.take_shared(weight, what, until).await
    }

    /// The same of what all workers behind this address use together. What must not wait does not.
    async fn take_shared(&self, weight: u32, what: Use, until: Instant) -> Result<(), ()> {
        if what == Use::Urgent {
            self.count_shared(weight);
            return Ok(());
        }
        let Some(shared) = &self.shared else {
            return Ok(());
        };
        loop {
            let limit = self.ip().limit(what);
            match shared
                .take(self.endpoint.info(), weight, limit, false)
                .await
            {
                Taken::Granted | Taken::Unknown => return Ok(()),
                Taken::Wait(pause) if Instant::now() + pause > until => return Err(()),
                Taken::Wait(pause) => sleep(pause).await,
            }
        }
    }

    /// Tells the others what was used, beside what goes on.
    fn count_shared(&self, weight: u32) {
        let Some(shared) = self.shared.clone() else {
            return;
        };
        let venue = self.endpoint.info().to_owned();
        // It is over within milliseconds, and nothing waits for it.
        tokio::spawn(async move { shared.take(&venue, weight, u32::MAX, true).await });
    }

    fn cool(&self) {
        let pause = self.ip().cool(Instant::now(), self.limits.cool_down);
        let Some(shared) = self.shared.clone() else {
            return;
        };
        let venue = self.endpoint.info().to_owned();
        tokio::spawn(async move { shared.be_quiet(&venue, pause).await });
    }

    fn ip(&self) -> std::sync::MutexGuard<'_, IpAllowance> {
        self.ip.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read_answer<T: DeserializeOwned>(question: Question<'_>, bytes: &[u8]) -> Result<T, AskError> {
    serde_json::from_slice(bytes)
        .map_err(|error| AskError::Unreadable(question.name(), error.to_string()))
}

/// What an answer to an action proves.
///
/// - HTTP 200 and an answer: what it says.
/// - 408, 425, 429, 5xx, redirects and anything that cannot be read: nothing. Something in front of the venue may have
///   said it while the action was on its way.
/// - Every other 4xx: the venue did not take the request up (422 is a body that it cannot read).
pub(crate) fn outcome_of(status: u16, body: &[u8], expected: usize) -> Outcome {
    match status {
        200 => read(body, expected).map_or_else(
            || Outcome::Unknown(format!("its answer cannot be read: {}", text_of(body))),
            Outcome::Answered,
        ),
        408 | 425 | 429 | 499 => {
            Outcome::Unknown(format!("it answered HTTP {status}: {}", text_of(body)))
        }
        400..=498 => Outcome::NotDone(format!("HTTP {status}: {}", text_of(body))),
        _ => Outcome::Unknown(format!("it answered HTTP {status}: {}", text_of(body))),
    }
}

/// The body, or why there is none.
async fn bounded(response: &mut Response, bytes_max: usize) -> Result<Vec<u8>, String> {
    let too_large = || format!("the answer is larger than {bytes_max} bytes");
    let announced = response
        .content_length()
        .and_then(|length| usize::try_from(length).ok());
    if announced.is_some_and(|length| length > bytes_max) {
        return Err(too_large());
    }
    let mut body = Vec::with_capacity(announced.unwrap_or(0));
    while let Some(chunk) = response.chunk().await.map_err(words)? {
        if body.len().saturating_add(chunk.len()) > bytes_max {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// As much of a body as people read, on one line.
fn text_of(body: &[u8]) -> String {
    let cut = body.get(..WORDS_BYTES_MAX).unwrap_or(body);
    String::from_utf8_lossy(cut)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// With a capital and a full stop.
fn sentence(words: &str) -> String {
    let mut letters = words.trim_end_matches('.').chars();
    let first = letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().to_string());
    format!("{first}{}.", letters.as_str())
}

/// An allowance of the venue's minutes as one of ours.
fn at_speed(weight: u32, speed: f64) -> u32 {
    let scaled = f64::from(weight) * speed;
    if scaled >= f64::from(u32::MAX / 2) {
        u32::MAX / 2
    } else {
        // Between 0 and half of the largest one.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let whole = scaled as u32;
        whole.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_proves_nothing_is_told_from_a_refusal() {
        let refusal = br#"{"status":"err","response":"Action already expired"}"#;
        assert_eq!(
            outcome_of(200, refusal, 1),
            Outcome::Answered(Answer::Refused("Action already expired".to_owned()))
        );
        for status in [301, 302, 408, 425, 429, 500, 502, 503, 504, 520] {
            assert!(
                matches!(outcome_of(status, refusal, 1), Outcome::Unknown(_)),
                "{status}"
            );
        }
        assert!(matches!(outcome_of(200, b"{", 1), Outcome::Unknown(_)));
        for status in [400, 401, 403, 404, 413, 422] {
            assert!(
                matches!(outcome_of(status, b"no", 1), Outcome::NotDone(_)),
                "{status}"
            );
        }
    }

    #[test]
    fn an_allowance_grows_with_the_venues_speed() {
        assert_eq!(at_speed(1200, 1.0), 1200);
        assert_eq!(at_speed(1200, 60.0), 72_000);
        assert_eq!(at_speed(1200, 1e9), u32::MAX / 2);
    }

    #[test]
    fn words_become_a_sentence() {
        assert_eq!(sentence("the venue is away"), "The venue is away.");
        assert_eq!(sentence("It is."), "It is.");
        assert_eq!(sentence(""), ".");
    }
}

#[cfg(test)]
#[path = "rest_tests.rs"]
mod against_sockets;
