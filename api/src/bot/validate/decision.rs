//! The rules of `spec.decision`.

use super::problems::Problems;
use super::{RuleId, limits, sentences};
use crate::bot::{Ai, AiPrices, ConfigMapKeyRef, Decision, EmaCross, Mode, Span};

/// Somebody decides, in time and within a budget.
pub(super) fn check_decision(mode: Mode, decision: &Decision, problems: &mut Problems) {
    let interval = decision.interval;
    if !limits::INTERVAL.contains(interval) {
        problems.range(
            RuleId::IntervalRange,
            "spec.decision.interval",
            interval,
            limits::INTERVAL,
        );
    }
    if decision.decider().is_none() {
        problems.add(
            RuleId::DeciderNeeded,
            "spec.decision",
            sentences::NOBODY_DECIDES,
        );
    }
    if let Some(ai) = &decision.ai {
        check_ai(mode, interval, ai, problems);
    }
    if let Some(rule) = decision.ema_cross() {
        check_ema_cross(rule, problems);
    }
}

fn check_ai(mode: Mode, interval: Span, ai: &Ai, problems: &mut Problems) {
    let model = ai.model.as_bytes();
    if !(1..=limits::MODEL_CHARS_MAX).contains(&model.len())
        || !model.iter().all(u8::is_ascii_graphic)
    {
        problems.add(
            RuleId::ModelNamed,
            "spec.decision.ai.model",
            sentences::MODEL,
        );
    }
    problems.base_url(mode, "spec.decision.ai.baseUrl", &ai.base_url);
    if let Some(key) = &ai.api_key_secret_ref {
        problems.secret("spec.decision.ai.apiKeySecretRef", key);
    }
    if let Some(timeout) = ai.timeout {
        if !limits::TIMEOUT.contains(timeout) {
            let field = "spec.decision.ai.timeout";
            problems.range(RuleId::TimeoutRange, field, timeout, limits::TIMEOUT);
        } else if timeout.0 >= interval.0 {
            problems.add(
                RuleId::TimeoutRange,
                "spec.decision.ai.timeout",
                format!("{timeout} is not shorter than the interval of {interval}; write less, or leave it out"),
            );
        }
    }
    problems.positive("spec.decision.ai.budget.usdPerDay", ai.budget.usd_per_day);
    if !limits::CALLS_PER_HOUR.contains(ai.budget.calls_per_hour) {
        let field = "spec.decision.ai.budget.callsPerHour";
        problems.range(
            RuleId::CallsRange,
            field,
            ai.budget.calls_per_hour,
            limits::CALLS_PER_HOUR,
        );
    }
    if let Some(prompt) = &ai.prompt_config_map_ref {
        let ConfigMapKeyRef { name, key } = prompt;
        problems.reference(
            "spec.decision.ai.promptConfigMapRef",
            "ConfigMap",
            name,
            key,
        );
    }
    if !limits::OUTPUT_TOKENS.contains(ai.max_output_tokens) {
        let field = "spec.decision.ai.maxOutputTokens";
        problems.range(
            RuleId::OutputTokensRange,
            field,
            ai.max_output_tokens,
            limits::OUTPUT_TOKENS,
        );
    }
    if let Some(prices) = &ai.prices {
        let AiPrices {
            input,
            cached_input,
            output,
        } = prices;
        for (name, price) in [
            ("input", input),
            ("cachedInput", cached_input),
            ("output", output),
        ] {
            if price.0.is_negative() || price.0 > limits::PRICE_MAX {
                let field = format!("spec.decision.ai.prices.{name}");
                problems.range(RuleId::PricesRange, field, price, "0 to 100000");
            }
        }
    }
}

fn check_ema_cross(rule: &EmaCross, problems: &mut Problems) {
    let EmaCross {
        fast,
        slow,
        notional,
    } = *rule;
    if fast < 1 {
        let field = "spec.decision.rule.emaCross.fast";
        problems.range(RuleId::EmaLength, field, fast, "at least 1");
    }
    if slow > limits::EMA_SLOW_MAX {
        let field = "spec.decision.rule.emaCross.slow";
        let range = format!("at most {}", limits::EMA_SLOW_MAX);
        problems.range(RuleId::EmaLength, field, slow, range);
    }
    if fast >= slow {
        problems.add(
            RuleId::EmaOrder,
            "spec.decision.rule.emaCross.fast",
            format!(
                "{fast} is not below slow, which is {slow}; {}",
                sentences::FAST_BELOW_SLOW
            ),
        );
    }
    problems.positive("spec.decision.rule.emaCross.notional", notional);
}
