//! Protection as a level: a position that asks for a stop has one resting, or is flattened. Checked at every settling.

use alloc::format;
use alloc::vec::Vec;

use aicoin_domain::{
    Cloid, DurationMs, MarketId, OrderKind, OrderStatus, Price, Reason, Side, Size, TpSl,
};

use super::Bot;
use super::state::Exit;
use crate::orders::CancelState;
use crate::planted::planted;
use crate::record::Leg;

/// How long an entry that is still filling may hold up its stop: one stop for the whole is better than one per fill.
const ENTRY_SETTLES: DurationMs = DurationMs::from_secs(1);
/// How long an exit that was sent may hold up a stop that has to be placed anew.
const EXIT_SETTLES: DurationMs = DurationMs::from_secs(1);
/// How long the venue has to cancel the stop of a closed position by itself, before we do.
const SIBLING_PATIENCE: DurationMs = DurationMs::from_secs(1);

impl Bot {
    /// Looks after one market's stop and take-profit.
    pub(super) fn protect(&mut self, market: MarketId) {
        let held = self.state.account.size(market);
        let Some(side) = Side::of_position(held) else {
            self.clear_leftovers(market);
            return;
        };
        let Some(desk) = self.state.desks.get(market.index()) else {
            return;
        };
        let guard = desk.guard;
        if let Some(stop) = guard.stop {
            self.protect_with(market, Leg::Stop, stop, side, held.abs());
        }
        if let Some(take) = guard.take {
            self.protect_with(market, Leg::Take, take, side, held.abs());
        }
        if guard.stop.is_some() {
            self.watch_nakedness(market, held.abs());
        }
    }

    /// Makes sure that an order of this leg rests at `price` for `size`. The new one is confirmed before the old goes.
    fn protect_with(&mut self, market: MarketId, leg: Leg, price: Price, side: Side, size: Size) {
        let mut fitting = false;
        let mut confirmed = false;
        let mut others: Vec<Cloid> = Vec::new();
        for order in self
            .state
            .book
            .live_in(market)
            .filter(|order| order.leg() == leg)
        {
            if order.cancel != CancelState::None {
                // On its way out: it protects no more, even where it fits again.
                continue;
            }
            let fits = order.remaining() == size || planted!(self, StopNotReplaced);
            if fits && trigger_of(order.record.request.kind) == Some(price) {
                fitting = true;
                confirmed |= is_resting(order.status());
            } else {
                others.push(order.cloid());
            }
        }
        if !fitting {
            self.place_guard(market, leg, price, side, size);
        } else if confirmed {
            for cloid in others {
                self.cancel_once(cloid);
            }
        }
    }

    fn place_guard(&mut self, market: MarketId, leg: Leg, price: Price, side: Side, size: Size) {
        let now = self.now;
        let Some(desk) = self.state.desks.get(market.index()) else {
            return;
        };
        let retry_at = if leg == Leg::Stop {
            desk.guard.retry_at
        } else {
            desk.guard.take_retry_at
        };
        if let Some(retry_at) = retry_at
            && now < retry_at
        {
            self.wake_by(retry_at);
            return;
        }
        let settles_at = self
            .entry_settles_at(market)
            .max(self.exit_settles_at(market));
        if let Some(settles_at) = settles_at
            && now < settles_at
        {
            self.wake_by(settles_at);
            return;
        }
        // One unresolved guard at a time: an unknown stop may well rest, and two would close twice as much.
        if self
            .state
            .book
            .live_in(market)
            .any(|order| order.leg() == leg && order.status().is_unresolved())
        {
            return;
        }
        let Some(position) = self.state.account.position(market) else {
            return;
        };
        let decision = position.decision;
        let kind = if leg == Leg::Stop { TpSl::Sl } else { TpSl::Tp };
        self.order(
            market,
            decision,
            leg,
            side.opposite(),
            size,
            OrderKind::Trigger {
                trigger: price,
                kind,
            },
        );
    }

    /// Until when an entry that is still filling holds up its stop.
    fn entry_settles_at(&self, market: MarketId) -> Option<aicoin_domain::TimeMs> {
        let filling = self
            .state
            .book
            .live_in(market)
            .any(|order| order.leg() == Leg::Open);
        let opened_at = self.state.account.position(market)?.opened_at?;
        // The venue's clock may be ahead of ours: not for that does a stop wait longer.
        let since = self.state.desks.get(market.index())?.guard.naked_since;
        let opened_at = opened_at.min(since.unwrap_or(self.now));
        filling.then(|| opened_at + ENTRY_SETTLES)
    }

    /// Until when an exit that was sent holds up a stop: the venue cancels the stop of a position that the exit closed, and
    /// may tell so before it tells of the fill.
    fn exit_settles_at(&self, market: MarketId) -> Option<aicoin_domain::TimeMs> {
        let held = self.state.account.size(market).abs();
        self.state
            .book
            .live_in(market)
            .filter(|order| matches!(order.leg(), Leg::Close | Leg::Flatten | Leg::CloseAll))
            .filter(|order| order.remaining() >= held)
            .filter_map(|order| order.sent_at)
            .max()
            .map(|sent_at| sent_at + EXIT_SETTLES)
    }

    /// Counts how long the position has been without a stop that covers it, and flattens it when that is too long.
    fn watch_nakedness(&mut self, market: MarketId, size: Size) {
        let covered: Size = self
            .state
            .book
            .live_in(market)
            .filter(|order| order.leg() == Leg::Stop && is_resting(order.status()))
            .filter(|order| order.cancel == CancelState::None)
            .map(crate::orders::Order::remaining)
            .sum();
        let (now, limit) = (self.now, self.config.timing.protect_within);
        let Some(desk) = self.state.desks.get_mut(market.index()) else {
            return;
        };
        if covered >= size {
            desk.guard.naked_since = None;
            desk.guard.gave_up = false;
            return;
        }
        let since = *desk.guard.naked_since.get_or_insert(now);
        if now < since + limit {
            self.wake_by(since + limit);
            return;
        }
        let reported = core::mem::replace(&mut desk.guard.gave_up, true);
        if reported && desk.exit.is_some_and(|exit| exit.to.is_zero()) {
            return;
        }
        let decision = self
            .state
            .account
            .position(market)
            .map(|position| position.decision)
            .unwrap_or_default();
        if let Some(desk) = self.state.desks.get_mut(market.index()) {
            desk.want_exit(Exit {
                decision,
                leg: Leg::Flatten,
                to: Size::ZERO,
                tries: 0,
            });
            desk.plan = None;
        }
        self.dirty = true;
        self.wake_by(now);
        if reported {
            return;
        }
        let detail = format!(
            "No stop covered the position in {} for {} s: it is flattened.",
            self.market_name(market),
            limit.0 / 1000
        );
        self.risk_event(Reason::Unprotected, Some(market), detail, false);
    }

    /// Stops and take-profits of a position that is gone. The venue cancels them by itself; if it does not, we do.
    fn clear_leftovers(&mut self, market: MarketId) {
        let (now, mut wake) = (self.now, None);
        let flat_since = self
            .state
            .account
            .position(market)
            .and_then(|position| position.flat_since)
            .unwrap_or(now)
            .min(now);
        let mut leftovers: Vec<Cloid> = Vec::new();
        for order in self.state.book.live_in(market) {
            let is_guard = matches!(order.leg(), Leg::Stop | Leg::Take);
            // The fills of its entry may be on their way.
            let waits_for_entry = order
                .attached_to
                .and_then(|entry| self.state.book.find(entry))
                .is_some_and(crate::orders::Order::is_live);
            if !is_guard
                || waits_for_entry
                || !is_resting(order.status())
                || order.cancel != CancelState::None
            {
                continue;
            }
            let due = flat_since.max(order.record.updated_at) + SIBLING_PATIENCE;
            if now >= due {
                leftovers.push(order.cloid());
            } else {
                wake = Some(wake.map_or(due, |known: aicoin_domain::TimeMs| known.min(due)));
            }
        }
        if let Some(wake) = wake {
            self.wake_by(wake);
        }
        for cloid in leftovers {
            self.cancel(cloid);
        }
    }

    /// Cancels an order unless that is under way. One that waits for its answer is left alone until then: a refusal that
    /// comes next would not say which of the two it means.
    pub(super) fn cancel_once(&mut self, cloid: Cloid) {
        if self.state.book.find(cloid).is_some_and(|order| {
            order.cancel == CancelState::None && order.status() != OrderStatus::Sent
        }) {
            self.cancel(cloid);
        }
    }

    /// Whether a resting stop covers the whole position, or none is asked for.
    pub(super) fn is_protected(&self, market: MarketId) -> bool {
        self.size_is_flat(market)
            || self
                .state
                .desks
                .get(market.index())
                .is_none_or(|desk| desk.guard.stop.is_none() || desk.guard.naked_since.is_none())
    }
}

const fn is_resting(status: OrderStatus) -> bool {
    match status {
        OrderStatus::Open | OrderStatus::PartiallyFilled => true,
        OrderStatus::Prepared
        | OrderStatus::Sent
        | OrderStatus::Unknown
        | OrderStatus::Filled
        | OrderStatus::Canceled
        | OrderStatus::Failed => false,
    }
}

const fn trigger_of(kind: OrderKind) -> Option<Price> {
    match kind {
        OrderKind::Trigger { trigger, .. } => Some(trigger),
        OrderKind::Limit { .. } => None,
    }
}
