//! Where endpoints that call themselves compatible differ in what they take.
//!
//! Sources: the vendors' API references; an unknown `thinking` field is refused by OpenAI, `max_tokens` by its newer
//! models, and self-hosted servers name the thinking switch after the model's chat template.

use serde::{Deserialize, Serialize};

/// How one endpoint wants to be spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dialect {
    /// How the chain of thought is switched.
    pub thinking: ThinkingDialect,
    /// What it is switched to, where there is a switch.
    pub think: bool,
    /// What the limit of the output is called.
    pub max_tokens_field: MaxTokensField,
    /// How JSON is asked for.
    pub response_format: ResponseFormat,
    /// Whether `temperature: 0` is sent: some models refuse any value.
    pub send_temperature: bool,
}

/// How the chain of thought is switched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThinkingDialect {
    /// Nothing is sent.
    None,
    /// `"thinking": {"type": "disabled"}`: DeepSeek.
    Thinking,
    /// `"chat_template_kwargs": {"thinking": false, "enable_thinking": false}`: vLLM; templates use either name.
    ChatTemplateKwargs,
    /// `"reasoning": {"enabled": false}`: OpenRouter.
    Reasoning,
}

/// What the limit of the output is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaxTokensField {
    /// `max_tokens`.
    MaxTokens,
    /// `max_completion_tokens`: OpenAI.
    MaxCompletionTokens,
}

/// How JSON is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseFormat {
    /// Only in words.
    None,
    /// `{"type": "json_object"}`.
    JsonObject,
    /// `{"type": "json_schema", …}` with the schema of the reply.
    JsonSchema,
}

impl Dialect {
    /// DeepSeek: thinking switched off, so that temperature 0 has an effect and the output is the decision only.
    pub const DEEPSEEK: Self = Self {
        thinking: ThinkingDialect::Thinking,
        think: false,
        max_tokens_field: MaxTokensField::MaxTokens,
        response_format: ResponseFormat::JsonObject,
        send_temperature: true,
    };

    /// OpenAI: its reasoning models take no temperature but 1.
    pub const OPENAI: Self = Self {
        thinking: ThinkingDialect::None,
        max_tokens_field: MaxTokensField::MaxCompletionTokens,
        response_format: ResponseFormat::JsonSchema,
        send_temperature: false,
        ..Self::DEEPSEEK
    };

    /// vLLM.
    pub const VLLM: Self = Self {
        thinking: ThinkingDialect::ChatTemplateKwargs,
        response_format: ResponseFormat::JsonSchema,
        ..Self::DEEPSEEK
    };

    /// Ollama.
    pub const OLLAMA: Self = Self {
        thinking: ThinkingDialect::None,
        ..Self::DEEPSEEK
    };

    /// OpenRouter.
    pub const OPENROUTER: Self = Self {
        thinking: ThinkingDialect::Reasoning,
        ..Self::DEEPSEEK
    };

    /// The dialect of a host that is known, else DeepSeek's: who serves its models elsewhere mostly takes that.
    #[must_use]
    pub fn of_host(host: &str) -> Self {
        match host {
            "api.openai.com" => Self::OPENAI,
            "openrouter.ai" => Self::OPENROUTER,
            _ => Self::DEEPSEEK,
        }
    }
}
