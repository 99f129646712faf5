//! Between the core and the paper exchange: their types are kept apart, and are converted here and nowhere else.

use aicoin_core::{
    AccountTruth, Input, LookupAnswer, OpenOrderTruth, OrderUpdate, PositionTruth, SendResult,
};
use aicoin_domain::{AccountId, TimeMs, TradeId};
use aicoin_paper::{Answer, Event, Exchange, OrderReport, OrderState, What};

/// The exchange's answer to an order, as the core hears it.
pub(crate) fn answer_of(answer: Answer) -> SendResult {
    match answer {
        Answer::Resting { oid } | Answer::WaitingForTrigger { oid } => {
            SendResult::Resting { order: oid }
        }
        Answer::Filled { oid, size, .. } => SendResult::Filled { order: oid, size },
        Answer::Refused(words) => SendResult::Refused(words),
    }
}

/// What happened at the exchange, as the core hears it; `None` for what its answer told already.
pub(crate) fn input_of(event: Event) -> Option<Input> {
    match event.what {
        What::Fill(fill) => Some(Input::Fill(fill)),
        What::Order {
            cloid, oid, state, ..
        } => {
            // A refusal is the answer to the order itself.
            (!state.is_rejected()).then(|| Input::Order {
                cloid,
                update: update_of(state, oid),
            })
        }
        What::Funding { market, amount, .. } => Some(Input::Funding {
            market,
            amount,
            time: event.time,
        }),
        What::Liquidation { market, kind, .. } => Some(Input::Liquidation { market, kind }),
    }
}

const fn update_of(state: OrderState, oid: aicoin_domain::OrderId) -> OrderUpdate {
    if state.is_rejected() {
        return OrderUpdate::Rejected;
    }
    match state {
        OrderState::Open => OrderUpdate::Open { order: oid },
        OrderState::Triggered => OrderUpdate::Triggered,
        OrderState::Filled => OrderUpdate::Filled,
        // Every other final state; refusals were told apart above.
        OrderState::Canceled
        | OrderState::MarginCanceled
        | OrderState::ReduceOnlyCanceled
        | OrderState::SiblingFilledCanceled
        | OrderState::LiquidatedCanceled
        | OrderState::ScheduledCancel
        | OrderState::MarketOrderNoLiquidityRejected
        | OrderState::Rejected
        | OrderState::TickRejected
        | OrderState::MinTradeNtlRejected
        | OrderState::PerpMarginRejected
        | OrderState::ReduceOnlyRejected
        | OrderState::BadAloPxRejected
        | OrderState::IocCancelRejected
        | OrderState::BadTriggerPxRejected
        | OrderState::OracleRejected
        | OrderState::PerpMaxPositionRejected
        | OrderState::TooManyOpenOrdersRejected => OrderUpdate::Canceled,
    }
}

/// What the exchange knows of one order.
pub(crate) fn lookup_of(report: &OrderReport) -> LookupAnswer {
    LookupAnswer::Known {
        update: update_of(report.state, report.oid),
        filled: report.filled,
    }
}

/// The whole account, read in one go.
pub(crate) fn truth_of(
    exchange: &Exchange,
    account: AccountId,
    now: TimeMs,
    last_trade: Option<(TimeMs, TradeId)>,
) -> AccountTruth {
    let view = exchange.account(account);
    let positions = view.positions.iter().map(|position| PositionTruth {
        market: position.market,
        size: position.size,
        cost: position.cost,
        liquidation_price: position.liquidation_price,
    });
    let open_orders = exchange.open_orders(account).map(|order| OpenOrderTruth {
        cloid: Some(order.request.cloid),
        order: order.oid,
        market: order.request.market,
        side: order.request.side,
        size: order.remaining,
        reduce_only: order.request.reduce_only,
    });
    let since = last_trade.map_or(TradeId(0), |(_, trade)| trade);
    AccountTruth {
        time: now,
        cash: view.cash,
        positions: positions.collect(),
        open_orders: open_orders.collect(),
        fills: exchange.fills_since(account, since).copied().collect(),
    }
}
