//! What is looked at before an order is taken: every check of the venue, in its order and words.

use alloc::format;
use alloc::string::String;

use aicoin_domain::{
    AccountId, MIN_NOTIONAL, OrderKind, OrderRequest, Price, Refusal, Side, Size, Tif, TpSl,
};

use super::Exchange;
use crate::margin::{self, Proposed};
use crate::market::Market;
use crate::order_state::OrderState;
use crate::placing::{NewKind, NewOrder};
use crate::refusal::*;
use crate::terms::{Link, Terms};

/// A refusal: the state that the order is remembered in, and the words.
pub(super) struct Rejection(pub(super) OrderState, pub(super) Refusal);

fn reject(state: OrderState, words: &str) -> Rejection {
    Rejection(state, Refusal(String::from(words)))
}

impl Exchange {
    /// Everything that may speak against an order, in the venue's order.
    pub(super) fn check(
        &self,
        account: AccountId,
        market: &Market,
        request: &OrderRequest,
        terms: &Terms,
    ) -> Result<(), Rejection> {
        check_form(market, request, terms)?;
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
    pub(super) fn check_margin(
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

    /// What the venue refuses a whole action for: it can be told from the order alone.
    pub(super) fn check_payload(&self, order: &NewOrder) -> Result<(), Refusal> {
        let Some(market) = self.markets.get(order.market.index()) else {
            return Err(Refusal(String::from(UNKNOWN_MARKET)));
        };
        let off_tick = |price: Price| price.is_positive() && !market.rules.is_valid_price(price);
        let words = match order.kind {
            NewKind::Trigger { .. } if !order.reduce_only => TRIGGER_NOT_REDUCE_ONLY,
            NewKind::Trigger { trigger, .. } if off_tick(trigger) => BAD_TICK,
            _ if off_tick(order.price) => BAD_TICK,
            NewKind::Limit(_) if order.price.is_positive() && market.has_price() => {
                return check_reach(market, order.price).map_err(|Rejection(_, words)| words);
            }
            NewKind::Limit(_) | NewKind::Trigger { .. } => return Ok(()),
        };
        Err(Refusal(String::from(words)))
    }
}

/// Sizes and prices that are none, or have too many digits.
pub(super) fn check_form(
    market: &Market,
    request: &OrderRequest,
    terms: &Terms,
) -> Result<(), Rejection> {
    let price = match request.kind {
        OrderKind::Limit { price, .. } => price,
        OrderKind::Trigger { trigger, .. } => trigger,
    };
    let is_position = terms.link == Link::Position { follows: true };
    if request.size.is_zero() && !is_position {
        return Err(reject(OrderState::Rejected, ZERO_SIZE));
    }
    let is_valid = request.size.is_zero() || market.rules.is_valid_size(request.size);
    if !is_valid || request.size.units() > Size::LIMIT_UNITS {
        return Err(reject(OrderState::Rejected, INVALID_SIZE));
    }
    for price in core::iter::once(price).chain(terms.limit) {
        if !price.is_positive() || price.units() > Price::LIMIT_UNITS {
            return Err(reject(OrderState::Rejected, INVALID_PRICE));
        }
        if !market.rules.is_valid_price(price) {
            return Err(reject(OrderState::TickRejected, BAD_TICK));
        }
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
    // In a candle the trigger is judged by the candle that comes: one that lies behind its open goes off at the open.
    if market.is_deep || !is_reached(side, trigger, kind, market.mark) {
        return Ok(());
    }
    Err(reject(OrderState::BadTriggerPxRejected, BAD_TRIGGER))
}

/// Whether a trigger goes off at once at that price.
pub(super) fn is_reached(side: Side, trigger: Price, kind: TpSl, price: Price) -> bool {
    let waits_for_fall = match (side, kind) {
        (Side::Sell, TpSl::Sl) | (Side::Buy, TpSl::Tp) => true,
        (Side::Sell, TpSl::Tp) | (Side::Buy, TpSl::Sl) => false,
    };
    if waits_for_fall {
        price <= trigger
    } else {
        price >= trigger
    }
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
