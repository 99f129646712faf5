//! Prices as candles: the backtest's path, and the hot one. A bar that reaches nothing costs a few comparisons and
//! multiplications: no allocation, no division.
//!
//! A candle does not say in which order its extremes came, so the worse order is assumed:
//! 1. stops and liquidations, the nearest to the open first; a position's stop goes before its liquidation when it is the
//!    nearer of the two;
//! 2. take-profits and resting limit orders, the nearest first, with what is left;
//! 3. liquidations of what the second step opened, as if the adverse extreme came after it.
//!
//! A stop fills at its trigger, or at the open when that is beyond it already; a take-profit likewise; both pay the
//! taker fee and slippage. A limit order fills whole at its own price when the candle touches it, as a maker: there is no
//! depth in a candle. A liquidation fills at the price that caused it, or at the open when that is beyond it already.

use alloc::vec::Vec;

use aicoin_domain::{AccountId, MarketId, OrderId, Price, Side, TimeMs, TpSl};

use super::Exchange;
use super::prices::is_within;
use crate::margin;
use crate::order::Order;
use crate::order_state::OrderState;
use crate::quote::Range;
use crate::view::liquidation_price_of;

/// A liquidation can take a part first and the rest later, and each of them once: more rounds mean a bug.
const LIQUIDATION_ROUNDS_MAX: u32 = 4;

impl Exchange {
    /// A candle begins: bid, ask, mark and oracle are its open, with as much depth as anybody wants. Nothing is set off
    /// by it: orders that are sent now are acted on first, then [`Exchange::on_range`] says what the candle did.
    #[inline]
    pub fn on_open(&mut self, _now: TimeMs, market: MarketId, open: Price) {
        match self.markets.get_mut(market.index()) {
            Some(state) if open.is_positive() => state.set_flat(open),
            Some(_) | None => self.ignored_prices += 1,
        }
    }

    /// What prices did in the candle that [`Exchange::on_open`] began: sets off stops, take-profits, limit orders and
    /// liquidations as this file's head says, then everything is at the close.
    #[inline]
    pub fn on_range(&mut self, now: TimeMs, market: MarketId, bar: Range) {
        let bar = bar.widened();
        let Some(state) = self.markets.get_mut(market.index()) else {
            self.ignored_prices += 1;
            return;
        };
        if !bar.low.is_positive() {
            self.ignored_prices += 1;
            return;
        }
        // Also when the shell left `on_open` out.
        state.set_flat(bar.open);
        if state.may_reach(bar.low, bar.high) {
            self.walk(now, market, &bar);
        } else if !self.is_surely_safe_within(market, &bar) {
            self.liquidate_within(now, market, &bar);
        }
        if let Some(state) = self.markets.get_mut(market.index()) {
            state.set_flat(bar.close);
        }
    }

    #[inline]
    fn is_surely_safe_within(&self, market: MarketId, bar: &Range) -> bool {
        self.accounts.iter().all(|account| {
            let size = account.size(market);
            size.is_zero()
                || margin::is_surely_safe(
                    account,
                    &self.markets,
                    market,
                    adverse(size.is_positive(), bar),
                )
        })
    }

    /// The slow path: something may be reached.
    #[cold]
    fn walk(&mut self, now: TimeMs, market: MarketId, bar: &Range) {
        self.is_walking = true;
        // Limit orders that triggers became: nobody knows whether their prices came after that, so they wait.
        let mut turned: Vec<OrderId> = Vec::new();
        // What was set off by a quote and found too little depth is a market order at the open.
        self.set_off_triggers(now, market, false);
        while let Some(order) = self.nearest(market, bar, is_stop) {
            let price = worse_of(order.side(), bar.open, order.threshold().0);
            if !self.liquidate_before(now, order.account, market, bar, price)
                && !self.set_off(now, market, order.oid(), price)
            {
                turned.push(order.oid());
            }
        }
        self.liquidate_within(now, market, bar);
        let mut has_filled = false;
        while let Some(order) = self.nearest(market, bar, |order| {
            !is_stop(order) && !turned.contains(&order.oid())
        }) {
            has_filled = true;
            let (at, _) = order.threshold();
            if order.trigger().is_some() {
                // A take-profit that the open is beyond already gets the better open.
                let price = worse_of(order.side().opposite(), bar.open, at);
                if !self.set_off(now, market, order.oid(), price) {
                    turned.push(order.oid());
                }
            } else {
                self.fill_reached(now, market, order.oid(), at, false);
            }
        }
        if has_filled {
            self.liquidate_within(now, market, bar);
        }
        self.release_after_walk(now);
    }

    /// Turns a trigger into a market order at `price`, and slippage on top. False when it is a limit order now, and rests.
    fn set_off(&mut self, now: TimeMs, market: MarketId, oid: OrderId, price: Price) -> bool {
        let Some(order) = self.trigger_order(now, market, oid) else {
            return true;
        };
        let limit = order.report.terms.limit;
        if !is_within(order.side(), price, limit) {
            self.end_unmatched(now, &order);
            return order.limit().is_none();
        }
        let price = self.taker_price(order.side(), price, limit);
        self.fill_reached(now, market, oid, price, true);
        true
    }

    /// Fills an order whole: there is enough depth in a candle. Checked, because the walk would never end otherwise.
    fn fill_reached(
        &mut self,
        now: TimeMs,
        market: MarketId,
        oid: OrderId,
        price: Price,
        is_taker: bool,
    ) {
        self.fill_resting(now, market, oid, price, is_taker);
        let is_open = self
            .markets
            .get(market.index())
            .is_some_and(|state| state.get(oid).is_some());
        assert!(
            !is_open,
            "Invariant: an order that a candle reaches ends there"
        );
    }

    /// The order that the candle reaches first, of those that `wanted` names; the elder of two at the same distance.
    fn nearest(
        &self,
        market: MarketId,
        bar: &Range,
        wanted: impl Fn(&Order) -> bool,
    ) -> Option<Order> {
        let state = self.markets.get(market.index())?;
        let distance = |order: &Order| {
            let (price, from_above) = order.threshold();
            let way = if from_above {
                bar.open - price
            } else {
                price - bar.open
            };
            // Beyond the open already: no way at all.
            way.max(Price::ZERO)
        };
        state
            .orders
            .iter()
            .filter(|order| wanted(order) && order.is_reached(bar.low, bar.high))
            .min_by_key(|order| (distance(order), order.oid()))
            .copied()
    }

    /// Liquidates the account before its stop fills at `price`, when its liquidation price is nearer to the open than
    /// that. Never when the open is beyond the stop: the stop was reached on the way there.
    fn liquidate_before(
        &mut self,
        now: TimeMs,
        id: AccountId,
        market: MarketId,
        bar: &Range,
        price: Price,
    ) -> bool {
        let account = self.account_ref(id);
        if price == bar.open || margin::is_surely_safe(account, &self.markets, market, price) {
            return false;
        }
        let is_long = account.size(market).is_positive();
        let until = Range {
            low: price,
            high: price,
            ..*bar
        };
        if !self.is_liquidatable_at(id, market, adverse(is_long, &until), bar.open) {
            return false;
        }
        self.liquidate_account_within(now, id, market, &until)
    }

    fn liquidate_within(&mut self, now: TimeMs, market: MarketId, bar: &Range) {
        for index in 0..self.accounts.len() {
            let Ok(id) = u32::try_from(index).map(AccountId) else {
                return;
            };
            self.liquidate_account_within(now, id, market, bar);
        }
    }

    /// Liquidates the account as often as the candle's adverse extreme asks for. True when anything was liquidated.
    fn liquidate_account_within(
        &mut self,
        now: TimeMs,
        id: AccountId,
        market: MarketId,
        bar: &Range,
    ) -> bool {
        let mut has_liquidated = false;
        for _ in 0..LIQUIDATION_ROUNDS_MAX {
            let account = self.account_ref(id);
            let size = account.size(market);
            if size.is_zero() {
                break;
            }
            let extreme = adverse(size.is_positive(), bar);
            if margin::is_surely_safe(account, &self.markets, market, extreme)
                || !self.is_liquidatable_at(id, market, extreme, bar.open)
            {
                break;
            }
            // Where on the way from the open to the extreme it happens.
            let price = if self.is_liquidatable_at(id, market, bar.open, bar.open) {
                bar.open
            } else {
                liquidation_price_of(self.account_ref(id), &self.markets, market)
                    .unwrap_or(extreme)
                    .clamp(bar.open.min(extreme), bar.open.max(extreme))
            };
            self.set_mark(market, price);
            self.liquidate(now, id, market);
            self.set_mark(market, bar.open);
            has_liquidated = true;
        }
        has_liquidated
    }

    /// Whether the account would be below its maintenance margin at that mark price; the mark goes back to `open`.
    fn is_liquidatable_at(
        &mut self,
        id: AccountId,
        market: MarketId,
        mark: Price,
        open: Price,
    ) -> bool {
        self.set_mark(market, mark);
        let health = margin::health_of(self.account_ref(id), &self.markets, market);
        self.set_mark(market, open);
        health.is_liquidatable()
    }

    fn set_mark(&mut self, market: MarketId, mark: Price) {
        if let Some(state) = self.markets.get_mut(market.index()) {
            state.mark = mark;
        }
    }

    /// Marks a waiting order as set off, once.
    pub(super) fn trigger_order(
        &mut self,
        now: TimeMs,
        market: MarketId,
        oid: OrderId,
    ) -> Option<Order> {
        let waiting = self.markets.get(market.index())?.get(oid)?;
        let position = waiting
            .follows_position()
            .then(|| self.reducible(waiting.account, market, waiting.side()));
        let order = self.markets.get_mut(market.index())?.get_mut(oid)?;
        if order.report.state == OrderState::Open {
            if let Some(size) = position {
                order.left = size;
                order.report.request.size = size;
            }
            order.report.state = OrderState::Triggered;
            order.report.changed = now;
            let order = *order;
            if let Some(state) = self.markets.get_mut(market.index()) {
                state.watch();
            }
            self.report(now, &order);
            return Some(order);
        }
        Some(*order)
    }
}

/// The extreme that hurts.
#[inline]
const fn adverse(is_long: bool, bar: &Range) -> Price {
    if is_long { bar.low } else { bar.high }
}

const fn is_stop(order: &Order) -> bool {
    matches!(order.trigger(), Some((_, TpSl::Sl)))
}

/// The worse of two prices for an order of that side.
fn worse_of(side: Side, one: Price, other: Price) -> Price {
    match side {
        Side::Buy => one.max(other),
        Side::Sell => one.min(other),
    }
}
