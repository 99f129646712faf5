//! Liquidation: what the exchange does to an account that is below its maintenance margin.
//!
//! - First the orders that could open anything are cancelled: in the market of an isolated position, or in every market
//!   where the account is cross.
//! - Above two thirds of maintenance, positions are closed at the mark price with a taker fee, the largest first, until
//!   the account is sound. A position above 100,000 USD is closed by a fifth first; for 30 s after that, positions are
//!   closed whole.
//! - Below two thirds, the backstop takes over the position, or all cross positions, with everything that backs them: at
//!   the price at which nothing is left, to the last decimal of that price, and without a fee.

use aicoin_domain::{
    AccountId, DurationMs, LiquidationKind, MarketId, OrderId, Price, Side, Size, TimeMs, Usd,
};

use super::Exchange;
use super::execute::{Cause, Execution};
use crate::account::mark_of;
use crate::event::What;
use crate::margin::{cross_health, health_of, is_surely_safe, isolated_health};
use crate::order_state::OrderState;

/// Positions above this are liquidated in two steps.
const PARTIAL_ABOVE: Usd = Usd::from_whole(100_000);
/// The first step takes one part of this many.
const PARTIAL_PARTS: i64 = 5;
/// For so long after a first step, positions are liquidated whole.
const WHOLE_FOR: DurationMs = DurationMs::from_secs(30);

impl Exchange {
    /// Liquidates every account that the latest mark price of `market` brought below maintenance.
    pub(super) fn liquidate_all(&mut self, now: TimeMs, market: MarketId) {
        for index in 0..self.accounts.len() {
            let Ok(id) = u32::try_from(index).map(AccountId) else {
                return;
            };
            let account = self.account_ref(id);
            if account.size(market).is_zero()
                || is_surely_safe(account, &self.markets, market, self.mark(market))
            {
                continue;
            }
            if health_of(account, &self.markets, market).is_liquidatable() {
                self.liquidate(now, id, market);
            }
        }
    }

    /// Liquidates what decides over the position in `market`: the caller found it below maintenance (or exactly there).
    pub(super) fn liquidate(&mut self, now: TimeMs, id: AccountId, market: MarketId) {
        let is_cross = self
            .account_ref(id)
            .position(market)
            .is_some_and(|position| position.is_cross);
        self.cancel_opening(now, id, if is_cross { None } else { Some(market) });
        if is_cross {
            self.liquidate_cross(now, id);
        } else {
            self.liquidate_isolated(now, id, market);
        }
    }

    fn liquidate_isolated(&mut self, now: TimeMs, id: AccountId, market: MarketId) {
        let account = self.account_ref(id);
        let health = isolated_health(account, &self.markets, market);
        let Some(position) = account.position(market).copied() else {
            return;
        };
        if health.is_backstop() {
            // The price at which the margin is just lost.
            let price = (position.cost - position.margin).average_price(position.size);
            self.take_over(now, id, market, price);
        } else {
            self.close_at_mark(now, id, market);
        }
    }

    fn liquidate_cross(&mut self, now: TimeMs, id: AccountId) {
        for round in 0..=self.account_ref(id).held.len() {
            let health = cross_health(self.account_ref(id), &self.markets);
            // The first round is the caller's word: a price that was computed may be a last decimal short of it.
            if round > 0 && !health.is_liquidatable() {
                return;
            }
            if health.is_backstop() {
                self.take_over_cross(now, id, health.value);
                return;
            }
            let largest = self
                .account_ref(id)
                .open_positions()
                .filter(|(_, position)| position.is_cross)
                .map(|(market, position)| {
                    (
                        market,
                        mark_of(&self.markets, market).notional(position.size).abs(),
                    )
                })
                .max_by_key(|(_, notional)| *notional);
            let Some((market, _)) = largest else { return };
            if !self.close_at_mark(now, id, market) {
                return;
            }
        }
    }

    /// Closes a position at the mark price; the first fifth of a large one. True when it was closed whole.
    fn close_at_mark(&mut self, now: TimeMs, id: AccountId, market: MarketId) -> bool {
        let mark = mark_of(&self.markets, market);
        let account = self.account_mut(id);
        let whole = account.size(market).abs();
        let is_large = mark.notional(whole) > PARTIAL_ABOVE;
        let size = if is_large && now >= account.liquidated_until {
            account.liquidated_until = now + WHOLE_FOR;
            self.part_of(market, whole)
        } else {
            whole
        };
        self.close(now, id, market, size, mark, LiquidationKind::Market);
        size == whole
    }

    /// A fifth in whole lots, and at least one.
    fn part_of(&self, market: MarketId, whole: Size) -> Size {
        self.rules(market).map_or(whole, |rules| {
            let part = rules.floor_size(Size::from_units(whole.units() / PARTIAL_PARTS));
            part.max(rules.lot()).min(whole)
        })
    }

    /// Takes over all cross positions at prices that leave the account nothing: each mark price moves by the same ratio.
    fn take_over_cross(&mut self, now: TimeMs, id: AccountId, value: Usd) {
        let account = self.account_ref(id);
        let total: Usd = account
            .open_positions()
            .filter(|(_, position)| position.is_cross)
            .map(|(market, position)| mark_of(&self.markets, market).notional(position.size).abs())
            .sum();
        let ratio = value.ratio(total);
        while let Some((market, size)) = self.next_cross(id) {
            let mark = mark_of(&self.markets, market);
            let price = mark.scaled(if size.is_positive() { -ratio } else { ratio });
            self.take_over(now, id, market, price);
        }
    }

    fn next_cross(&self, id: AccountId) -> Option<(MarketId, Size)> {
        let mut open = self.account_ref(id).open_positions();
        open.find(|(_, position)| position.is_cross)
            .map(|(market, position)| (market, position.size))
    }

    fn take_over(&mut self, now: TimeMs, id: AccountId, market: MarketId, price: Price) {
        let size = self.account_ref(id).size(market).abs();
        // A short that lost more than everything has no price that makes up for it above zero.
        let price = price.max(Price::from_units(1));
        self.close(now, id, market, size, price, LiquidationKind::Backstop);
    }

    fn close(
        &mut self,
        now: TimeMs,
        id: AccountId,
        market: MarketId,
        size: Size,
        price: Price,
        kind: LiquidationKind,
    ) {
        let Some(side) = Side::of_position(self.account_ref(id).size(market)) else {
            return;
        };
        let order = self.next_order();
        let execution = Execution {
            account: id,
            market,
            order,
            cloid: None,
            side: side.opposite(),
            size,
            price,
            is_taker: true,
            liquidation: Some(kind),
        };
        self.execute(now, &execution);
        let left = self.account_ref(id).size(market);
        self.push_event(
            id,
            now,
            What::Liquidation {
                market,
                kind,
                size,
                left,
            },
        );
        self.tidy(now, id, market, Cause::Liquidation);
    }

    /// Cancels what could open: in one market, or in all where the account is cross.
    fn cancel_opening(&mut self, now: TimeMs, id: AccountId, only: Option<MarketId>) {
        while let Some((market, oid)) = self.next_opening(id, only) {
            self.end_resting(now, market, oid, OrderState::LiquidatedCanceled);
        }
    }

    fn next_opening(&self, id: AccountId, only: Option<MarketId>) -> Option<(MarketId, OrderId)> {
        let account = self.account_ref(id);
        let in_scope = |market: MarketId| match only {
            Some(only) => market == only,
            None => account
                .position(market)
                .is_some_and(|position| position.is_cross),
        };
        let mut orders = self.markets.iter().flat_map(|market| &market.orders);
        orders
            .find(|order| {
                order.account == id && !order.is_reduce_only() && in_scope(order.market())
            })
            .map(|order| (order.market(), order.oid()))
    }
}
