//! Getters: what a shell may show of a bot. Nothing here changes anything.

use aicoin_domain::{
    DecisionId, Desired, Hold, MarketId, Price, Reason, Size, TimeMs, TradeId, Usd,
};
use alloc::vec::Vec;

use super::Bot;
use crate::decide::BreakerState;
use crate::input::{Candle, Quote};

/// The control as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ControlView {
    /// The operator's level; `None` until one was given.
    pub desired: Option<Desired>,
    /// The operator's counter.
    pub generation: u64,
    /// The local hold.
    pub hold: Hold,
    /// The strongest of both.
    pub in_force: Desired,
    /// It is durable.
    pub accepted: bool,
    /// It is true in the world.
    pub effective: bool,
    /// The highest counter that was effective.
    pub effective_generation: u64,
    /// Open positions.
    pub positions: usize,
    /// Orders that are not final.
    pub orders: usize,
}

/// A position as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PositionView {
    /// Of which market.
    pub market: MarketId,
    /// Signed: negative is short.
    pub size: Size,
    /// What it cost, signed like the size.
    pub cost: Usd,
    /// The mark price.
    pub mark: Price,
    /// The stop it should have.
    pub stop: Option<Price>,
    /// The take-profit it should have.
    pub take: Option<Price>,
    /// The venue's liquidation price.
    pub liquidation: Option<Price>,
    /// A resting stop covers it, or none is asked for.
    pub protected: bool,
    /// When it was opened.
    pub opened_at: Option<TimeMs>,
    /// The decision that opened it.
    pub decision: DecisionId,
}

impl Bot {
    /// Whether every order is known to rest, or to be over: nothing was sent of which nobody knows what became of it.
    #[must_use]
    pub fn all_orders_resolved(&self) -> bool {
        self.state.book.all_resolved()
    }

    /// Cash plus unrealised profit at the mark prices.
    #[inline]
    #[must_use]
    pub fn equity(&self) -> Usd {
        self.state.account.equity(&self.state.markets)
    }

    /// The equity at the start of the UTC day, once it is known.
    #[must_use]
    pub fn day_start_equity(&self) -> Option<Usd> {
        self.state.risk.day_start()
    }

    /// The drawdown from the highest equity, as a ratio.
    #[must_use]
    pub fn drawdown(&self) -> aicoin_domain::Rate {
        self.state.risk.drawdown(self.equity())
    }

    /// The control as it stands.
    #[must_use]
    pub fn control(&self) -> ControlView {
        let control = &self.state.control;
        let (positions, orders) = self.remaining();
        ControlView {
            desired: control.desired.map(|(_, desired)| desired),
            generation: control.generation(),
            hold: control.hold,
            in_force: control.in_force(),
            accepted: control.accepted,
            effective: control.effective,
            effective_generation: control.effective_generation,
            positions,
            orders,
        }
    }

    /// Open positions.
    #[must_use]
    pub fn positions(&self) -> Vec<PositionView> {
        let mut views = Vec::new();
        for (index, (position, desk)) in self
            .state
            .account
            .positions
            .iter()
            .zip(&self.state.desks)
            .enumerate()
        {
            let Ok(market) = u16::try_from(index).map(MarketId) else {
                continue;
            };
            if position.size.is_zero() {
                continue;
            }
            views.push(PositionView {
                market,
                size: position.size,
                cost: position.cost,
                mark: self.mark(market),
                stop: desk.guard.stop,
                take: desk.guard.take,
                liquidation: position.liquidation,
                protected: self.is_protected(market),
                opened_at: position.opened_at,
                decision: position.decision,
            });
        }
        views
    }

    /// Why the bot is not ready to trade; empty when it is. A pause is no reason: a paused bot is ready.
    #[must_use]
    pub fn not_ready(&self) -> Vec<Reason> {
        let mut reasons: Vec<Reason> = self.obstacles().collect();
        if self.state.control.desired.is_none() {
            reasons.push(Reason::NoControl);
        }
        if self.state.lease.epoch().is_none() {
            reasons.push(Reason::LeaseNotHeld);
        }
        match self.state.store {
            crate::input::StoreHealth::Up => {}
            crate::input::StoreHealth::Down => reasons.push(Reason::StoreDown),
            crate::input::StoreHealth::Full => reasons.push(Reason::StorageFull),
        }
        if !self.state.venue.reconciled {
            reasons.push(Reason::NotReconciled);
        }
        if self.state.venue.skewed {
            reasons.push(Reason::ClockSkew);
        }
        let stale = (0..self.config.markets.len())
            .filter(|index| self.is_in_use(*index))
            .filter_map(|index| self.state.markets.get(index))
            .any(|market| market.is_stale(self.now, self.config.timing.stale_after));
        if stale {
            reasons.push(Reason::DataStale);
        }
        let naked = (0..self.config.markets.len())
            .filter_map(|index| u16::try_from(index).ok())
            .any(|index| !self.is_protected(MarketId(index)));
        if naked {
            reasons.push(Reason::Unprotected);
        }
        reasons
    }

    /// The latest prices of a market, and when they came.
    #[must_use]
    pub fn quote(&self, market: MarketId) -> Option<(Quote, TimeMs)> {
        let market = self.state.markets.get(market.index())?;
        market.quote.map(|quote| (quote, market.quoted_at))
    }

    /// The candle of a market that is being built.
    #[must_use]
    pub fn current_candle(&self, market: MarketId) -> Option<Candle> {
        self.state.markets.get(market.index())?.current().copied()
    }

    /// The newest fill of the venue's last account reading: the next one must hold every fill after it. Fills that were
    /// pushed since then are among those, and count once.
    #[must_use]
    pub fn last_trade(&self) -> Option<(TimeMs, TradeId)> {
        self.state.account.last_trade()
    }

    /// The start of the last candle that the decider of a market saw: older ones need not be given for warming up.
    #[must_use]
    pub fn last_candle(&self, market: MarketId) -> Option<TimeMs> {
        self.state.markets.get(market.index())?.last_closed
    }

    /// AI calls in the last hour, dollars spent today, and the breaker's state.
    #[must_use]
    pub fn ai_spend(&self) -> (u32, Usd, BreakerState) {
        (
            self.state.budget.calls_last_hour(self.now),
            self.state.budget.spent_today(self.now),
            self.state.breaker.state(self.now),
        )
    }
}
