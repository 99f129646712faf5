//! The log line of a row, for those rows that somebody greps for.

use aicoin_core::{BotConfig, Record};
use aicoin_domain::{MarketId, Reason};

/// Writes it.
pub(crate) fn log_record(record: &Record, config: &BotConfig) {
    let name = |market: Option<MarketId>| {
        market
            .and_then(|market| config.markets.get(market.index()))
            .map_or("all", |market| market.name.as_str())
    };
    match record {
        Record::Decision(decision) if decision.market.is_none() && decision.rejected.is_some() => {
            let code = decision.rejected.map_or("", Reason::as_str);
            let detail = decision.detail.as_deref().unwrap_or_default();
            let latency_ms = decision.call.as_ref().map_or(0, |call| call.latency_ms);
            tracing::warn!(code, detail, latency_ms, "AI decision failed");
        }
        Record::Decision(decision) => {
            let verdict = decision.rejected.map_or("accepted", Reason::as_str);
            tracing::info!(
                market = name(decision.market),
                wanted = decision.wanted.as_str(),
                verdict,
                "decision"
            );
        }
        Record::Order(order) => {
            let (market, leg) = (name(Some(order.request.market)), order.leg.as_str());
            let error = order
                .error
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default();
            tracing::info!(market, leg, status = %order.status, size = %order.request.size, filled = %order.filled, error, "order");
        }
        Record::Risk(risk) => {
            tracing::warn!(
                market = name(risk.market),
                code = risk.reason.as_str(),
                "{}",
                risk.detail
            );
        }
        Record::Control(control) => {
            tracing::info!(in_force = %control.in_force, desired = %control.desired, hold = %control.hold, "control asked");
        }
        Record::Settled(risk_event) => {
            tracing::info!(risk_event, "a risk event is settled");
        }
        Record::Fill(_) | Record::Position(_) | Record::Account(_) => {}
    }
}
