//! The text that the model writes for a request, and the two shapes it is sent in: one object, or a stream. Pure.

use serde_json::{Map, Value, json};

use super::account::{Tokens, tokens_of};
use super::fault::Fault;
use super::vendor::Vendor;
use super::view::View;
use super::{trader, vendor::Refusal};

/// The chain of thought, where thinking is on.
const CHAIN: &str = "The view is read market by market: trend, position, limits. What is clear is proposed, the rest is held.";
/// How long a piece of a stream is, bytes.
const PIECE_BYTES: usize = 64;

/// What was asked, as far as it matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) model: String,
    /// The first message: what providers keep in their cache.
    pub(crate) first: String,
    /// The last message of the user.
    pub(crate) user: String,
    /// The length of all messages, in tokens.
    pub(crate) tokens: u64,
    pub(crate) wants_json: bool,
    pub(crate) stream: bool,
    pub(crate) stream_usage: bool,
    pub(crate) thinks: bool,
    pub(crate) max_tokens: Option<u64>,
}

/// What the model wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) content: String,
    pub(crate) chain: Option<String>,
    pub(crate) finish_reason: &'static str,
}

/// What stands around a text.
#[derive(Clone, Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) vendor: Vendor,
    pub(crate) id: String,
    /// Seconds.
    pub(crate) created: i64,
    pub(crate) model: String,
    pub(crate) tokens: &'a Tokens,
    pub(crate) has_usage: bool,
    pub(crate) has_cache_counters: bool,
}

impl Asked {
    /// Reads a request.
    ///
    /// # Errors
    /// When a field that must be there is not.
    pub(crate) fn read(vendor: Vendor, body: &Value) -> Result<Self, Refusal> {
        let missing = |name: &str| {
            let message = format!(
                "Failed to deserialize the JSON body into the target type: missing field `{name}`"
            );
            Refusal::new(422, message)
        };
        let model = body
            .get("model")
            .and_then(Value::as_str)
            .ok_or_else(|| missing("model"))?;
        let messages = body
            .get("messages")
            .and_then(Value::as_array)
            .ok_or_else(|| missing("messages"))?;
        let Some(first) = messages.first() else {
            return Err(Refusal::new(400, "Empty input messages"));
        };
        let user = messages
            .iter()
            .rfind(|message| message.get("role").and_then(Value::as_str) == Some("user"));
        let stream = body.get("stream").and_then(Value::as_bool) == Some(true);
        let format = body
            .pointer("/response_format/type")
            .and_then(Value::as_str);
        Ok(Self {
            model: model.to_owned(),
            first: content(first),
            user: user.map(content).unwrap_or_default(),
            // Four for what stands around each message.
            tokens: messages
                .iter()
                .map(|message| tokens_of(&content(message)).saturating_add(4))
                .sum(),
            wants_json: matches!(format, Some("json_object" | "json_schema")),
            stream,
            stream_usage: body
                .pointer("/stream_options/include_usage")
                .and_then(Value::as_bool)
                == Some(true),
            thinks: vendor.thinks(body),
            max_tokens: Vendor::max_tokens(body),
        })
    }
}

/// The text of a message: one string, or parts.
fn content(message: &Value) -> String {
    match message.get("content") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => parts
            .iter()
            .filter_map(|part| part.get("text").and_then(Value::as_str))
            .collect(),
        _ => String::new(),
    }
}

impl Text {
    /// What the trader writes, spoilt by the fault.
    pub(crate) fn write(
        seed: u64,
        asked: &Asked,
        view: Option<&View>,
        fault: Option<&Fault>,
    ) -> Self {
        let mut text = Self {
            content: answer(seed, asked, view),
            chain: asked.thinks.then(|| CHAIN.to_owned()),
            finish_reason: "stop",
        };
        text.limit(asked.max_tokens);
        if let Some(fault) = fault {
            text.spoil(fault);
        }
        text
    }

    /// The tokens of it: output and chain.
    pub(crate) fn tokens(&self) -> (u64, u64) {
        let chain = self.chain.as_deref().map_or(0, tokens_of);
        (tokens_of(&self.content).saturating_add(chain), chain)
    }

    /// Thinking counts too: what it takes is missing for the answer.
    fn limit(&mut self, max_tokens: Option<u64>) {
        let Some(most) = max_tokens else { return };
        let (all, chain) = self.tokens();
        if all > most {
            self.finish_reason = "length";
            self.cut(most.saturating_sub(chain).saturating_mul(4));
        }
    }

    fn cut(&mut self, bytes: u64) {
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        let bytes = bytes.min(self.content.len());
        self.content
            .truncate(self.content.floor_char_boundary(bytes));
    }

    fn half(&mut self) {
        self.cut(u64::try_from(self.content.len() / 2).unwrap_or(0));
    }

    fn spoil(&mut self, fault: &Fault) {
        match fault {
            Fault::Spaces => self.content = " ".repeat(200),
            Fault::Empty => self.content.clear(),
            Fault::Fenced => self.content = format!("```json\n{}\n```", self.content),
            Fault::Prose => self.content = "I would hold for now, the market is calm.".to_owned(),
            Fault::Length => {
                self.content.clear();
                self.finish_reason = "length";
            }
            Fault::CutReply => {
                self.half();
                self.finish_reason = "length";
            }
            Fault::ContentFilter => {
                self.content.clear();
                self.finish_reason = "content_filter";
            }
            Fault::InsufficientSystemResource => {
                self.half();
                self.finish_reason = "insufficient_system_resource";
            }
            Fault::WrongSchema => {
                self.content = json!({"signal": "buy", "coins": ["BTC"], "size": 1.5}).to_string();
            }
            Fault::OutOfRange => self.change(|decision| {
                decision.insert("confidence".to_owned(), json!(140));
                decision.insert("risk_bps".to_owned(), json!(-5));
                decision.insert("leverage".to_owned(), json!(100_000));
                decision.insert("action".to_owned(), json!("open_long"));
            }),
            Fault::WrongView => self.content = with_other_view(&self.content),
            Fault::BlankLines { .. }
            | Fault::KeepAlive { .. }
            | Fault::CutBody
            | Fault::Status { .. }
            | Fault::ErrorInside { .. }
            | Fault::Hang
            | Fault::MissingCacheCounters
            | Fault::MissingUsage
            | Fault::OtherModel { .. }
            | Fault::Slow { .. } => {}
        }
    }

    /// Changes each decision of the reply.
    fn change(&mut self, change: impl Fn(&mut Map<String, Value>)) {
        let Ok(mut reply) = serde_json::from_str::<Value>(&self.content) else {
            return;
        };
        let decisions = reply.get_mut("decisions").and_then(Value::as_array_mut);
        for decision in decisions.into_iter().flatten() {
            decision.as_object_mut().into_iter().for_each(&change);
        }
        self.content = reply.to_string();
    }
}

fn with_other_view(content: &str) -> String {
    let Ok(mut reply) = serde_json::from_str::<Value>(content) else {
        return content.to_owned();
    };
    if let Some(view) = reply.get_mut("view_id") {
        *view = json!(view.as_u64().unwrap_or(0).wrapping_add(1));
    }
    reply.to_string()
}

fn answer(seed: u64, asked: &Asked, view: Option<&View>) -> String {
    match view {
        Some(view) => trader::reply(seed, view).to_string(),
        None if asked.wants_json => {
            json!({"answer": "There is no market view in this message."}).to_string()
        }
        None => "There is no market view in this message.".to_owned(),
    }
}

impl Frame<'_> {
    /// The body of a completion.
    pub(crate) fn object(&self, text: &Text) -> Value {
        let mut message = json!({"role": "assistant", "content": text.content});
        if let (Some(chain), Some(fields)) = (&text.chain, message.as_object_mut()) {
            fields.insert(self.vendor.chain_field().to_owned(), json!(chain));
        }
        let choice = json!({
            "index": 0, "message": message, "logprobs": null, "finish_reason": text.finish_reason,
        });
        let mut body = self.body("chat.completion", json!([choice]));
        if let (true, Some(fields)) = (self.has_usage, body.as_object_mut()) {
            fields.insert("usage".to_owned(), self.usage());
        }
        body
    }

    /// The same as a stream of server-sent events.
    pub(crate) fn stream(&self, text: &Text, with_usage: bool) -> String {
        let field = self.vendor.chain_field();
        let mut events = vec![self.event(
            &json!({"role": "assistant", "content": if text.chain.is_some() { Value::Null } else { json!("") }}),
            None,
        )];
        for piece in pieces(text.chain.as_deref().unwrap_or_default()) {
            events.push(self.event(&json!({field: piece}), None));
        }
        for piece in pieces(&text.content) {
            events.push(self.event(&json!({"content": piece}), None));
        }
        events.push(self.event(&json!({"content": ""}), Some(text.finish_reason)));
        if with_usage && self.has_usage {
            let mut last = self.body("chat.completion.chunk", json!([]));
            if let Some(fields) = last.as_object_mut() {
                fields.insert("usage".to_owned(), self.usage());
            }
            events.push(last);
        }
        let mut stream: String = events
            .iter()
            .map(|event| format!("data: {event}\n\n"))
            .collect();
        stream.push_str("data: [DONE]\n\n");
        stream
    }

    fn event(&self, delta: &Value, finish_reason: Option<&str>) -> Value {
        let choice =
            json!({"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish_reason});
        self.body("chat.completion.chunk", json!([choice]))
    }

    fn body(&self, object: &str, choices: Value) -> Value {
        json!({
            "id": self.id, "object": object, "created": self.created, "model": self.model,
            "system_fingerprint": "fp_aicoin_sim", "choices": choices,
        })
    }

    fn usage(&self) -> Value {
        let Tokens {
            cached,
            input,
            output,
            reasoning,
        } = *self.tokens;
        let prompt = cached.saturating_add(input);
        let mut usage = json!({
            "prompt_tokens": prompt,
            "completion_tokens": output,
            "total_tokens": prompt.saturating_add(output),
            "completion_tokens_details": {"reasoning_tokens": reasoning},
        });
        if let (true, Some(fields)) = (self.has_cache_counters, usage.as_object_mut()) {
            fields.insert(
                "prompt_tokens_details".to_owned(),
                json!({"cached_tokens": cached}),
            );
            fields.insert("prompt_cache_hit_tokens".to_owned(), json!(cached));
            fields.insert("prompt_cache_miss_tokens".to_owned(), json!(input));
        }
        usage
    }
}

/// A text in pieces, each of whole characters.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.ceil_char_boundary(PIECE_BYTES.min(rest.len()));
        let (piece, after) = rest.split_at(end);
        pieces.push(piece);
        rest = after;
    }
    pieces
}

#[cfg(test)]
#[path = "completion_tests.rs"]
mod tests;
