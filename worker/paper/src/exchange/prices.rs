//! Prices as quotes, and funding.

use aicoin_domain::{AccountId, MarketId, OrderId, Price, Rate, Side, TimeMs};

use super::Exchange;
use crate::event::What;
use crate::order::{Order, OrderState};
use crate::quote::Quote;

impl Exchange {
    /// Takes the best prices and the mark price of a market, then, in this order: sets off stops and take-profits that the
    /// mark price reached, the eldest first; fills resting limit orders that the book crosses, the best price first;
    /// liquidates whom the mark price brought below maintenance.
    ///
    /// A trigger that finds too little depth stays `triggered` and takes from the next quotes until it is filled: this
    /// model knows the best price only, where a real market order would walk deeper into the book.
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
            let side = order.side();
            let touch = self
                .markets
                .get(market.index())
                .map_or(Price::ZERO, |state| state.touch(side));
            let price = self.taker_price(side, touch, None);
            self.fill_resting(now, market, last, price, true);
        }
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
