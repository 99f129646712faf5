//! What executions make of positions: books, rows, and the stop that a new position asks for.

use alloc::format;
use alloc::string::String;

use aicoin_domain::{
    DecisionId, Fill, LiquidationKind, MarketId, OrderKind, Price, Reason, Side, TimeMs, Usd,
};

use super::Bot;
use super::state::{Guard, StopPlan, stop_behind};
use crate::account::Change;
use crate::orders::OrderEvent;
use crate::record::{FillRecord, Leg, PositionRecord, Record};

impl Bot {
    /// An execution.
    pub(super) fn on_fill(&mut self, fill: &Fill) {
        #[cfg(feature = "planted")]
        if crate::planted::planted!(self, IgnoreFillId) {
            self.state.account.forget(fill);
        }
        let Some(change) = self.state.account.book(fill) else {
            return;
        };
        self.state.venue.says_flat = false;
        self.dirty = true;
        if let Some(position) = self.state.account.positions.get_mut(fill.market.index()) {
            // The venue's clock may be ahead of ours: nothing waits longer for that.
            position.opened_at = position.opened_at.map(|time| time.min(self.now));
            position.flat_since = position.flat_since.map(|time| time.min(self.now));
        }
        let cloid = fill.cloid.or_else(|| self.state.book.cloid_of(fill.order));
        let order = cloid.and_then(|cloid| self.state.book.find_mut(cloid));
        let (mut leg, mut decision) = (None, DecisionId(0));
        if let Some(order) = order {
            order.record.filled += fill.size;
            order.record.filled_notional += fill.price.notional(fill.size);
            (leg, decision) = (Some(order.leg()), order.record.decision);
            let (cloid, whole) = (
                order.cloid(),
                order.record.filled >= order.record.request.size,
            );
            if whole {
                self.order_event(cloid, OrderEvent::FilledWhole);
            } else {
                self.order_event(cloid, OrderEvent::FilledInPart);
                self.finish_if_filled(cloid);
            }
        }
        self.out.row(Record::Fill(FillRecord {
            fill: *fill,
            leg,
            decision,
        }));
        self.on_position_change(fill, change, leg, decision);
        self.record_position(fill.market);
    }

    fn on_position_change(
        &mut self,
        fill: &Fill,
        change: Change,
        leg: Option<Leg>,
        decision: DecisionId,
    ) {
        let market = fill.market;
        if change.ended()
            && let Some(desk) = self.state.desks.get_mut(market.index())
        {
            desk.guard = Guard::default();
            desk.exit = None;
            desk.close_after = None;
        }
        if change.began() {
            self.on_position_began(market, decision, leg);
        } else if leg == Some(Leg::Open) {
            self.set_stop_from_entry(market);
        }
        if leg == Some(Leg::Stop) && change.after.is_zero() {
            self.state
                .risk
                .on_stop_hit(self.now, market, &self.config.risk);
            self.risk_event(
                Reason::StopHit,
                Some(market),
                String::from("The stop closed the position."),
                true,
            );
        }
        if let Some(kind) = fill.liquidation {
            self.on_liquidation(market, kind);
        } else if leg.is_none() {
            let detail = format!(
                "{} {} were traded by somebody else.",
                fill.size,
                self.market_name(market)
            );
            self.block(market, Reason::ForeignPosition, detail);
        }
    }

    /// A position began: its stop and take-profit are what its plan says.
    fn on_position_began(&mut self, market: MarketId, decision: DecisionId, leg: Option<Leg>) {
        // A position that nobody here decided gets a number of its own, for the orders that will close it.
        let decision = if decision == DecisionId(0) {
            self.next_decision()
        } else {
            decision
        };
        if let Some(position) = self.state.account.positions.get_mut(market.index()) {
            position.decision = decision;
        }
        self.set_stop_from_entry(market);
        self.set_stop_without_entry(market, leg);
    }

    /// An opening order that was given up filled so late that its plan is forgotten: the manifest's distance is its stop.
    fn set_stop_without_entry(&mut self, market: MarketId, leg: Option<Leg>) {
        let index = market.index();
        let (Some(desk), Some(position), Some(config)) = (
            self.state.desks.get_mut(index),
            self.state.account.positions.get(index),
            self.config.markets.get(index),
        ) else {
            return;
        };
        let planned = desk
            .entry
            .is_some_and(|entry| entry.decision == position.decision);
        if let (Some(Leg::Open), false, Some(distance), Some(side)) = (
            leg,
            planned,
            self.config.risk.stop_loss,
            Side::of_position(position.size),
        ) {
            desk.guard.stop = stop_behind(&config.rules, side, position.entry(), distance);
        }
    }

    /// The stop of the entry that made this position, from the average entry price so far.
    fn set_stop_from_entry(&mut self, market: MarketId) {
        let index = market.index();
        let (Some(desk), Some(position), Some(config)) = (
            self.state.desks.get_mut(index),
            self.state.account.positions.get(index),
            self.config.markets.get(index),
        ) else {
            return;
        };
        let Some(entry) = desk
            .entry
            .filter(|entry| entry.decision == position.decision)
        else {
            return;
        };
        let attached = self
            .state
            .book
            .live_in(market)
            .find(|order| order.attached_to.is_some() && order.record.decision == position.decision)
            .and_then(|order| match order.record.request.kind {
                OrderKind::Trigger { trigger, .. } => Some(trigger),
                OrderKind::Limit { .. } => None,
            });
        let stop = match entry.stop {
            // It was sent with the entry, and rests where it is.
            StopPlan::Distance(_) if attached.is_some() => attached,
            StopPlan::None => None,
            StopPlan::At(price) => Some(price),
            StopPlan::Distance(distance) => {
                stop_behind(&config.rules, entry.side, position.entry(), distance)
            }
        };
        desk.guard.stop = stop;
        desk.guard.take = entry.take;
    }

    pub(super) fn record_position(&mut self, market: MarketId) {
        let index = market.index();
        let (Some(position), Some(desk)) = (
            self.state.account.positions.get(index),
            self.state.desks.get(index),
        ) else {
            return;
        };
        self.out.row(Record::Position(PositionRecord {
            market,
            size: position.size,
            cost: position.cost,
            realised: position.realised,
            fees: position.fees,
            funding: position.funding,
            stop: desk.guard.stop,
            take: desk.guard.take,
            opened_at: position.opened_at,
            updated_at: self.now,
        }));
    }

    pub(super) fn on_funding(&mut self, market: MarketId, amount: Usd, time: TimeMs) {
        self.state.account.fund(market, amount, time);
        self.record_position(market);
        self.dirty = true;
    }

    pub(super) fn on_liquidation(&mut self, market: MarketId, kind: LiquidationKind) {
        let how = match kind {
            LiquidationKind::Market => "in the market",
            LiquidationKind::Backstop => "by its backstop",
        };
        let detail = format!(
            "The venue liquidated the position in {} {how}.",
            self.market_name(market)
        );
        self.block(market, Reason::Liquidated, detail);
    }

    pub(super) fn mark(&self, market: MarketId) -> Price {
        self.state
            .markets
            .get(market.index())
            .map_or(Price::ZERO, crate::market::Market::mark)
    }
}
