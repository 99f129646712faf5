//! The model of a manifest: where it is, what it costs, and whom its address may be signed by.

use std::path::Path;
use std::time::Duration;

use aicoin_ai::{
    AiClient, AiClientConfig, ApiKey, Dialect, MaxTokensField, PriceTable, ResponseFormat,
    Template, ThinkingDialect,
};
use aicoin_api::bot::defaults::Decider;
use aicoin_api::bot::{self, Ai};
use aicoin_core::AiAnswer;
use aicoin_domain::{DurationMs, Usd};
use tokio::sync::mpsc;

use super::ai_desk::AiDesk;
use crate::fault::Fault;

/// Certificate authorities are a few kB each; a whole system's bundle has some 200 kB.
const CA_BYTES_MAX: u64 = 1024 * 1024;

/// Who decides, and what has to be said about it.
pub(crate) struct Chosen {
    pub decider: Decider,
    /// For people: `rule emaCross` or `ai deepseek-flash`.
    pub name: String,
    /// Why it is not who the manifest names.
    pub notice: Option<String>,
    pub desk: Option<AiDesk>,
    pub worst_case_cost: Usd,
    /// Dollars per day and calls per hour.
    pub limits: Option<(Usd, u32)>,
}

impl Chosen {
    /// The rule of the manifest.
    pub(crate) fn rule(notice: Option<String>) -> Self {
        Self {
            decider: Decider::Rule,
            name: "rule emaCross".to_owned(),
            notice,
            desk: None,
            worst_case_cost: Usd::ZERO,
            limits: None,
        }
    }

    /// The model, which is asked at that desk, or not at all while there is none.
    pub(crate) fn model(model: &Model, desk: Option<AiDesk>) -> Self {
        Self {
            decider: Decider::Ai,
            name: format!("ai {}", model.config.model),
            notice: None,
            desk,
            worst_case_cost: model.config.worst_case_cost(),
            limits: Some(model.limits),
        }
    }
}

/// A model as a manifest describes it.
#[derive(Clone)]
pub(crate) struct Model {
    config: AiClientConfig,
    timeout: Duration,
    limits: (Usd, u32),
    answers: mpsc::Sender<AiAnswer>,
}

impl Model {
    /// The model of a manifest with that interval. Its answers go to that channel.
    pub(crate) fn new(
        ai: &Ai,
        interval: DurationMs,
        extra_ca_pem: Option<String>,
        answers: mpsc::Sender<AiAnswer>,
    ) -> Self {
        let timeout = ai.timeout(interval);
        Self {
            config: client_config(ai, timeout, extra_ca_pem),
            timeout: Duration::from_millis(u64::try_from(timeout.0).unwrap_or(0)),
            limits: (ai.budget.usd_per_day.0, ai.budget.calls_per_hour),
            answers,
        }
    }

    /// A desk that asks it with that key.
    pub(crate) fn desk(&self, key: Option<ApiKey>) -> Result<AiDesk, Fault> {
        let client = AiClient::new(self.config.clone(), key)
            .map_err(|error| Fault::usage(format!("spec.decision.ai: {error}.")))?;
        let template = Template::builtin();
        Ok(AiDesk::new(
            client,
            template,
            self.timeout,
            self.answers.clone(),
        ))
    }
}

/// Certificate authorities beside the public ones, out of a file.
pub(crate) fn extra_ca(file: Option<&Path>) -> Result<Option<String>, Fault> {
    let Some(file) = file else { return Ok(None) };
    let unreadable = |why: String| {
        Fault::usage(format!(
            "The certificate authorities in {} cannot be read: {why}; --ca-file (AICOIN_CA_FILE) names a PEM file.",
            file.display()
        ))
    };
    let bytes = std::fs::metadata(file)
        .map_err(|error| unreadable(error.to_string()))?
        .len();
    if bytes > CA_BYTES_MAX {
        return Err(unreadable(format!("it has {bytes} bytes")));
    }
    std::fs::read_to_string(file)
        .map(Some)
        .map_err(|error| unreadable(error.to_string()))
}

/// The same in a pod: the file is there when the chart was given authorities, and only then.
pub(crate) fn extra_ca_of_pod(file: Option<&Path>) -> Result<Option<String>, Fault> {
    extra_ca(file.filter(|file| file.exists()))
}

fn client_config(ai: &Ai, timeout: DurationMs, extra_ca_pem: Option<String>) -> AiClientConfig {
    let prices = ai.prices();
    AiClientConfig {
        base_url: ai.base_url.clone(),
        model: ai.model.clone(),
        dialect: Dialect {
            thinking: match ai.dialect.thinking {
                bot::Thinking::None => ThinkingDialect::None,
                bot::Thinking::ThinkingObject => ThinkingDialect::Thinking,
                bot::Thinking::ChatTemplateKwargs => ThinkingDialect::ChatTemplateKwargs,
                bot::Thinking::Reasoning => ThinkingDialect::Reasoning,
            },
            max_tokens_field: match ai.dialect.output_limit {
                bot::OutputLimit::MaxTokens => MaxTokensField::MaxTokens,
                bot::OutputLimit::MaxCompletionTokens => MaxTokensField::MaxCompletionTokens,
            },
            response_format: match ai.dialect.response_format {
                bot::ResponseFormat::None => ResponseFormat::None,
                bot::ResponseFormat::JsonObject => ResponseFormat::JsonObject,
                bot::ResponseFormat::JsonSchema => ResponseFormat::JsonSchema,
            },
            send_temperature: ai.dialect.send_temperature,
            think: ai.thinking,
        },
        prices: PriceTable {
            input_cached: prices.cached_input.0,
            input: prices.input.0,
            output: prices.output.0,
        },
        max_tokens: ai.max_output_tokens,
        timeout,
        extra_ca_pem,
        ..AiClientConfig::deepseek()
    }
}
