//! What an HTTP answer says: a completion, or a fault with its reason code. Pure.
//!
//! Read permissively, because providers differ and add fields; what the model wrote is read strictly elsewhere. Status
//! 200 does not mean success: the body may hold an error.
//!
//! The key is taken out of every text here, as soon as it is decoded and before anything is cut: half of a key is a secret
//! too.

use core::time::Duration;

use aicoin_core::AiFailure;
use aicoin_domain::Reason;
use serde_json::Value;

use crate::price::{TOKENS_MAX, Usage};
use crate::secret::{ApiKey, redact, redact_plain};
use crate::text;

/// How much of a provider's error message is kept, in bytes.
const MESSAGE_BYTES_MAX: usize = 300;

/// A completed HTTP exchange.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: RetryAfter,
    pub(crate) request_id: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// What `Retry-After` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RetryAfter {
    /// It is not there.
    Absent,
    /// So long.
    Wait(Duration),
    /// A date, or no time at all: we cannot know when, so we do not come back in this decision.
    Unreadable,
}

impl RetryAfter {
    /// Reads the header's text.
    pub(crate) fn of(text: Option<&str>) -> Self {
        match text.map(|text| text.trim().parse::<u32>()) {
            None => Self::Absent,
            Some(Ok(seconds)) => Self::Wait(Duration::from_secs(u64::from(seconds))),
            Some(Err(_)) => Self::Unreadable,
        }
    }
}

/// A model's completion.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Completion {
    pub(crate) model: String,
    pub(crate) id: Option<String>,
    pub(crate) content: String,
    pub(crate) reasoning: Option<String>,
    pub(crate) finish_reason: Option<String>,
    pub(crate) usage: Option<Usage>,
}

/// Why an exchange gave no completion.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) failure: AiFailure,
    pub(crate) again: Again,
    pub(crate) billed: Billed,
}

/// Whether the same request may be sent once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// It would fail again, or may not be asked.
    No,
    /// After our own pause.
    Yes,
    /// Not before this.
    After(Duration),
}

/// Whether the provider may charge for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Billed {
    /// The request never arrived, or was refused as a whole.
    No,
    /// Nobody knows: it counts at its worst.
    Perhaps,
}

impl Fault {
    pub(crate) fn new(
        reason: Reason,
        detail: impl Into<String>,
        again: Again,
        billed: Billed,
    ) -> Self {
        Self {
            failure: AiFailure {
                reason,
                detail: detail.into(),
            },
            again,
            billed,
        }
    }
}

/// The completion in an answer, without the key.
pub(crate) fn completion(answer: &Answer, key: Option<&ApiKey>) -> Result<Completion, Fault> {
    if !(200..300).contains(&answer.status) {
        return Err(refused(
            answer.status,
            answer.retry_after,
            &message(&answer.body, key),
        ));
    }
    let Ok(body) = json(&answer.body) else {
        return Err(Fault::new(
            Reason::AiUnavailable,
            "The AI's answer is not a whole JSON body; if this stays, check that baseUrl is an API and not a web page.",
            Again::Yes,
            Billed::Perhaps,
        ));
    };
    // An error inside of 200, for the whole answer or for its choice.
    let error = ["/error", "/choices/0/error"]
        .into_iter()
        .find_map(|path| body.pointer(path));
    if let Some(error) = error.filter(|error| !error.is_null()) {
        return Err(refused(
            error_status(error),
            answer.retry_after,
            &error_message(error, key),
        ));
    }
    let Some(message) = body.pointer("/choices/0/message") else {
        return Err(Fault::new(
            Reason::AiUnavailable,
            "The AI's answer is JSON, but not a chat completion; check that baseUrl is an API of that kind.",
            Again::Yes,
            Billed::Perhaps,
        ));
    };
    let clean = |body: &Value, path: &str| words(body, path).map(|text| redact(key, &text));
    Ok(Completion {
        model: clean(&body, "/model").unwrap_or_default(),
        id: clean(&body, "/id").or_else(|| answer.request_id.as_ref().map(|id| redact(key, id))),
        content: clean(message, "/content").unwrap_or_default(),
        reasoning: clean(message, "/reasoning_content").or_else(|| clean(message, "/reasoning")),
        finish_reason: words(&body, "/choices/0/finish_reason"),
        usage: body.get("usage").and_then(usage),
    })
}

/// The JSON of a body: a waiting provider sends empty lines and comment lines first.
pub(crate) fn json(body: &[u8]) -> Result<Value, serde_json::Error> {
    let mut rest = body.trim_ascii_start();
    while let Some(comment) = rest.strip_prefix(b":") {
        let end = comment
            .iter()
            .position(|byte| *byte == b'\n')
            .unwrap_or(comment.len());
        rest = comment.get(end..).unwrap_or_default().trim_ascii_start();
    }
    serde_json::from_slice(rest)
}

/// What a refusal means, by its status.
pub(crate) fn refused(status: u16, retry_after: RetryAfter, message: &str) -> Fault {
    let again = match retry_after {
        RetryAfter::Absent => Again::Yes,
        RetryAfter::Wait(wait) => Again::After(wait),
        RetryAfter::Unreadable => Again::No,
    };
    let (reason, what, again) = match status {
        401 | 403 => (
            Reason::AiUnauthorized,
            "it refuses the key; put a valid key into the Secret",
            Again::No,
        ),
        402 => (
            Reason::AiNoBalance,
            "the account has no balance; top it up",
            Again::No,
        ),
        408 => (Reason::AiTimeout, "it took too long", again),
        429 => (Reason::AiRateLimited, "too many calls at once", again),
        300..=399 => (
            Reason::AiBadRequest,
            "it points to another address, which is not followed; put the right address into baseUrl",
            Again::No,
        ),
        400..=499 => (
            Reason::AiBadRequest,
            "it refuses the request; check model, baseUrl and the dialect",
            Again::No,
        ),
        _ => (Reason::AiUnavailable, "it failed", again),
    };
    // A whole refusal costs nothing. A gateway that lost its model may have been charged for it.
    let billed = match status {
        408 | 502 | 504 => Billed::Perhaps,
        300..=503 => Billed::No,
        _ => Billed::Perhaps,
    };
    let said = if message.is_empty() {
        String::new()
    } else {
        format!(" It says: {message}")
    };
    Fault::new(
        reason,
        format!("The AI answered {status}: {what}.{said}"),
        again,
        billed,
    )
}

/// The status that an error object stands for; 500 when it names none.
fn error_status(error: &Value) -> u16 {
    ["/code", "/status"]
        .into_iter()
        .filter_map(|path| error.pointer(path))
        .find_map(|code| code.as_u64().or_else(|| code.as_str()?.parse().ok()))
        .and_then(|code| u16::try_from(code).ok())
        .filter(|code| (300..600).contains(code))
        .unwrap_or(500)
}

/// What a provider says in the body of an error, on one line.
pub(crate) fn message(body: &[u8], key: Option<&ApiKey>) -> String {
    match json(body) {
        Ok(body) => error_message(body.get("error").unwrap_or(&body), key),
        Err(_) => text::sentence(
            &redact_plain(key, &String::from_utf8_lossy(body)),
            MESSAGE_BYTES_MAX,
        ),
    }
}

fn error_message(error: &Value, key: Option<&ApiKey>) -> String {
    let said = ["/message", "/detail", "/msg"]
        .into_iter()
        .find_map(|path| error.pointer(path)?.as_str());
    match said.or_else(|| error.as_str()) {
        Some(said) => text::sentence(&redact_plain(key, said), MESSAGE_BYTES_MAX),
        None => text::sentence(&redact_plain(key, &error.to_string()), MESSAGE_BYTES_MAX),
    }
}

fn words(body: &Value, path: &str) -> Option<String> {
    body.pointer(path)?.as_str().map(str::to_owned)
}

/// The tokens used; `None` unless input and output are both counted, and plausibly.
fn usage(usage: &Value) -> Option<Usage> {
    let count = |path: &str| usage.pointer(path).and_then(Value::as_u64);
    let prompt = count("/prompt_tokens")?;
    let output = count("/completion_tokens")?;
    let cached = count("/prompt_cache_hit_tokens")
        .or_else(|| count("/prompt_tokens_details/cached_tokens"))
        // More from the cache than there was: an honest count is not at hand, so nothing was cached.
        .filter(|cached| *cached <= prompt)
        .unwrap_or(0);
    let input = prompt.saturating_sub(cached);
    (prompt <= TOKENS_MAX && output <= TOKENS_MAX).then_some(Usage {
        cached,
        input,
        output,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status,
            retry_after: RetryAfter::Absent,
            request_id: Some("header".into()),
            body: body.into(),
        }
    }

    #[test]
    fn every_status_has_its_code() {
        use Again::{No, Yes};
        let table = [
            (301, Reason::AiBadRequest, No, Billed::No),
            (400, Reason::AiBadRequest, No, Billed::No),
            (401, Reason::AiUnauthorized, No, Billed::No),
            (402, Reason::AiNoBalance, No, Billed::No),
            (403, Reason::AiUnauthorized, No, Billed::No),
            (404, Reason::AiBadRequest, No, Billed::No),
            (408, Reason::AiTimeout, Yes, Billed::Perhaps),
            (413, Reason::AiBadRequest, No, Billed::No),
            (422, Reason::AiBadRequest, No, Billed::No),
            (429, Reason::AiRateLimited, Yes, Billed::No),
            (500, Reason::AiUnavailable, Yes, Billed::No),
            (502, Reason::AiUnavailable, Yes, Billed::Perhaps),
            (503, Reason::AiUnavailable, Yes, Billed::No),
            (504, Reason::AiUnavailable, Yes, Billed::Perhaps),
            (529, Reason::AiUnavailable, Yes, Billed::Perhaps),
        ];
        for (status, reason, again, billed) in table {
            let fault = completion(&answer(status, ""), None).unwrap_err();
            assert_eq!(
                (fault.failure.reason, fault.again, fault.billed),
                (reason, again, billed),
                "{status}"
            );
            assert!(fault.failure.detail.contains(&status.to_string()));
        }
    }

    #[test]
    fn an_error_is_read_in_every_shape() {
        let table = [
            (
                r#"{"error":{"message":"no\nmodel","code":"x"}}"#,
                "no model",
            ),
            (r#"{"error":"plain"}"#, "plain"),
            (r#"{"detail":"other"}"#, "other"),
            (r#"{"object":"error","message":"flat"}"#, "flat"),
            ("<html>502</html>", "<html>502</html>"),
            (r#"{"error":{"code":7}}"#, r#"{"code":7}"#),
        ];
        for (body, said) in table {
            let fault = completion(&answer(400, body), None).unwrap_err();
            assert!(
                fault.failure.detail.ends_with(&format!("It says: {said}")),
                "{}",
                fault.failure.detail
            );
        }
    }

    #[test]
    fn an_error_inside_of_200_counts_as_its_own_status() {
        let table = [
            (
                r#"{"error":{"code":429,"message":"slow down"}}"#,
                Reason::AiRateLimited,
            ),
            (
                r#"{"error":{"code":"402","message":"empty"}}"#,
                Reason::AiNoBalance,
            ),
            (
                r#"{"error":{"code":"server_error"}}"#,
                Reason::AiUnavailable,
            ),
            (r#"{"error":{"code":200}}"#, Reason::AiUnavailable),
            (
                r#"{"choices":[{"error":{"code":502},"message":{"content":"{}"}}]}"#,
                Reason::AiUnavailable,
            ),
        ];
        for (body, reason) in table {
            assert_eq!(
                completion(&answer(200, body), None)
                    .unwrap_err()
                    .failure
                    .reason,
                reason,
                "{body}"
            );
        }
    }

    #[test]
    fn usage_is_taken_only_when_it_is_plausible() {
        let table = [
            (
                r#"{"prompt_tokens":10,"completion_tokens":2,"prompt_cache_hit_tokens":4}"#,
                Some((4, 6, 2)),
            ),
            (
                r#"{"prompt_tokens":10,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":3}}"#,
                Some((3, 7, 2)),
            ),
            (
                r#"{"prompt_tokens":10,"completion_tokens":2}"#,
                Some((0, 10, 2)),
            ),
            (
                r#"{"prompt_tokens":10,"completion_tokens":2,"prompt_cache_hit_tokens":11}"#,
                Some((0, 10, 2)),
            ),
            (r#"{"prompt_tokens":10}"#, None),
            (r#"{"prompt_tokens":-1,"completion_tokens":2}"#, None),
            (
                r#"{"prompt_tokens":1,"completion_tokens":18446744073709551615}"#,
                None,
            ),
            ("null", None),
        ];
        for (text, expected) in table {
            let read = usage(&serde_json::from_str(text).unwrap());
            assert_eq!(
                read.map(|usage| (usage.cached, usage.input, usage.output)),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn a_completion_is_found_behind_empty_and_comment_lines() {
        let body = "\n\n: keep-alive\n\n: OPENROUTER PROCESSING\n{\"model\":\"m\",\"choices\":[{\"finish_reason\":\"stop\",\
                    \"message\":{\"content\":\"{}\",\"reasoning\":\"hm\"}}]}\n";
        let expected = Completion {
            model: "m".into(),
            id: Some("header".into()),
            content: "{}".into(),
            reasoning: Some("hm".into()),
            finish_reason: Some("stop".into()),
            usage: None,
        };
        assert_eq!(completion(&answer(200, body), None).unwrap(), expected);
        assert_eq!(
            completion(&answer(200, ": only"), None)
                .unwrap_err()
                .failure
                .reason,
            Reason::AiUnavailable
        );
        assert_eq!(
            completion(&answer(200, "{}"), None)
                .unwrap_err()
                .failure
                .reason,
            Reason::AiUnavailable
        );
    }

    #[test]
    fn a_wait_is_read_in_seconds_only() {
        assert_eq!(RetryAfter::of(None), RetryAfter::Absent);
        assert_eq!(
            RetryAfter::of(Some(" 7 ")),
            RetryAfter::Wait(Duration::from_secs(7))
        );
        assert_eq!(
            RetryAfter::of(Some("Wed, 21 Oct 2026 07:28:00 GMT")),
            RetryAfter::Unreadable
        );
        assert_eq!(RetryAfter::of(Some("-1")), RetryAfter::Unreadable);
    }
}
