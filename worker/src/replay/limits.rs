//! Other limits to be tried: a whole manifest, or only some limits beside the recorded ones.

use std::path::Path;

use aicoin_api::bot::defaults::{Decider, RiskLimits, effective_risk};
use aicoin_api::bot::{MANIFEST_BYTES_MAX, Risk, TradingBot, Where, validate};
use aicoin_core::{BotConfig, Policy, RiskConfig};
use serde::Deserialize;

use crate::fault::Fault;
use crate::manifest;
use crate::resolve::risk_config;

/// What a file says of limits.
#[derive(Clone, Debug)]
pub(super) enum Limits {
    /// All of them, as a bot with this manifest would have them.
    Manifest(Box<TradingBot>),
    /// These; the others stay as they were.
    Some(Box<RiskLimits>),
}

/// A file without a manifest around it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RiskFile {
    risk: Risk,
}

/// Any manifest: the rules of the limits are checked in it.
const FRAME: &str = r#"
apiVersion: aicoin.dev/v1alpha1
kind: TradingBot
metadata: {name: replay}
spec:
  markets: [BTC]
  decision: {rule: {emaCross: {fast: 1, slow: 2, notional: "100"}}}
"#;

impl Limits {
    /// Reads a file.
    pub(super) fn read(path: &Path) -> Result<Self, Fault> {
        let wrong = |words: String| {
            Fault::usage(format!(
                "--risk {}: {}",
                path.display(),
                if words.ends_with('.') {
                    words
                } else {
                    format!("{words}.")
                }
            ))
        };
        let size = std::fs::metadata(path)
            .map_err(|error| wrong(format!("it cannot be read: {error}")))?
            .len();
        if size > u64::try_from(MANIFEST_BYTES_MAX).unwrap_or(u64::MAX) {
            return Err(wrong(format!("it has {size} bytes: is it the right file?")));
        }
        let text = std::fs::read_to_string(path)
            .map_err(|error| wrong(format!("it cannot be read: {error}")))?;
        if text.lines().any(|line| line.starts_with("kind:")) {
            return manifest::read(path, &[]).map(|bot| Self::Manifest(Box::new(bot)));
        }
        let file: RiskFile = serde_yaml::from_str(&text).map_err(|error| {
            wrong(format!(
                "it is neither a TradingBot nor a group risk: with the limits in it ({error})"
            ))
        })?;
        let mut frame = TradingBot::from_yaml(FRAME)
            .map_err(|error| Fault::internal(format!("The frame of limits is wrong: {error}.")))?;
        frame.spec.risk = file.risk;
        if let Err(problems) = validate(&frame, Where::Local) {
            let sentences: Vec<String> = problems.iter().map(ToString::to_string).collect();
            return Err(wrong(sentences.join("; ")));
        }
        let limits = RiskLimits::as_written(&frame.spec.risk);
        if limits == RiskLimits::default() {
            return Err(wrong("it names no limit".to_owned()));
        }
        Ok(Self::Some(Box::new(limits)))
    }

    /// The limits that a bot of that configuration would have had.
    pub(super) fn over(&self, config: &BotConfig) -> RiskConfig {
        match self {
            Self::Manifest(manifest) => {
                let decider = match config.policy {
                    Policy::Rule(_) => Decider::Rule,
                    Policy::Ai(_) => Decider::Ai,
                };
                risk_config(effective_risk(&manifest.spec, decider))
            }
            Self::Some(limits) => or(risk_config((**limits).clone()), &config.risk),
        }
    }
}

/// These limits, and `known` where there is none.
fn or(limits: RiskConfig, known: &RiskConfig) -> RiskConfig {
    // Named one by one, so that a limit that is added cannot be forgotten here.
    let RiskConfig {
        risk_per_trade,
        max_leverage,
        max_position_notional,
        max_total_notional,
        max_daily_loss,
        max_drawdown,
        min_confidence,
        stop_loss,
        liquidation_buffer,
        max_orders_per_hour,
        cooldown_after_stop,
    } = limits;
    RiskConfig {
        risk_per_trade: risk_per_trade.or(known.risk_per_trade),
        max_leverage: max_leverage.or(known.max_leverage),
        max_position_notional: max_position_notional.or(known.max_position_notional),
        max_total_notional: max_total_notional.or(known.max_total_notional),
        max_daily_loss: max_daily_loss.or(known.max_daily_loss),
        max_drawdown: max_drawdown.or(known.max_drawdown),
        min_confidence: min_confidence.or(known.min_confidence),
        stop_loss: stop_loss.or(known.stop_loss),
        liquidation_buffer: liquidation_buffer.or(known.liquidation_buffer),
        max_orders_per_hour: max_orders_per_hour.or(known.max_orders_per_hour),
        cooldown_after_stop: cooldown_after_stop.or(known.cooldown_after_stop),
    }
}
