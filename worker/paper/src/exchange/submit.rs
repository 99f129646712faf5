//! Placing and cancelling orders: every check of the venue, in its order and words.

use alloc::format;
use alloc::string::String;

use aicoin_domain::{
    AccountId, Cloid, MIN_NOTIONAL, OrderId, OrderKind, OrderRequest, Price, Refusal, Side, Size,
    Tif, TimeMs, TpSl, Usd,
};

use super::Exchange;
use super::execute::{Cause, Execution};
use crate::answer::Answer;
use crate::margin::{self, Proposed};
use crate::market::Market;
use crate::order::{Order, OrderReport, OrderState};
use crate::refusal::*;

/// A refusal: the state that the order is remembered in, and the words.
struct Rejection(OrderState, Refusal);

fn reject(state: OrderState, words: &str) -> Rejection {
    Rejection(state, Refusal(String::from(words)))
}

impl Exchange {
    /// Places an order. Everything that it does at once is done when this returns; the fills are events.
    ///
    /// An order that is refused is remembered in its `…Rejected` state, with one exception: what came after its deadline,
    /// or names a market that does not exist, or uses a client order id again, never became an order.
    ///
    /// # Panics
    /// When no such account was opened here.
    pub fn submit(
        &mut self,
        now: TimeMs,
        account: AccountId,
        request: &OrderRequest,
        expires_after: Option<TimeMs>,
    ) -> Answer {
        let refused = |words: &str| Answer::Refused(Refusal(String::from(words)));
        if expires_after.is_some_and(|deadline| now > deadline) {
            return refused(EXPIRED);
        }
        if self.order_status(account, request.cloid).is_some() {
            self.duplicate_cloids += 1;
            return refused(DUPLICATE_CLOID);
        }
        let Some(market) = self.markets.get(request.market.index()) else {
            return refused(UNKNOWN_MARKET);
        };
        let checked = self.check(account, market, request);
        let report = OrderReport {
            oid: self.next_order(),
            request: *request,
            state: OrderState::Open,
            placed: now,
            changed: now,
            filled: Size::ZERO,
            value: Usd::ZERO,
        };
        match (checked, request.kind) {
            (Err(Rejection(state, words)), _) => {
                self.record(now, account, report, state);
                Answer::Refused(words)
            }
            (Ok(()), OrderKind::Trigger { .. }) => {
                self.rest(
                    now,
                    Order {
                        account,
                        left: request.size,
                        report,
                    },
                );
                Answer::WaitingForTrigger { oid: report.oid }
            }
            (Ok(()), OrderKind::Limit { price, tif }) => {
                self.place_limit(now, account, report, price, tif)
            }
        }
    }

    /// Cancels an order.
    ///
    /// # Errors
    /// In the venue's words, when there is nothing to cancel.
    ///
    /// # Panics
    /// When no such account was opened here.
    pub fn cancel(&mut self, now: TimeMs, account: AccountId, cloid: Cloid) -> Result<(), Refusal> {
        let found = self
            .find_open(account, cloid)
            .map(|order| (order.market(), order.oid()));
        let (market, oid) = found.ok_or_else(|| Refusal(String::from(NOTHING_TO_CANCEL)))?;
        self.end_resting(now, market, oid, OrderState::Canceled);
        Ok(())
    }

    /// Cancels an order by the exchange's number of it.
    ///
    /// # Errors
    /// In the venue's words, when there is nothing to cancel.
    ///
    /// # Panics
    /// When no such account was opened here.
    pub fn cancel_oid(
        &mut self,
        now: TimeMs,
        account: AccountId,
        oid: OrderId,
    ) -> Result<(), Refusal> {
        let mut open = self.markets.iter().flat_map(|market| &market.orders);
        let found = open.find(|order| order.oid() == oid && order.account == account);
        let market = found
            .map(Order::market)
            .ok_or_else(|| Refusal(String::from(NOTHING_TO_CANCEL)))?;
        self.end_resting(now, market, oid, OrderState::Canceled);
        Ok(())
    }

    /// A limit order that passed every check: takes what it may, rests with what is left.
    fn place_limit(
        &mut self,
        now: TimeMs,
        account: AccountId,
        mut report: OrderReport,
        limit: Price,
        tif: Tif,
    ) -> Answer {
        let OrderRequest {
            cloid,
            market,
            side,
            reduce_only,
            ..
        } = report.request;
        let oid = report.oid;
        let mut left = report.request.size;
        if reduce_only {
            left = left.min(self.reducible(account, market, side));
        }
        let met = self
            .markets
            .get(market.index())
            .filter(|state| state.crosses(side, limit));
        let met = met.map(|state| (state.touch(side), state.depth(side)));
        if let Some((touch, depth)) = met {
            let size = left.min(depth);
            let price = self.taker_price(side, touch, Some(limit));
            let execution = Execution {
                account,
                market,
                order: oid,
                cloid: Some(cloid),
                side,
                size,
                price,
                is_taker: true,
                liquidation: None,
            };
            self.execute(now, &execution);
            if let Some(state) = self.markets.get_mut(market.index()) {
                state.consume(side, size);
            }
            left -= size;
            report.filled = size;
            report.value = price.notional(size);
        }
        let rests = match tif {
            Tif::Gtc | Tif::Alo => left.is_positive(),
            Tif::Ioc => false,
        };
        if rests {
            self.rest(
                now,
                Order {
                    account,
                    left,
                    report,
                },
            );
        } else {
            self.record(now, account, report, OrderState::Filled);
        }
        self.tidy(now, account, market, Cause::Limit);
        if rests {
            Answer::Resting { oid }
        } else {
            Answer::Filled {
                oid,
                size: report.filled,
                average: report.average(),
            }
        }
    }

    fn rest(&mut self, now: TimeMs, order: Order) {
        self.account_mut(order.account).open_orders += 1;
        if let Some(market) = self.markets.get_mut(order.market().index()) {
            market.insert(order);
        }
        self.report(now, &order);
    }

    fn check(
        &self,
        account: AccountId,
        market: &Market,
        request: &OrderRequest,
    ) -> Result<(), Rejection> {
        check_form(market, request)?;
        let OrderRequest {
            side,
            size,
            kind,
            reduce_only,
            ..
        } = *request;
        let reducible = self.reducible(account, request.market, side);
        if reduce_only && reducible.is_zero() {
            return Err(reject(OrderState::ReduceOnlyRejected, WOULD_INCREASE));
        }
        match kind {
            OrderKind::Trigger { trigger, kind } => {
                self.check_room(account)?;
                check_trigger(market, side, trigger, kind)
            }
            OrderKind::Limit { price, tif } => {
                check_reach(market, price)?;
                // Closing less than 10 USD is allowed, with and without reduce-only.
                let only_closes = size <= reducible;
                // A candle fills at its own price however wide the limit is: that is what the order is worth there.
                let worth = if market.is_deep { market.mark } else { price };
                if !reduce_only && !only_closes && worth.notional(size) < MIN_NOTIONAL {
                    return Err(reject(OrderState::MinTradeNtlRejected, BELOW_MINIMUM));
                }
                if !reduce_only {
                    self.check_margin(account, market, request, price)?;
                }
                match tif {
                    Tif::Gtc => self.check_room(account),
                    Tif::Alo => {
                        self.check_room(account)?;
                        check_post_only(market, side, price)
                    }
                    Tif::Ioc if market.crosses(side, price) => Ok(()),
                    Tif::Ioc => Err(reject(OrderState::IocCancelRejected, NO_MATCH)),
                }
            }
        }
    }

    fn check_room(&self, account: AccountId) -> Result<(), Rejection> {
        if self.account_ref(account).open_orders < OPEN_ORDERS_MAX {
            return Ok(());
        }
        Err(reject(
            OrderState::TooManyOpenOrdersRejected,
            TOO_MANY_ORDERS,
        ))
    }

    /// The initial margin of every position with every order that rests, this one among them, must be there; and the
    /// position that could come of it must be allowed at its leverage. What adds to no worst case always passes.
    fn check_margin(
        &self,
        id: AccountId,
        market: &Market,
        request: &OrderRequest,
        limit: Price,
    ) -> Result<(), Rejection> {
        let account = self.account_ref(id);
        let OrderRequest {
            market: market_id,
            side,
            size,
            ..
        } = *request;
        // A limit beyond the best price is only a bound: the order is executed at the best price.
        let price = match side {
            Side::Buy => limit.min(market.ask),
            Side::Sell => limit.max(market.bid),
        };
        let before = margin::exposure(id, account, &self.markets, market_id, None);
        let proposed = Proposed { side, size, price };
        let after = margin::exposure(id, account, &self.markets, market_id, Some(proposed));
        if after.worst <= before.worst {
            return Ok(());
        }
        let leverage = account
            .position(market_id)
            .map(|position| position.leverage);
        if leverage
            .is_some_and(|leverage| leverage > market.rules.tiers.max_leverage_at(after.worst))
        {
            return Err(reject(OrderState::PerpMaxPositionRejected, BEYOND_TIER));
        }
        let asked = margin::initial_of(account, market_id, after)
            + margin::initial_without(id, account, &self.markets, Some(market_id));
        if asked > margin::cross_value(account, &self.markets) {
            return Err(reject(OrderState::PerpMarginRejected, INSUFFICIENT_MARGIN));
        }
        Ok(())
    }
}

/// Sizes and prices that are none, or have too many digits.
fn check_form(market: &Market, request: &OrderRequest) -> Result<(), Rejection> {
    let price = match request.kind {
        OrderKind::Limit { price, .. } => price,
        OrderKind::Trigger { trigger, .. } => trigger,
    };
    if request.size.is_zero() {
        return Err(reject(OrderState::Rejected, ZERO_SIZE));
    }
    if !market.rules.is_valid_size(request.size) || request.size.units() > Size::LIMIT_UNITS {
        return Err(reject(OrderState::Rejected, INVALID_SIZE));
    }
    if !price.is_positive() || price.units() > Price::LIMIT_UNITS {
        return Err(reject(OrderState::Rejected, INVALID_PRICE));
    }
    if !market.rules.is_valid_price(price) {
        return Err(reject(OrderState::TickRejected, BAD_TICK));
    }
    if !market.has_price() {
        return Err(reject(OrderState::Rejected, NO_PRICE));
    }
    match request.kind {
        OrderKind::Trigger { .. } if !request.reduce_only => {
            Err(reject(OrderState::Rejected, TRIGGER_NOT_REDUCE_ONLY))
        }
        OrderKind::Trigger { .. } | OrderKind::Limit { .. } => Ok(()),
    }
}

/// A trigger that would go off at once is on the wrong side.
fn check_trigger(market: &Market, side: Side, trigger: Price, kind: TpSl) -> Result<(), Rejection> {
    let waits_for_fall = match (side, kind) {
        (Side::Sell, TpSl::Sl) | (Side::Buy, TpSl::Tp) => true,
        (Side::Sell, TpSl::Tp) | (Side::Buy, TpSl::Sl) => false,
    };
    // In a candle the trigger is judged by the candle that comes: one that lies behind its open goes off at the open.
    if market.is_deep {
        return Ok(());
    }
    let is_reached = if waits_for_fall {
        market.mark <= trigger
    } else {
        market.mark >= trigger
    };
    if is_reached {
        return Err(reject(OrderState::BadTriggerPxRejected, BAD_TRIGGER));
    }
    Ok(())
}

fn check_reach(market: &Market, price: Price) -> Result<(), Rejection> {
    let distance = i128::from((price - market.mark).abs().units());
    if distance * 5 > i128::from(market.mark.units()) * 4 {
        return Err(reject(OrderState::OracleRejected, TOO_FAR));
    }
    Ok(())
}

fn check_post_only(market: &Market, side: Side, price: Price) -> Result<(), Rejection> {
    if !market.crosses(side, price) {
        return Ok(());
    }
    let words = format!(
        "Post only order would have immediately matched, bbo was {}@{}.",
        market.bid, market.ask
    );
    Err(Rejection(OrderState::BadAloPxRejected, Refusal(words)))
}
