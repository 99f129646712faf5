//! The rules of `spec.decision`.

use core::ops::RangeInclusive;

use aicoin_domain::{DurationMs, Usd};

use super::RuleId;
use super::problems::Problems;
use crate::bot::{Ai, AiPrices, ConfigMapKeyRef, Decision, EmaCross, Mode, Span};

const INTERVAL: RangeInclusive<DurationMs> =
    DurationMs::from_secs(1)..=DurationMs::from_mins(24 * 60);
/// A model that needs longer decides about another market.
const TIMEOUT: RangeInclusive<DurationMs> = DurationMs(100)..=DurationMs::from_mins(10);
const SLOW_MAX: u32 = 1000;
const CALLS_MAX: u32 = 100_000;
const OUTPUT_TOKENS: RangeInclusive<u32> = 64..=384_000;
const MODEL_BYTES_MAX: usize = 128;
const PRICE_MAX: Usd = Usd::from_whole(100_000);

/// Somebody decides, in time and within a budget.
pub(super) fn check_decision(mode: Mode, decision: &Decision, problems: &mut Problems) {
    let interval = decision.interval;
    if !INTERVAL.contains(&interval.0) {
        problems.range(
            RuleId::IntervalRange,
            "spec.decision.interval",
            interval,
            "1s to 1d",
        );
    }
    if decision.decider().is_none() {
        problems.add(
            RuleId::DeciderNeeded,
            "spec.decision",
            "nobody decides; write `ai`, or a `rule` like `{emaCross: {fast: 10, slow: 20, notional: \"1000\"}}`",
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
    if !(1..=MODEL_BYTES_MAX).contains(&model.len()) || !model.iter().all(u8::is_ascii_graphic) {
        let message = "this is no name of a model; write 1 to 128 characters without spaces, like `deepseek-flash`";
        problems.add(RuleId::ModelNamed, "spec.decision.ai.model", message);
    }
    problems.base_url(mode, "spec.decision.ai.baseUrl", &ai.base_url);
    if let Some(key) = &ai.api_key_secret_ref {
        problems.secret("spec.decision.ai.apiKeySecretRef", key);
    }
    if let Some(timeout) = ai.timeout {
        if !TIMEOUT.contains(&timeout.0) {
            let field = "spec.decision.ai.timeout";
            problems.range(RuleId::TimeoutRange, field, timeout, "100ms to 10m");
        } else if timeout.0 >= interval.0 {
            problems.add(
                RuleId::TimeoutRange,
                "spec.decision.ai.timeout",
                format!("{timeout} is not shorter than the interval of {interval}; write less, or leave it out"),
            );
        }
    }
    problems.positive("spec.decision.ai.budget.usdPerDay", ai.budget.usd_per_day);
    if !(1..=CALLS_MAX).contains(&ai.budget.calls_per_hour) {
        let field = "spec.decision.ai.budget.callsPerHour";
        problems.range(
            RuleId::CallsRange,
            field,
            ai.budget.calls_per_hour,
            "1 to 100000",
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
    if !OUTPUT_TOKENS.contains(&ai.max_output_tokens) {
        let field = "spec.decision.ai.maxOutputTokens";
        problems.range(
            RuleId::OutputTokensRange,
            field,
            ai.max_output_tokens,
            "64 to 384000",
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
            if price.0.is_negative() || price.0 > PRICE_MAX {
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
    if slow > SLOW_MAX {
        let field = "spec.decision.rule.emaCross.slow";
        problems.range(RuleId::EmaLength, field, slow, "at most 1000");
    }
    if fast >= slow {
        problems.add(
            RuleId::EmaOrder,
            "spec.decision.rule.emaCross.fast",
            format!("{fast} is not below slow, which is {slow}; write fewer candles for fast or more for slow"),
        );
    }
    problems.positive("spec.decision.rule.emaCross.notional", notional);
}
