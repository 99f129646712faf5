//! Records as the wire shows them, straight from the core: what a page is told at once, in the words that the tables use.

use aicoin_api::http::{AccountSnapshot, Decision, Fill, Order, RiskEvent};
use aicoin_core::{AccountRecord, DecisionRecord, FillRecord, OrderRecord, RiskRecord};

use crate::words;

/// An order in that market.
#[must_use]
pub fn order(record: &OrderRecord, market: &str) -> Order {
    let (kind, tif, price) = words::order_kind(record.request.kind);
    let average = record.filled_notional.average_price(record.filled);
    Order {
        cloid: record.request.cloid.to_string(),
        oid: record.oid,
        decision_id: record.decision.0,
        leg: record.leg.as_str().to_owned(),
        market: market.to_owned(),
        side: record.request.side.as_str().to_owned(),
        kind: kind.to_owned(),
        tif: tif.to_owned(),
        price,
        size: record.request.size,
        filled: record.filled,
        average_price: (!record.filled.is_zero()).then_some(average),
        reduce_only: record.request.reduce_only,
        status: record.status.as_str().to_owned(),
        error: record.error.as_ref().map(ToString::to_string),
        created_at_ms: record.created_at.0,
        updated_at_ms: record.updated_at.0,
    }
}

/// A fill in that market.
#[must_use]
pub fn fill(record: &FillRecord, market: &str) -> Fill {
    let fill = &record.fill;
    Fill {
        tid: fill.trade.0,
        cloid: fill.cloid.map(|cloid| cloid.to_string()),
        decision_id: record.leg.is_some().then_some(record.decision.0),
        market: market.to_owned(),
        side: fill.side.as_str().to_owned(),
        price: fill.price,
        size: fill.size,
        fee: fill.fee,
        closed_pnl: fill.closed_pnl,
        taker: fill.is_taker,
        liquidation: fill.liquidation.is_some(),
        time_ms: fill.time.0,
    }
}

/// A decision, about that market or a whole reply.
#[must_use]
pub fn decision(record: &DecisionRecord, market: Option<&str>) -> Decision {
    let call = record.call.as_deref();
    Decision {
        id: record.id.0,
        time_ms: record.time.0,
        market: market.map(ToOwned::to_owned),
        source: words::source(&record.why).to_owned(),
        action: record.wanted.as_str().to_owned(),
        reason: words::reason(&record.why, record.detail.as_deref(), record.rejected),
        confidence: words::confidence(&record.why),
        verdict: if record.rejected.is_some() {
            "rejected"
        } else {
            "accepted"
        }
        .to_owned(),
        code: record.rejected.map(|reason| reason.as_str().to_owned()),
        detail: record.detail.clone(),
        mark_price: record.mark,
        model: call.map(|call| call.model.clone()),
        prompt_version: call.map(|call| call.prompt_version.clone()),
        cost_usd: call.map(|call| call.cost),
        latency_ms: call.map(|call| call.latency_ms),
        tokens: call.map(|call| (call.input_tokens + call.cached_tokens, call.output_tokens)),
        raw_reply: call.map(|call| call.raw_reply.clone()),
    }
}

/// A risk event, about that market or the whole account.
#[must_use]
pub fn risk_event(record: &RiskRecord, market: Option<&str>) -> RiskEvent {
    RiskEvent {
        id: record.id,
        time_ms: record.time.0,
        code: record.reason.as_str().to_owned(),
        market: market.map(ToOwned::to_owned),
        detail: record.detail.clone(),
        resolved: record.resolved,
    }
}

/// The account at one time.
#[must_use]
pub fn account_snapshot(record: &AccountRecord) -> AccountSnapshot {
    AccountSnapshot {
        time_ms: record.time.0,
        equity: record.equity,
        cash: record.cash,
        unrealized_pnl: record.unrealised,
        realized_pnl: record.realised,
        fees: record.fees,
        funding: record.funding,
        notional: record.notional,
    }
}
