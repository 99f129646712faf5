//! The model that decides: where it is, how it wants to be spoken to, what it may cost.
//!
//! The key itself is never here, only the name of the Secret that holds it.

use aicoin_domain::DurationMs;
use serde::{Deserialize, Serialize};

use super::{ConfigMapKeyRef, Dollars, SecretKeyRef, Span, defaults};

/// A model behind a chat-completions endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "crd", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Ai {
    /// Whose protocol the endpoint speaks.
    pub provider: AiProvider,
    /// The model's name at the endpoint.
    pub model: String,
    /// The endpoint, without `/chat/completions`.
    pub base_url: String,
    /// The key; an endpoint of one's own may need none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key_secret_ref: Option<SecretKeyRef>,
    /// The deadline of one decision, all tries together. [`Ai::timeout`] fills in the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Span>,
    /// What it may cost.
    pub budget: Budget,
    /// A prompt template of one's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_config_map_ref: Option<ConfigMapKeyRef>,
    /// Let the model think before it answers: slower, dearer, and no longer repeatable.
    pub thinking: bool,
    /// The most tokens of one reply, thinking included.
    pub max_output_tokens: u32,
    /// How the endpoint differs from DeepSeek's.
    pub dialect: AiDialect,
    /// What tokens cost. [`Ai::prices`] fills in the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prices: Option<AiPrices>,
}

impl Default for Ai {
    fn default() -> Self {
        Self {
            provider: AiProvider::default(),
            model: defaults::AI_MODEL.to_owned(),
            base_url: defaults::AI_BASE_URL.to_owned(),
            api_key_secret_ref: None,
            timeout: None,
            budget: Budget::default(),
            prompt_config_map_ref: None,
            thinking: false,
            max_output_tokens: defaults::AI_MAX_OUTPUT_TOKENS,
            dialect: AiDialect::default(),
            prices: None,
        }
    }
}

impl Ai {
    /// The deadline of one decision at this cadence.
    #[must_use]
    pub fn timeout(&self, interval: DurationMs) -> DurationMs {
        self.timeout
            .map_or_else(|| defaults::ai_timeout(interval), |timeout| timeout.0)
    }

    /// What tokens cost, at worst.
    #[must_use]
    pub fn prices(&self) -> AiPrices {
        self.prices
            .clone()
            .unwrap_or_else(|| defaults::ai_prices(&self.model))
    }
}

/// Whose protocol an endpoint speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "crd", derive(schemars::JsonSchema))]
pub enum AiProvider {
    /// DeepSeek's chat completions; [`AiDialect`] bends them for endpoints that are nearly the same.
    #[default]
    DeepSeek,
}

/// What a bot may spend on its model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "crd", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Budget {
    /// USD in a UTC day.
    pub usd_per_day: Dollars,
    /// Calls within an hour.
    pub calls_per_hour: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            usd_per_day: Dollars(defaults::AI_USD_PER_DAY),
            calls_per_hour: defaults::AI_CALLS_PER_HOUR,
        }
    }
}

/// How an endpoint differs from DeepSeek's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "crd", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AiDialect {
    /// How thinking is switched on and off.
    pub thinking: Thinking,
    /// The field that limits the output.
    pub output_limit: OutputLimit,
    /// How JSON is asked for.
    pub response_format: ResponseFormat,
    /// Send `temperature: 0`.
    pub send_temperature: bool,
}

impl Default for AiDialect {
    fn default() -> Self {
        Self {
            thinking: Thinking::default(),
            output_limit: OutputLimit::default(),
            response_format: ResponseFormat::default(),
            send_temperature: true,
        }
    }
}

/// How thinking is switched on and off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "crd", derive(schemars::JsonSchema))]
pub enum Thinking {
    /// Not at all: the endpoint refuses unknown fields (OpenAI).
    None,
    /// `thinking: {type: …}` (DeepSeek).
    #[default]
    ThinkingObject,
    /// `chat_template_kwargs` (vLLM).
    ChatTemplateKwargs,
    /// `reasoning` (OpenRouter).
    Reasoning,
}

/// The field that limits the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "crd", derive(schemars::JsonSchema))]
pub enum OutputLimit {
    /// `max_tokens`.
    #[default]
    MaxTokens,
    /// `max_completion_tokens` (newer models of OpenAI).
    MaxCompletionTokens,
}

/// How JSON is asked for. The reply is checked in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "crd", derive(schemars::JsonSchema))]
pub enum ResponseFormat {
    /// Only in the prompt.
    None,
    /// `response_format: {type: json_object}`.
    #[default]
    JsonObject,
    /// `response_format: {type: json_schema}` (OpenAI, vLLM).
    JsonSchema,
}

/// What a million tokens cost, USD.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "crd", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AiPrices {
    /// Input that was not cached.
    pub input: Dollars,
    /// Input that was cached.
    pub cached_input: Dollars,
    /// Output, thinking included.
    pub output: Dollars,
}
