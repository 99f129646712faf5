//! Leverage, and the margin of isolated positions.

use aicoin_domain::{AccountId, Leverage, MarketId, Rate, Refusal, Size, Usd};

use super::Exchange;
use super::submit::refusal;
use crate::account::mark_of;
use crate::margin;
use crate::refusal::{
    CROSS_TOO_THIN, INVALID_LEVERAGE, ISOLATED_TOO_THIN, MARGIN_UNAVAILABLE, NO_CROSS,
    NOT_ISOLATED, POSITION_OPEN, UNKNOWN_MARKET,
};

impl Exchange {
    /// Sets the leverage of a market. Less leverage needs more margin: an isolated position takes it from the free money.
    ///
    /// # Errors
    /// In the venue's words: more than the market or the position's tier allows, cross where only isolated is allowed, a
    /// change between the two with an open position, or too little margin.
    ///
    /// # Panics
    /// When no such account was opened here.
    pub fn set_leverage(
        &mut self,
        id: AccountId,
        market: MarketId,
        leverage: Leverage,
        is_cross: bool,
    ) -> Result<(), Refusal> {
        let Some(rules) = self.rules(market).copied() else {
            return Err(refusal(UNKNOWN_MARKET));
        };
        let Some(position) = self.account_ref(id).position(market).copied() else {
            return Err(refusal(UNKNOWN_MARKET));
        };
        let notional = self.mark(market).notional(position.size).abs();
        if leverage > rules.tiers.max_leverage_at(notional) {
            return Err(refusal(INVALID_LEVERAGE));
        }
        if is_cross && rules.only_isolated {
            return Err(refusal(NO_CROSS));
        }
        if is_cross != position.is_cross && !position.size.is_zero() {
            return Err(refusal(POSITION_OPEN));
        }
        let mut top_up = Usd::ZERO;
        if !is_cross && !position.size.is_zero() {
            let asked = notional.divided(leverage.times());
            let shortfall = asked - position.isolated_value(mark_of(&self.markets, market));
            // More leverage frees nothing by itself: that is asked for with `update_isolated_margin`.
            if leverage < position.leverage && shortfall.is_positive() {
                top_up = shortfall;
            }
        }
        let books = self.account_mut(id);
        books.set_leverage(market, leverage, is_cross);
        books.move_margin(market, top_up);
        let is_less = leverage < position.leverage;
        if is_less && self.free(id).is_negative() {
            let books = self.account_mut(id);
            books.move_margin(market, -top_up);
            books.set_leverage(market, position.leverage, position.is_cross);
            return Err(refusal(if is_cross {
                CROSS_TOO_THIN
            } else {
                ISOLATED_TOO_THIN
            }));
        }
        Ok(())
    }

    /// Moves free money into an isolated position; a negative amount takes it out again, as long as the position keeps its
    /// initial margin and a tenth of its value.
    ///
    /// # Errors
    /// In the venue's words when the position is not isolated or not there; in ours when the money is not free.
    ///
    /// # Panics
    /// When no such account was opened here.
    pub fn update_isolated_margin(
        &mut self,
        id: AccountId,
        market: MarketId,
        amount: Usd,
    ) -> Result<(), Refusal> {
        let account = self.account_ref(id);
        let position = account
            .position(market)
            .filter(|position| !position.is_cross && !position.size.is_zero());
        let Some(position) = position else {
            return Err(refusal(NOT_ISOLATED));
        };
        let mark = mark_of(&self.markets, market);
        let notional = mark.notional(position.size).abs();
        let kept = notional
            .divided(position.leverage.times())
            .max(notional.divided(10));
        let is_possible = if amount.is_negative() {
            position.isolated_value(mark) + amount >= kept
        } else {
            amount
                <= margin::cross_value(account, &self.markets)
                    - margin::initial(id, account, &self.markets)
        };
        if !is_possible {
            return Err(refusal(MARGIN_UNAVAILABLE));
        }
        self.account_mut(id).move_margin(market, amount);
        Ok(())
    }

    /// Moves as much free money into an isolated position as brings it down to that leverage, of 12 decimals at most. Returns
    /// how much that was: nothing when its leverage is not above that.
    ///
    /// # Errors
    /// In the venue's words when the leverage is not above zero, or the position is not isolated or not there; in ours when
    /// the money is not free.
    ///
    /// # Panics
    /// When no such account was opened here.
    pub fn top_up_isolated_margin(
        &mut self,
        id: AccountId,
        market: MarketId,
        leverage: Rate,
    ) -> Result<Usd, Refusal> {
        if !leverage.is_positive() {
            return Err(refusal(INVALID_LEVERAGE));
        }
        let mark = mark_of(&self.markets, market);
        let position = self
            .account_ref(id)
            .position(market)
            .filter(|position| !position.is_cross && !position.size.is_zero());
        let Some(position) = position else {
            return Err(refusal(NOT_ISOLATED));
        };
        // Divided by a rate: the share that one is of it.
        let target = mark.notional(position.size).abs().share(
            Size::from_units(Rate::ONE_UNITS),
            Size::from_units(leverage.units()),
        );
        let missing = target - position.isolated_value(mark);
        if !missing.is_positive() {
            return Ok(Usd::ZERO);
        }
        self.update_isolated_margin(id, market, missing)?;
        Ok(missing)
    }
}
