//! Whose dialect is spoken: what a request may hold, how an error looks, where the chain of thought goes. Pure.

use serde_json::{Value, json};

/// Who is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Vendor {
    /// `https://api.deepseek.com`, with or without `/v1`.
    DeepSeek,
    /// `https://api.openai.com/v1`.
    OpenAi,
    /// A vLLM server.
    Vllm,
    /// An Ollama server.
    Ollama,
    /// `https://openrouter.ai/api/v1`.
    OpenRouter,
}

/// An error of the endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The HTTP status.
    pub(crate) status: u16,
    /// What it says.
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
        }
    }
}

/// Names of DeepSeek that were switched off in July 2026.
const SWITCHED_OFF: [&str; 2] = ["deepseek-chat", "deepseek-reasoner"];

impl Vendor {
    /// All of them, each with what stands before `/chat/completions`.
    pub(crate) const ALL: [(Self, &'static str); 6] = [
        (Self::DeepSeek, ""),
        (Self::DeepSeek, "/v1"),
        (Self::OpenAi, "/openai/v1"),
        (Self::Vllm, "/vllm/v1"),
        (Self::Ollama, "/ollama/v1"),
        (Self::OpenRouter, "/openrouter/api/v1"),
    ];

    /// Whether a wrong key is refused.
    pub(crate) const fn wants_key(self) -> bool {
        matches!(self, Self::DeepSeek | Self::OpenAi | Self::OpenRouter)
    }

    /// The models that are listed.
    pub(crate) const fn models(self) -> &'static [&'static str] {
        match self {
            Self::DeepSeek => &["deepseek-flash", "deepseek-v4-pro"],
            Self::OpenAi => &["gpt-5", "gpt-5-mini"],
            Self::Vllm => &["deepseek-ai/DeepSeek-V4-Flash"],
            Self::Ollama => &["deepseek-flash:8b"],
            Self::OpenRouter => &["deepseek/deepseek-v4.1-flash"],
        }
    }

    /// Who owns its models.
    pub(crate) const fn owner(self) -> &'static str {
        match self {
            Self::DeepSeek | Self::OpenRouter => "deepseek",
            Self::OpenAi => "openai",
            Self::Vllm => "vllm",
            Self::Ollama => "library",
        }
    }

    /// The name of the field with the chain of thought.
    pub(crate) const fn chain_field(self) -> &'static str {
        match self {
            Self::DeepSeek | Self::OpenAi => "reasoning_content",
            Self::Vllm | Self::Ollama | Self::OpenRouter => "reasoning",
        }
    }

    /// Whether the vendor counts what came from its cache.
    pub(crate) const fn counts_cache(self) -> bool {
        matches!(self, Self::DeepSeek)
    }

    /// The line that keeps a waiting stream alive.
    pub(crate) const fn comment(self) -> &'static str {
        match self {
            Self::OpenRouter => ": OPENROUTER PROCESSING\n\n",
            Self::DeepSeek | Self::OpenAi | Self::Vllm | Self::Ollama => ": keep-alive\n\n",
        }
    }

    /// The body of an error.
    pub(crate) fn error(self, refusal: &Refusal) -> Value {
        let Refusal { status, message } = refusal;
        if self == Self::OpenRouter {
            return json!({"error": {"code": status, "message": message, "metadata": {"provider_name": "aicoin-sim"}}});
        }
        let kind = match status {
            401 => "authentication_error",
            402 => "unknown_error",
            429 => "rate_limit_error",
            500.. => "server_error",
            _ => "invalid_request_error",
        };
        json!({"error": {"message": message, "type": kind, "param": null, "code": "invalid_request_error"}})
    }

    /// What this vendor says with a status.
    pub(crate) const fn words(status: u16) -> &'static str {
        match status {
            400 => "Invalid request body format.",
            401 => "Authentication Fails, Your api key is invalid",
            402 => "Insufficient Balance",
            403 => "Your request was blocked.",
            422 => "Invalid parameter.",
            429 => "Rate limit reached: too many requests at once. Please slow down.",
            500 => "Internal server error",
            502 => "Bad gateway",
            503 => {
                "Service is too busy. We advise users to temporarily switch to alternative LLM API service providers."
            }
            504 => "Gateway timeout",
            _ => "The request failed.",
        }
    }

    /// What the vendor does not take in a request.
    pub(crate) fn check(self, body: &Value) -> Result<(), Refusal> {
        match self {
            Self::DeepSeek => deepseek(body),
            Self::OpenAi => openai(body),
            Self::Vllm | Self::Ollama | Self::OpenRouter => Ok(()),
        }
    }

    /// Whether the request switches thinking on, or leaves it on.
    pub(crate) fn thinks(self, body: &Value) -> bool {
        let flag = |path: &str| body.pointer(path).and_then(Value::as_bool);
        match self {
            Self::DeepSeek => {
                body.pointer("/thinking/type").and_then(Value::as_str) != Some("disabled")
            }
            Self::Vllm => flag("/chat_template_kwargs/enable_thinking")
                .or(flag("/chat_template_kwargs/thinking"))
                .unwrap_or(false),
            Self::OpenRouter => flag("/reasoning/enabled").unwrap_or(false),
            Self::OpenAi | Self::Ollama => false,
        }
    }

    /// The limit of the output in tokens, where there is one.
    pub(crate) fn max_tokens(body: &Value) -> Option<u64> {
        ["max_tokens", "max_completion_tokens"]
            .iter()
            .find_map(|name| body.get(*name).and_then(Value::as_u64))
    }

    /// The model that answers when another is asked for: DeepSeek's old names are aliases.
    pub(crate) fn serves(self, asked: &str) -> &str {
        if self == Self::DeepSeek && asked == "deepseek-v4-flash" {
            "deepseek-flash"
        } else {
            asked
        }
    }
}

fn deepseek(body: &Value) -> Result<(), Refusal> {
    let model = body.get("model").and_then(Value::as_str).unwrap_or("");
    if !model.starts_with("deepseek-") || SWITCHED_OFF.contains(&model) {
        return Err(Refusal::new(400, "Model Not Exist"));
    }
    range(body, "temperature", 0.0, 2.0)?;
    range(body, "top_p", 0.0, 1.0)?;
    if body.get("max_tokens").is_some_and(|limit| {
        !limit.is_null()
            && !limit
                .as_u64()
                .is_some_and(|limit| (1..=393_216).contains(&limit))
    }) {
        return Err(Refusal::new(
            400,
            "Invalid max_tokens value, the valid range of max_tokens is [1, 393216]",
        ));
    }
    match body.pointer("/thinking/type").and_then(Value::as_str) {
        None | Some("enabled" | "disabled") => {}
        Some(_) => {
            return Err(Refusal::new(
                400,
                "thinking.type must be enabled or disabled",
            ));
        }
    }
    match body
        .pointer("/response_format/type")
        .and_then(Value::as_str)
    {
        None | Some("text") => Ok(()),
        Some("json_object") => wants_the_word_json(body),
        Some(_) => Err(Refusal::new(
            400,
            "This response_format type is unavailable now",
        )),
    }
}

fn openai(body: &Value) -> Result<(), Refusal> {
    if body.get("thinking").is_some() {
        return Err(Refusal::new(
            400,
            "Unrecognized request argument supplied: thinking",
        ));
    }
    if body.get("max_tokens").is_some() {
        return Err(Refusal::new(
            400,
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        ));
    }
    let temperature = body.get("temperature").and_then(Value::as_f64);
    if temperature.is_some_and(|value| (value - 1.0).abs() > f64::EPSILON) {
        return Err(Refusal::new(
            400,
            "Unsupported value: 'temperature' does not support this value with this model. Only the default (1) value is supported.",
        ));
    }
    match body
        .pointer("/response_format/type")
        .and_then(Value::as_str)
    {
        Some("json_object") => wants_the_word_json(body),
        _ => Ok(()),
    }
}

fn wants_the_word_json(body: &Value) -> Result<(), Refusal> {
    let messages = body
        .get("messages")
        .map(Value::to_string)
        .unwrap_or_default();
    if messages.to_ascii_lowercase().contains("json") {
        return Ok(());
    }
    Err(Refusal::new(
        400,
        "Prompt must contain the word 'json' in some form to use 'response_format' of type 'json_object'.",
    ))
}

fn range(body: &Value, name: &str, from: f64, to: f64) -> Result<(), Refusal> {
    let Some(value) = body.get(name).filter(|value| !value.is_null()) else {
        return Ok(());
    };
    if value
        .as_f64()
        .is_some_and(|value| (from..=to).contains(&value))
    {
        return Ok(());
    }
    Err(Refusal::new(
        400,
        format!("Invalid {name} value, the valid range of {name} is [{from}, {to}]"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(extra: Value) -> Value {
        let mut body =
            json!({"model": "deepseek-flash", "messages": [{"role": "user", "content": "json"}]});
        let fields = body.as_object_mut().unwrap();
        for (name, value) in extra.as_object().unwrap() {
            fields.insert(name.clone(), value.clone());
        }
        body
    }

    #[test]
    fn deepseek_takes_what_it_documents() {
        let good = [
            json!({"thinking": {"type": "disabled"}, "temperature": 0, "max_tokens": 2000}),
            json!({"response_format": {"type": "json_object"}}),
            json!({"model": "deepseek-v4-pro", "temperature": null}),
        ];
        for body in good {
            assert_eq!(
                Vendor::DeepSeek.check(&asks(body.clone())),
                Ok(()),
                "{body}"
            );
        }
        let bad = [
            json!({"model": "deepseek-chat"}),
            json!({"model": "gpt-5"}),
            json!({"temperature": 2.5}),
            json!({"max_tokens": 0}),
            json!({"thinking": {"type": "deep"}}),
            json!({"response_format": {"type": "json_schema"}}),
            json!({"messages": [], "response_format": {"type": "json_object"}}),
        ];
        for body in bad {
            let refusal = Vendor::DeepSeek.check(&asks(body.clone())).unwrap_err();
            assert_eq!(refusal.status, 400, "{body}");
        }
    }

    #[test]
    fn openai_refuses_the_words_of_others() {
        for body in [
            json!({"thinking": {"type": "disabled"}}),
            json!({"max_tokens": 10}),
            json!({"temperature": 0}),
        ] {
            assert!(Vendor::OpenAi.check(&asks(body.clone())).is_err(), "{body}");
        }
        let own = json!({"max_completion_tokens": 10, "response_format": {"type": "json_schema"}});
        assert_eq!(Vendor::OpenAi.check(&asks(own)), Ok(()));
    }

    #[test]
    fn each_vendor_has_its_switch_for_thinking() {
        assert!(Vendor::DeepSeek.thinks(&json!({})));
        assert!(!Vendor::DeepSeek.thinks(&json!({"thinking": {"type": "disabled"}})));
        assert!(Vendor::Vllm.thinks(&json!({"chat_template_kwargs": {"thinking": true}})));
        assert!(Vendor::OpenRouter.thinks(&json!({"reasoning": {"enabled": true}})));
        assert!(!Vendor::OpenAi.thinks(&json!({"thinking": {"type": "enabled"}})));
    }
}
