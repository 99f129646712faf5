//! Carrying out what is wanted in one market: closings first, then openings. Levels, not edges: each call looks at what
//! is and does the next thing towards what should be.

use aicoin_domain::{
    Desired, DurationMs, MarketId, OrderKind, Price, Rate, Reason, Side, Size, Tif,
};

use super::Bot;
use super::state::{Exit, Plan, StopPlan, stop_behind};
use crate::planted::planted;
use crate::record::{Leg, OrderError};

/// Pause between tries of a closing order that fills nothing; doubled up to [`CLOSE_PAUSE_MAX`].
const CLOSE_PAUSE: DurationMs = DurationMs::from_secs(1);
/// The longest pause: the venue allows one request per 10 s when the address budget is used up.
const CLOSE_PAUSE_MAX: DurationMs = DurationMs::from_secs(10);
/// Pause before the next closing order when the answer to one is lost: if it was carried out, its fill comes within this.
/// From the second lost one on it doubles, up to [`CLOSE_PAUSE_MAX`].
const LOST_PAUSE: DurationMs = DurationMs(250);

impl Bot {
    /// Does the next thing in a market.
    pub(super) fn work(&mut self, market: MarketId) {
        let binding = self.state.control.binding();
        let index = market.index();
        let Some(desk) = self.state.desks.get_mut(index) else {
            return;
        };
        if binding != Desired::Running
            && desk.plan.is_some()
            && !planted!(self, PauseOnlyAtDecision)
        {
            let reason = if binding == Desired::CloseAll {
                Reason::CloseAllActive
            } else {
                Reason::PausedBeforeSend
            };
            self.hold_back(market, reason);
        }
        self.want_close_all(market, binding);
        if !self.is_busy(market) || self.may_close_again(market) {
            self.work_exit(market);
        }
        if !self.is_busy(market) {
            self.work_plan(market);
        }
        self.protect(market);
    }

    /// Under close-all every position has an exit, whatever else is wanted of it.
    fn want_close_all(&mut self, market: MarketId, binding: Desired) {
        let index = market.index();
        let (Some(desk), Some(position)) = (
            self.state.desks.get_mut(index),
            self.state.account.positions.get(index),
        ) else {
            return;
        };
        let has_exit = desk
            .exit
            .is_some_and(|exit| exit.leg == Leg::CloseAll && exit.to.is_zero());
        if binding == Desired::CloseAll && !has_exit && !position.size.is_zero() {
            desk.exit = Some(Exit {
                decision: position.decision,
                leg: Leg::CloseAll,
                to: Size::ZERO,
                tries: 0,
            });
            desk.close_after = None;
        }
    }

    /// Whether a position that is to go whole may be closed once more before it is known what became of the orders that
    /// were to close it. Whichever of them arrives first closes it, and the venue cuts the others to nothing. Where a part
    /// is to stay, two could take twice the part.
    fn may_close_again(&self, market: MarketId) -> bool {
        let exit = self
            .state
            .desks
            .get(market.index())
            .and_then(|desk| desk.exit);
        exit.is_some_and(|exit| exit.to.is_zero()) && self.lost_closings(market) > 0
    }

    /// The answer to an order is lost. If it was to close a position, the next try is soon: it says nothing of the price.
    pub(super) fn closing_lost(&mut self, market: MarketId) {
        if !self.may_close_again(market) {
            return;
        }
        let doublings = self.lost_closings(market).saturating_sub(2).min(6);
        let again = self.now + DurationMs((LOST_PAUSE.0 << doublings).min(CLOSE_PAUSE_MAX.0));
        if let Some(desk) = self.state.desks.get_mut(market.index()) {
            desk.close_after = Some(again);
            if let Some(exit) = &mut desk.exit {
                exit.tries = exit.tries.saturating_sub(1);
            }
        }
        self.wake_by(again);
    }

    fn work_exit(&mut self, market: MarketId) {
        let held = self.state.account.size(market);
        let now = self.now;
        let Some(desk) = self.state.desks.get_mut(market.index()) else {
            return;
        };
        let Some(mut exit) = desk.exit else { return };
        let excess = held.abs() - exit.to;
        let Some(side) = Side::of_position(held).filter(|_| excess.is_positive()) else {
            desk.exit = None;
            return;
        };
        if let Some(after) = desk.close_after
            && now < after
        {
            self.wake_by(after);
            return;
        }
        let tries = exit.tries;
        exit.tries = tries.saturating_add(1);
        desk.exit = Some(exit);
        let pause = DurationMs((CLOSE_PAUSE.0 << tries.min(4)).min(CLOSE_PAUSE_MAX.0));
        desk.close_after = Some(now + pause);
        self.wake_by(now + pause);
        // Each failed try goes further for a fill, up to 20 %.
        let slippage =
            Rate::from_units(self.config.max_slippage.units() * (i64::from(tries.min(3)) + 1))
                .min(Rate::from_bps(2_000).max(self.config.max_slippage));
        // Without any price it goes by what the position cost: an order that only reduces can do no harm.
        let price = self
            .aggressive_price(market, side.opposite(), slippage)
            .or_else(|| self.price_off_entry(market, side.opposite(), slippage));
        let Some(price) = price else { return };
        let kind = OrderKind::Limit {
            price,
            tif: Tif::Ioc,
        };
        self.order(
            market,
            exit.decision,
            exit.leg,
            side.opposite(),
            excess,
            kind,
        );
    }

    fn work_plan(&mut self, market: MarketId) {
        let held = Side::of_position(self.state.account.size(market));
        let Some(desk) = self.state.desks.get_mut(market.index()) else {
            return;
        };
        let Some(plan) = desk.plan else { return };
        if let Some(held) = held {
            if held == plan.side {
                // It is there already: an earlier order filled late.
                self.hold_back(market, Reason::AlreadyInPosition);
            }
            // Otherwise its exit is under way.
            return;
        }
        if self.now > plan.deadline {
            self.hold_back(market, Reason::Stale);
            return;
        }
        let approved = self
            .may_open(market)
            .and_then(|()| self.approve(market, &plan));
        let price = self.aggressive_price(market, plan.side, self.config.max_slippage);
        let (approved, price) = match (approved, price) {
            (Ok(approved), Some(price)) => (approved, price),
            (Err(reason), _) => {
                self.hold_back(market, reason);
                return;
            }
            (Ok(_), None) => {
                self.hold_back(market, Reason::DataStale);
                return;
            }
        };
        if let Some(desk) = self.state.desks.get_mut(market.index()) {
            desk.plan = None;
            desk.entry = Some(plan);
        }
        let opening = *approved.opening();
        let kind = OrderKind::Limit {
            price,
            tif: Tif::Ioc,
        };
        if !planted!(self, IgnoreOrderRate) {
            self.state.risk.on_opening(self.now, &self.config.risk);
        }
        let entry = self.order(
            opening.market,
            plan.decision,
            Leg::Open,
            opening.side,
            opening.size,
            kind,
        );
        if self.config.attach_stops
            && let Some(trigger) = self.planned_stop(market, &plan, opening.price)
        {
            self.attach_stop(entry, trigger);
        }
    }

    /// Where the stop of a planned position is, when it is entered at that price.
    fn planned_stop(&self, market: MarketId, plan: &Plan, entry: Price) -> Option<Price> {
        let rules = &self.config.markets.get(market.index())?.rules;
        match plan.stop {
            StopPlan::None => None,
            StopPlan::At(price) => Some(price),
            StopPlan::Distance(distance) => stop_behind(rules, plan.side, entry, distance),
        }
    }

    /// A plan that was accepted and can no longer be opened: its order is written as failed, so that a person sees why.
    fn hold_back(&mut self, market: MarketId, reason: Reason) {
        let Some(desk) = self.state.desks.get_mut(market.index()) else {
            return;
        };
        let Some(plan) = desk.plan.take() else { return };
        let Some(price) = self.aggressive_price(market, plan.side, self.config.max_slippage) else {
            return;
        };
        let size = match plan.size {
            super::state::PlanSize::Exact(size) => size,
            super::state::PlanSize::Notional(notional) => notional.size_at(price),
        };
        let kind = OrderKind::Limit {
            price,
            tif: Tif::Ioc,
        };
        let cloid = self.order(market, plan.decision, Leg::Open, plan.side, size, kind);
        self.order_failed(
            cloid,
            crate::orders::OrderEvent::HeldBack,
            OrderError::Reason(reason),
        );
    }

    /// A valid price this far on the other side of the middle.
    pub(super) fn aggressive_price(
        &self,
        market: MarketId,
        side: Side,
        slippage: Rate,
    ) -> Option<Price> {
        let quote = self.state.markets.get(market.index())?.quote?;
        self.price_off(market, quote.mid(), side, slippage)
    }

    fn price_off_entry(&self, market: MarketId, side: Side, slippage: Rate) -> Option<Price> {
        let entry = self.state.account.position(market)?.entry();
        self.price_off(market, entry, side, slippage)
    }

    fn price_off(
        &self,
        market: MarketId,
        from: Price,
        side: Side,
        slippage: Rate,
    ) -> Option<Price> {
        let rules = self.config.markets.get(market.index())?.rules;
        // Rounded towards a fill: where the tick is coarse, the other way could leave no room for one.
        let asked = from.scaled(match side {
            Side::Buy => slippage,
            Side::Sell => -slippage,
        });
        let price = match side {
            Side::Buy => rules.price_above(asked),
            Side::Sell => Some(rules.price_below(asked))
                .filter(|price| price.is_positive())
                .unwrap_or_else(|| rules.price_above(asked)),
        };
        Some(price).filter(|price| price.is_positive())
    }
}
