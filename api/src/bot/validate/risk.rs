//! The rules of `spec.risk`.

use super::problems::Problems;
use super::{RuleId, limits};
use crate::bot::Risk;

/// Every limit that is written limits something.
pub(super) fn check_risk(risk: &Risk, problems: &mut Problems) {
    let Risk {
        risk_per_trade_bps,
        max_leverage,
        max_position_notional,
        max_total_notional,
        max_daily_loss_pct,
        max_drawdown_pct,
        min_confidence,
        stop_loss_pct,
        liquidation_buffer_pct,
        max_orders_per_hour,
        cooldown_after_stop,
    } = risk;
    let counts = [
        (
            RuleId::RiskPerTradeRange,
            "riskPerTradeBps",
            risk_per_trade_bps,
            limits::RISK_PER_TRADE_BPS,
        ),
        (
            RuleId::LeverageRange,
            "maxLeverage",
            max_leverage,
            limits::LEVERAGE,
        ),
        (
            RuleId::ConfidenceRange,
            "minConfidence",
            min_confidence,
            limits::CONFIDENCE,
        ),
        (
            RuleId::OrdersRange,
            "maxOrdersPerHour",
            max_orders_per_hour,
            limits::ORDERS_PER_HOUR,
        ),
    ];
    for (rule, name, count, range) in counts {
        if let Some(count) = *count
            && !range.contains(count)
        {
            problems.range(rule, format!("spec.risk.{name}"), count, range);
        }
    }
    let notionals = [
        ("maxPositionNotional", max_position_notional),
        ("maxTotalNotional", max_total_notional),
    ];
    for (name, notional) in notionals {
        if let Some(notional) = notional {
            problems.positive(&format!("spec.risk.{name}"), *notional);
        }
    }
    let percentages = [
        ("maxDailyLossPct", max_daily_loss_pct),
        ("maxDrawdownPct", max_drawdown_pct),
        ("stopLossPct", stop_loss_pct),
        ("liquidationBufferPct", liquidation_buffer_pct),
    ];
    for (name, percent) in percentages {
        if let Some(percent) = percent {
            problems.percent(&format!("spec.risk.{name}"), *percent);
        }
    }
    if let Some(cooldown) = *cooldown_after_stop
        && !limits::COOLDOWN.contains(cooldown)
    {
        let field = "spec.risk.cooldownAfterStop";
        problems.range(RuleId::CooldownRange, field, cooldown, limits::COOLDOWN);
    }
}
