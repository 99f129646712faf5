//! Prices as quotes, and funding.

use aicoin_domain::{AccountId, MarketId, OrderId, Price, Rate, Side, TimeMs};

use super::Exchange;
use crate::event::What;
use crate::order::Order;
use crate::order_state::OrderState;
use crate::quote::Quote;

impl Exchange {
    /// Takes the best prices and the mark price of a market, then, in this order: sets off stops and take-profits that the
    /// mark price reached, the eldest first; fills resting limit orders that the book crosses, the best price first;
    /// liquidates whom the mark price brought below maintenance.
    ///
    /// A trigger that finds too little depth stays `triggered` and takes from the next quotes until it is filled: this
    /// model knows a few levels at most, where a real market order would walk deeper into the book. One that finds nothing
    /// within its limit price ends, or rests there when it is a limit order.
    pub fn on_quote(&mut self, now: TimeMs, market: MarketId, quote: Quote) {
        let is_taken = match self.markets.get_mut(market.index()) {
            Some(state) if quote.is_sane() => {
                state.set_quote(&quote);
                true
            }
            Some(_) | None => false,
        };
        if !is_taken {
            self.ignored_prices += 1;
            return;
        }
        self.set_off_triggers(now, market, true);
        self.match_resting(now, market);
        self.liquidate_all(now, market);
    }

    /// Pays an hour's funding: position times oracle price times rate; at a positive rate longs pay shorts.
    pub fn apply_funding(&mut self, now: TimeMs, market: MarketId, hourly_rate: Rate) {
        let Some(state) = self.markets.get(market.index()) else {
            return;
        };
        if !self.funding || !state.has_price() {
            return;
        }
        let (oracle, is_deep) = (state.oracle, state.is_deep);
        for index in 0..self.accounts.len() {
            let Ok(id) = u32::try_from(index).map(AccountId) else {
                return;
            };
            let size = self.account_ref(id).size(market);
            if size.is_zero() {
                continue;
            }
            let amount = -oracle.notional(size).times(hourly_rate);
            self.account_mut(id).fund(market, amount);
            self.push_event(
                id,
                now,
                What::Funding {
                    market,
                    amount,
                    rate: hourly_rate,
                    size,
                },
            );
        }
        // With candles the range that follows looks after it: orders at the open come first.
        if !is_deep {
            self.liquidate_all(now, market);
        }
    }

    /// Fills the triggers that were set off before, and, with `by_mark`, those that the mark price reached now.
    pub(super) fn set_off_triggers(&mut self, now: TimeMs, market: MarketId, by_mark: bool) {
        let mut last = OrderId(0);
        while let Some(order) = self.next_trigger(market, last, by_mark) {
            last = order.oid();
            self.trigger_order(now, market, last);
            self.take(now, market, last);
        }
    }

    /// What was set off takes from the book, level by level, no further than its limit price.
    fn take(&mut self, now: TimeMs, market: MarketId, oid: OrderId) {
        while let Some(state) = self.markets.get(market.index())
            && let Some(order) = state.get(oid).copied()
        {
            let (side, limit) = (order.side(), order.report.terms.limit);
            let (touch, depth) = (state.touch(side), state.depth(side));
            if !is_within(side, touch, limit) {
                self.end_unmatched(now, &order);
                return;
            }
            let price = self.taker_price(side, touch, limit);
            self.fill_resting(now, market, oid, price, true);
            if order.left <= depth {
                return;
            }
            let left = self.markets.get(market.index());
            let left = left
                .and_then(|state| state.get(oid))
                .map(|order| order.left);
            if left.is_none_or(|left| left == order.left) {
                return;
            }
        }
    }

    /// A trigger that was set off and finds nothing more within its limit price: a limit order rests, a market order ends.
    pub(super) fn end_unmatched(&mut self, now: TimeMs, order: &Order) {
        if order.limit().is_some() {
            return;
        }
        let end = if order.report.filled.is_positive() {
            OrderState::Filled
        } else {
            OrderState::MarketOrderNoLiquidityRejected
        };
        self.end_resting(now, order.market(), order.oid(), end);
    }

    fn next_trigger(&self, market: MarketId, after: OrderId, by_mark: bool) -> Option<Order> {
        let state = self.markets.get(market.index())?;
        let is_due = |order: &&Order| {
            order.oid() > after
                && order.trigger().is_some()
                && (order.report.state == OrderState::Triggered
                    || (by_mark && order.is_reached(state.mark, state.mark)))
        };
        state.orders.iter().find(is_due).copied()
    }

    fn match_resting(&mut self, now: TimeMs, market: MarketId) {
        while let Some((oid, price)) = self.next_crossed(market) {
            self.fill_resting(now, market, oid, price, false);
        }
    }

    /// The resting limit order that is filled next: the best price, then the eldest.
    fn next_crossed(&self, market: MarketId) -> Option<(OrderId, Price)> {
        let state = self.markets.get(market.index())?;
        let crossed = |order: &Order| {
            let price = order
                .limit()
                .filter(|price| state.crosses(order.side(), *price))?;
            // Buys and sells never compete: they meet different depth.
            let rank = match order.side() {
                Side::Buy => -price.units(),
                Side::Sell => price.units(),
            };
            Some((rank, order.oid(), price))
        };
        let best = state
            .orders
            .iter()
            .filter_map(crossed)
            .min_by_key(|(rank, oid, _)| (*rank, *oid))?;
        Some((best.1, best.2))
    }
}

/// Whether a price is no worse than a limit.
pub(super) fn is_within(side: Side, price: Price, limit: Option<Price>) -> bool {
    match (side, limit) {
        (_, None) => true,
        (Side::Buy, Some(limit)) => price <= limit,
        (Side::Sell, Some(limit)) => price >= limit,
    }
}
