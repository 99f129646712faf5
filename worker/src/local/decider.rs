//! Who decides in local mode: the model when its key is there, otherwise the rule, and never silently.

use std::path::Path;
use std::time::Duration;

use aicoin_ai::{
    AiClient, AiClientConfig, ApiKey, Dialect, MaxTokensField, PriceTable, ResponseFormat,
    Template, ThinkingDialect,
};
use aicoin_api::bot::defaults::Decider;
use aicoin_api::bot::{self, Ai, TradingBot};
use aicoin_core::AiAnswer;
use aicoin_domain::Usd;
use tokio::sync::mpsc;

use super::ai_desk::AiDesk;
use crate::fault::Fault;
use crate::secrets;

/// Who decides, and what has to be said about it.
pub(super) struct Chosen {
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
    fn rule(notice: Option<String>) -> Self {
        Self {
            decider: Decider::Rule,
            name: "rule emaCross".to_owned(),
            notice,
            desk: None,
            worst_case_cost: Usd::ZERO,
            limits: None,
        }
    }
}

/// Chooses the decider of a manifest.
pub(super) fn choose(
    manifest: &TradingBot,
    secrets_dir: Option<&Path>,
    answers: mpsc::Sender<AiAnswer>,
) -> Result<Chosen, Fault> {
    let Some(ai) = &manifest.spec.decision.ai else {
        return Ok(Chosen::rule(None));
    };
    let key = match &ai.api_key_secret_ref {
        // An endpoint of one's own may need no key.
        None => None,
        Some(reference) => match secrets::read(secrets_dir, reference) {
            Ok(text) => Some(ApiKey::new(&text).map_err(|error| {
                Fault::usage(format!(
                    "spec.decision.ai.apiKeySecretRef {}/{}: {error}.",
                    reference.name, reference.key
                ))
            })?),
            Err(why) => return without_key(manifest, ai, &why),
        },
    };
    if ai.prompt_config_map_ref.is_some() {
        return Err(Fault::usage(
            "spec.decision.ai.promptConfigMapRef: a ConfigMap cannot be read here; leave the field out for local use.",
        ));
    }
    let interval = manifest.spec.decision.interval.0;
    let timeout = ai.timeout(interval);
    let config = client_config(ai, timeout);
    let worst_case_cost = config.worst_case_cost();
    let client = AiClient::new(config, key)
        .map_err(|error| Fault::usage(format!("spec.decision.ai: {error}.")))?;
    let timeout = Duration::from_millis(u64::try_from(timeout.0).unwrap_or(0));
    Ok(Chosen {
        decider: Decider::Ai,
        name: format!("ai {}", ai.model),
        notice: None,
        desk: Some(AiDesk::new(client, Template::builtin(), timeout, answers)),
        worst_case_cost,
        limits: Some((ai.budget.usd_per_day.0, ai.budget.calls_per_hour)),
    })
}

fn without_key(manifest: &TradingBot, ai: &Ai, why: &str) -> Result<Chosen, Fault> {
    if manifest.spec.decision.ema_cross().is_none() {
        return Err(Fault::usage(format!(
            "spec.decision.ai asks for {} and its key is missing ({why}); give the key, or name a rule in \
             spec.decision.rule.",
            ai.model
        )));
    }
    let notice = format!(
        "The manifest asks for the AI {}, but its key is missing ({why}): the rule emaCross decides instead.",
        ai.model
    );
    Ok(Chosen::rule(Some(notice)))
}

fn client_config(ai: &Ai, timeout: aicoin_domain::DurationMs) -> AiClientConfig {
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
        ..AiClientConfig::deepseek()
    }
}
