//! Asking a model for one decision: the tries, the deadline, the cost, the evidence.
//!
//! At most three requests: the first one, one retry, and one repair turn. The retry is for a transport fault that may
//! pass and for a reply in which the model wrote nothing; the repair turn tells the model why its reply was refused.
//! Everything happens before one deadline, and every way out has a reason code and a settled cost.
//!
//! Never: serve an answer from a cache; act on a part of a reply; let the key into a result.

use core::time::Duration;

use aicoin_core::{AiCall, AiFailure, AiReply, ReplyItem};
use aicoin_domain::{Reason, Usd};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Client, RequestBuilder, Url};
use tokio::time::Instant;

use crate::completion::{Again, Billed, Completion, completion};
use crate::config::{AiClientConfig, AiConfigError, millis};
use crate::dialect::ResponseFormat;
use crate::health::{self, AiHealth};
use crate::http;
use crate::prompt::Prompt;
use crate::reply::{is_normal_stop, parse_reply};
use crate::request::{self, Ask};
use crate::secret::{ApiKey, redact, redact_plain};
use crate::text;

/// How much of a reply is kept, in bytes: as much as is read.
const RAW_REPLY_BYTES_MAX: usize = crate::reply::REPLY_BYTES_MAX;

/// How much of a chain of thought is kept, in bytes.
const REASONING_BYTES_MAX: usize = 16 * 1024;

/// How much of an id or a model's name is kept, in bytes.
const NAME_BYTES_MAX: usize = 128;

/// A client for one model. It has no `Debug`, because it holds the key.
pub struct AiClient {
    http: Client,
    config: AiClientConfig,
    key: Option<ApiKey>,
    completions: Url,
}

/// What may still be done within a decision.
struct Allowance {
    retry: bool,
    repair: bool,
}

/// What a try led to, and what it leaves as evidence.
struct Outcome {
    result: Result<AiReply, AiFailure>,
    completion: Option<Completion>,
}

/// What comes after a try.
enum Next {
    Done,
    Again { pause: Duration, ask: Ask },
}

impl AiClient {
    /// A client. Self-hosted servers may want no key.
    ///
    /// # Errors
    /// When a field of the configuration is wrong; the sentence names it.
    pub fn new(config: AiClientConfig, key: Option<ApiKey>) -> Result<Self, AiConfigError> {
        config.check()?;
        let http = http::client(&config)?;
        let completions = config.endpoint("chat/completions")?;
        Ok(Self {
            http,
            config,
            key,
            completions,
        })
    }

    /// The configuration.
    #[must_use]
    pub const fn config(&self) -> &AiClientConfig {
        &self.config
    }

    /// What one decision costs at its worst: reserve it before the call, settle [`AiCall::cost`] after it.
    #[must_use]
    pub fn worst_case_cost(&self) -> Usd {
        self.config.worst_case_cost()
    }

    /// Asks for a decision, within `within` and the configured timeout, whichever is shorter.
    ///
    /// The second value is the evidence and the cost; it is there whatever became of the call.
    pub async fn decide(
        &self,
        prompt: &Prompt,
        within: Duration,
    ) -> (Result<AiReply, AiFailure>, AiCall) {
        let started = Instant::now();
        let deadline = started + within.min(self.config.timeout());
        let mut call = AiCall {
            model_asked: self.config.model.clone(),
            prompt_version: prompt.version.clone(),
            prompt_hash: prompt.hash.clone(),
            ..AiCall::default()
        };
        let outcome = self.outcome(prompt, deadline, &mut call).await;
        if let Some(completion) = outcome.completion {
            call.model = self.redacted_name(&completion.model);
            call.request_id = completion.id.map(|id| self.redacted_name(&id));
            call.raw_reply = text::storable(&completion.content, RAW_REPLY_BYTES_MAX);
            call.reasoning = completion
                .reasoning
                .map(|reasoning| text::storable(&reasoning, REASONING_BYTES_MAX));
        }
        call.latency_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        (outcome.result, call)
    }

    /// Whether the endpoint is there, takes the key, and has balance.
    ///
    /// # Errors
    /// The reason that a decision would fail for.
    pub async fn health(&self) -> Result<AiHealth, AiFailure> {
        let deadline = Instant::now() + self.config.timeout().min(health::TIMEOUT);
        health::health(self, deadline).await
    }

    async fn outcome(&self, prompt: &Prompt, deadline: Instant, call: &mut AiCall) -> Outcome {
        if prompt.bytes() > self.config.prompt_bytes_max {
            let detail = format!(
                "The prompt has {} bytes and at most {} are sent; name fewer markets in the manifest.",
                prompt.bytes(),
                self.config.prompt_bytes_max
            );
            let result = Err(AiFailure {
                reason: Reason::AiBadRequest,
                detail,
            });
            return Outcome {
                result,
                completion: None,
            };
        }
        let mut allowance = Allowance {
            retry: true,
            repair: true,
        };
        let mut ask = Ask::default();
        let mut best: Option<Outcome> = None;
        // The allowance bounds the loop: each turn but the last takes something from it.
        loop {
            let (outcome, again) = self.one_try(prompt, &ask, deadline, call).await;
            let next = self.next(&outcome, again, &ask, &mut allowance);
            best = Some(better(best.take(), outcome));
            match next {
                Next::Again {
                    pause,
                    ask: next_ask,
                } if Instant::now() + pause < deadline => {
                    tokio::time::sleep(pause).await;
                    ask = next_ask;
                }
                Next::Again { .. } | Next::Done => break,
            }
        }
        best.unwrap_or_else(|| Outcome {
            result: Err(AiFailure {
                reason: Reason::AiUnavailable,
                detail: "The AI was not asked.".to_owned(),
            }),
            completion: None,
        })
    }

    /// One request, its cost settled.
    async fn one_try(
        &self,
        prompt: &Prompt,
        ask: &Ask,
        deadline: Instant,
        call: &mut AiCall,
    ) -> (Outcome, Again) {
        let user = request::user_message(prompt, ask);
        let worst = self
            .config
            .worst_case_cost_of_try(prompt.system.len().saturating_add(user.len()));
        let body = request::body(&self.config, &prompt.system, &user, ask);
        let request = self
            .authorized(self.http.post(self.completions.clone()))
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string());
        call.tries = call.tries.saturating_add(1);
        let answer = http::exchange(request, deadline)
            .await
            .and_then(|answer| completion(&answer, self.key()));
        match answer {
            Ok(completion) => {
                self.settle(call, &completion, worst);
                let result = parse_reply(
                    &completion.content,
                    completion.finish_reason.as_deref(),
                    prompt.view,
                )
                .map(|reply| self.redacted_reply(reply));
                let again = if wrote_nothing(&result, &completion) {
                    Again::Yes
                } else {
                    Again::No
                };
                (
                    Outcome {
                        result,
                        completion: Some(completion),
                    },
                    again,
                )
            }
            Err(fault) => {
                if fault.billed == Billed::Perhaps {
                    call.cost += worst;
                }
                let result = Err(self.redacted_failure(fault.failure));
                (
                    Outcome {
                        result,
                        completion: None,
                    },
                    fault.again,
                )
            }
        }
    }

    /// Adds what a completion used; without a count it cost the worst.
    fn settle(&self, call: &mut AiCall, completion: &Completion, worst: Usd) {
        let Some(usage) = completion.usage else {
            call.cost += worst;
            return;
        };
        call.input_tokens = call.input_tokens.saturating_add(usage.input);
        call.cached_tokens = call.cached_tokens.saturating_add(usage.cached);
        call.output_tokens = call.output_tokens.saturating_add(usage.output);
        call.cost += self.config.prices.cost(&usage);
    }

    /// What comes after a try: a retry, a repair turn, or nothing.
    fn next(&self, outcome: &Outcome, again: Again, ask: &Ask, allowance: &mut Allowance) -> Next {
        let pause = match again {
            Again::Yes => Some(self.pause()),
            Again::After(wait) => Some(wait.saturating_add(self.pause())),
            Again::No => None,
        };
        if let Some(pause) = pause {
            if !core::mem::take(&mut allowance.retry) {
                return Next::Done;
            }
            let is_empty =
                matches!(&outcome.result, Err(failure) if failure.reason == Reason::ReplyEmpty);
            let has_format = self.config.dialect.response_format != ResponseFormat::None;
            let without_format = ask.without_format || (is_empty && has_format);
            return Next::Again {
                pause,
                ask: Ask {
                    without_format,
                    ..ask.clone()
                },
            };
        }
        match complaint(outcome) {
            Some(complaint) if core::mem::take(&mut allowance.repair) => Next::Again {
                pause: Duration::ZERO,
                ask: Ask {
                    repair: Some(complaint),
                    ..ask.clone()
                },
            },
            Some(_) | None => Next::Done,
        }
    }

    /// Half of the pause to one and a half of it, so that many bots do not come back at the same instant.
    fn pause(&self) -> Duration {
        let pause = millis(self.config.retry_pause);
        // Without randomness the pause is still a pause.
        let random = getrandom::u32().unwrap_or(u32::MAX / 2);
        let part = pause.mul_f64(f64::from(random) / f64::from(u32::MAX));
        (pause / 2).saturating_add(part)
    }

    /// A GET of another path of the same API, for [`health`].
    pub(crate) fn get(&self, path: &str) -> Result<RequestBuilder, AiConfigError> {
        Ok(self.authorized(self.http.get(self.config.endpoint(path)?)))
    }

    fn authorized(&self, request: RequestBuilder) -> RequestBuilder {
        let request = request.header(ACCEPT, "application/json");
        match &self.key {
            Some(key) => request.header(AUTHORIZATION, key.header()),
            None => request,
        }
    }

    /// The failure without the key: a provider may repeat it in its message.
    pub(crate) fn redacted_failure(&self, failure: AiFailure) -> AiFailure {
        AiFailure {
            detail: redact(self.key(), &failure.detail),
            ..failure
        }
    }

    /// An id or a model's name, without the key, cut.
    fn redacted_name(&self, name: &str) -> String {
        text::sentence(&redact_plain(self.key(), name), NAME_BYTES_MAX)
    }

    /// The reply without the key: in JSON it may be spelled so that only the reading puts it together.
    fn redacted_reply(&self, mut reply: AiReply) -> AiReply {
        for item in &mut reply.items {
            let (one, other) = match item {
                ReplyItem::Proposal(wish) => (&mut wish.symbol, &mut wish.reason),
                ReplyItem::Rejected { symbol, detail, .. } => (symbol, detail),
            };
            for text in [one, other] {
                *text = redact(self.key(), text);
            }
        }
        reply
    }

    pub(crate) const fn key(&self) -> Option<&ApiKey> {
        self.key.as_ref()
    }
}

/// The better of two outcomes, the later one when they are equal: a reply to go by, then one of which no element stands,
/// then a text that was judged, then a fault on the way. So a repair turn that finds no answer does not hide why there
/// was one.
fn better(earlier: Option<Outcome>, later: Outcome) -> Outcome {
    fn rank(outcome: &Outcome) -> u8 {
        match (&outcome.result, &outcome.completion) {
            (Ok(reply), _) if stands(reply) => 3,
            (Ok(_), _) => 2,
            (Err(_), Some(_)) => 1,
            (Err(_), None) => 0,
        }
    }
    match earlier {
        Some(earlier) if rank(&earlier) > rank(&later) => earlier,
        Some(_) | None => later,
    }
}

/// Whether there is something to go by: at least one wish, or the plain statement that there is none.
fn stands(reply: &AiReply) -> bool {
    reply.items.is_empty()
        || reply
            .items
            .iter()
            .any(|item| matches!(item, ReplyItem::Proposal(_)))
}

/// A soft failure: the model wrote nothing, so there is nothing to complain about. A text that was cut off by the limit
/// would be cut off again.
fn wrote_nothing(result: &Result<AiReply, AiFailure>, completion: &Completion) -> bool {
    result.as_ref().is_err_and(|failure| {
        matches!(failure.reason, Reason::ReplyEmpty | Reason::AiUnavailable)
            || (failure.reason == Reason::ReplyTruncated && completion.content.trim().is_empty())
    })
}

/// What a repair turn would say: a wrong frame, or a reply of which no element stands. Our own sentence; of the model's
/// words at most the name of a field.
fn complaint(outcome: &Outcome) -> Option<String> {
    let completion = outcome.completion.as_ref()?;
    let sentence =
        |reason: Reason, detail: &str| format!("{} ({reason}).", detail.trim_end_matches('.'));
    match &outcome.result {
        Err(failure) => {
            let is_unfinished = failure.reason == Reason::ReplyTruncated
                && is_normal_stop(completion.finish_reason.as_deref());
            (is_unfinished || is_repairable(failure.reason))
                .then(|| sentence(failure.reason, &failure.detail))
        }
        Ok(reply) if stands(reply) => None,
        Ok(reply) => reply.items.iter().find_map(|item| match item {
            ReplyItem::Rejected { reason, detail, .. } => Some(sentence(*reason, detail)),
            ReplyItem::Proposal(_) => None,
        }),
    }
}

/// Whether a model that is told could do better. A text that was cut, withheld or never written says nothing.
const fn is_repairable(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::ReplyNotJson
            | Reason::ReplyTooLarge
            | Reason::DuplicateKey
            | Reason::TrailingText
            | Reason::UnknownField
            | Reason::MissingField
            | Reason::BadNumber
            | Reason::OutOfRange
            | Reason::BadValue
            | Reason::WrongSchemaVersion
            | Reason::WrongView
    )
}
