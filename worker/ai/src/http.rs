//! One HTTP exchange with a deadline and a limit on everything that comes back.
//!
//! Never: follow a redirect (the key would travel along), retry by itself, read the environment unless asked, or put a
//! URL into an error. A read timeout would be of no use: a waiting provider sends empty lines, so bytes are no progress.

use aicoin_domain::Reason;
use core::time::Duration;
use reqwest::{Client, RequestBuilder, Response, redirect, retry};
use tokio::time::{Instant, timeout_at};

use crate::completion::{Again, Answer, Billed, Fault, RetryAfter};
use crate::config::{AiClientConfig, AiConfigError};
use crate::text;

/// A connection that takes longer will not come.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// An unused connection is closed after this: a bot asks every few minutes, and each open one costs memory.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// The largest body that is read: a reply of 64 kB with a long chain of thought fits many times.
pub(crate) const BODY_BYTES_MAX: usize = 1024 * 1024;

/// How much of the body of an error is waited for, and how long: its status says enough.
const ERROR_BODY_BYTES_MAX: usize = 16 * 1024;
const ERROR_BODY_TIMEOUT: Duration = Duration::from_secs(2);

/// How much of a transport error is kept, in bytes.
const TRANSPORT_ERROR_BYTES_MAX: usize = 300;

/// Where providers put their id of a request.
const REQUEST_ID_HEADERS: [&str; 3] = ["x-request-id", "x-ds-trace-id", "request-id"];

/// The client that all requests go through.
pub(crate) fn client(config: &AiClientConfig) -> Result<Client, AiConfigError> {
    let builder = Client::builder()
        .tls_backend_preconfigured(aicoin_net::client_config(config.extra_ca_pem.as_deref())?)
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .pool_max_idle_per_host(1)
        .user_agent(concat!("aicoin/", env!("CARGO_PKG_VERSION")));
    let builder = if config.proxy_from_env {
        builder
    } else {
        builder.no_proxy()
    };
    builder
        .build()
        .map_err(|error| AiConfigError::Http(words(error)))
}

/// Sends a request and reads the answer, all of it before the deadline.
pub(crate) async fn exchange(request: RequestBuilder, deadline: Instant) -> Result<Answer, Fault> {
    match timeout_at(deadline, send(request)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Fault::new(
            Reason::AiTimeout,
            "The AI did not answer within the deadline of the decision.",
            Again::No,
            Billed::Perhaps,
        )),
    }
}

async fn send(request: RequestBuilder) -> Result<Answer, Fault> {
    let mut response = request.send().await.map_err(transport)?;
    let header = |name: &str| {
        response
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let status = response.status();
    let retry_after = RetryAfter::of(header("retry-after"));
    let request_id = REQUEST_ID_HEADERS
        .iter()
        .find_map(|name| header(name))
        .map(str::to_owned);
    let body = if status.is_success() {
        whole_body(&mut response).await?
    } else {
        error_body(&mut response).await
    };
    Ok(Answer {
        status: status.as_u16(),
        retry_after,
        request_id,
        body,
    })
}

/// The body, or a fault when it breaks off or is too large. A length that is announced is believed when it is too large.
async fn whole_body(response: &mut Response) -> Result<Vec<u8>, Fault> {
    let too_large = || {
        Fault::new(
            Reason::ReplyTooLarge,
            format!(
                "The AI's answer is larger than {BODY_BYTES_MAX} bytes and was not read to its end."
            ),
            Again::No,
            Billed::Perhaps,
        )
    };
    let limit = u64::try_from(BODY_BYTES_MAX).unwrap_or(u64::MAX);
    if response
        .content_length()
        .is_some_and(|length| length > limit)
    {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(transport)? {
        if body.len().saturating_add(chunk.len()) > BODY_BYTES_MAX {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// As much of the body of an error as comes quickly.
async fn error_body(response: &mut Response) -> Vec<u8> {
    let deadline = Instant::now() + ERROR_BODY_TIMEOUT;
    let mut body = Vec::new();
    while let Ok(Ok(Some(chunk))) = timeout_at(deadline, response.chunk()).await {
        body.extend_from_slice(&chunk);
        if body.len() > ERROR_BODY_BYTES_MAX {
            // Not a part of it: a cut could leave half of something that must be taken out as a whole.
            return Vec::new();
        }
    }
    body
}

/// What went wrong on the way.
fn transport(error: reqwest::Error) -> Fault {
    // Before the connection stands nothing was sent.
    let billed = if error.is_connect() {
        Billed::No
    } else {
        Billed::Perhaps
    };
    let (reason, what) = if error.is_timeout() {
        (Reason::AiTimeout, "could not be reached in time")
    } else if error.is_connect() {
        (Reason::AiUnavailable, "could not be reached")
    } else if error.is_builder() {
        (Reason::AiBadRequest, "could not be asked")
    } else {
        (Reason::AiUnavailable, "broke its answer off")
    };
    let again = if error.is_builder() {
        Again::No
    } else {
        Again::Yes
    };
    Fault::new(
        reason,
        format!("The AI {what}: {}.", words(error)),
        again,
        billed,
    )
}

/// An error and its causes, without the URL.
pub(crate) fn words(error: reqwest::Error) -> String {
    text::sentence(&aicoin_net::words(error), TRANSPORT_ERROR_BYTES_MAX)
}
