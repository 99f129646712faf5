//! The rules of `spec.risk`.

use aicoin_domain::DurationMs;

use super::RuleId;
use super::problems::Problems;
use crate::bot::Risk;

const COOLDOWN_MAX: DurationMs = DurationMs::from_mins(30 * 24 * 60);

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
            1,
            10_000,
        ),
        (RuleId::LeverageRange, "maxLeverage", max_leverage, 1, 50),
        (
            RuleId::ConfidenceRange,
            "minConfidence",
            min_confidence,
            0,
            100,
        ),
        (
            RuleId::OrdersRange,
            "maxOrdersPerHour",
            max_orders_per_hour,
            1,
            100_000,
        ),
    ];
    for (rule, name, count, least, most) in counts {
        if let Some(count) = count
            && !(least..=most).contains(count)
        {
            problems.range(
                rule,
                format!("spec.risk.{name}"),
                count,
                format!("{least} to {most}"),
            );
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
    if let Some(cooldown) = cooldown_after_stop
        && cooldown.0 > COOLDOWN_MAX
    {
        let field = "spec.risk.cooldownAfterStop";
        problems.range(RuleId::CooldownRange, field, cooldown, "at most 30d");
    }
}
