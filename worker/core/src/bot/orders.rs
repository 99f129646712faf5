//! Orders of ours: their intents, their cancels, and every change of their state, which goes through the table.

use alloc::format;
use core::cmp::Ordering;

use aicoin_domain::{
    Cloid, DecisionId, DurationMs, MarketId, OrderKind, OrderRequest, OrderStatus, Price, Reason,
    Side, Size, TpSl, Usd,
};

use super::{Bot, Held, Waiting};
use crate::input::OpenOrderTruth;
use crate::orders::{CancelState, Order, OrderEvent, cloid_of, next_status};
use crate::output::{Action, Output, Report};
use crate::planted::planted;
use crate::record::{Leg, OrderError, OrderRecord, Record};

/// The pause before a refused order that reduces or protects is tried again.
const RETRY_FIRST: DurationMs = DurationMs::from_secs(1);
/// After this many tries the pause is the long one.
const FAST_TRIES_MAX: u32 = 10;
/// The long pause: the venue allows one request per 10 s when the address budget is used up.
const RETRY_LATER: DurationMs = DurationMs::from_secs(10);

impl Bot {
    /// Writes an intent. It is sent once it is durable and passes the gate.
    pub(super) fn order(
        &mut self,
        market: MarketId,
        decision: DecisionId,
        leg: Leg,
        side: Side,
        size: Size,
        kind: OrderKind,
    ) -> Cloid {
        let cloid = self.intend(market, decision, leg, side, size, kind);
        let after = self.out.next_seq();
        if planted!(self, SendBeforePersist) {
            self.pass_gate(after, cloid);
            return cloid;
        }
        self.waiting.push_back(Waiting {
            after,
            what: Held::Order(cloid),
        });
        cloid
    }

    /// Writes the intent of an entry's stop: it passes the gate with the entry, or not at all.
    pub(super) fn attach_stop(&mut self, entry: Cloid, trigger: Price) {
        let Some(order) = self.state.book.find(entry) else {
            return;
        };
        let OrderRequest {
            market, side, size, ..
        } = order.record.request;
        let decision = order.record.decision;
        let kind = OrderKind::Trigger {
            trigger,
            kind: TpSl::Sl,
        };
        let stop = self.intend(market, decision, Leg::Stop, side.opposite(), size, kind);
        if let Some(order) = self.state.book.find_mut(stop) {
            order.attached_to = Some(entry);
        }
    }

    fn intend(
        &mut self,
        market: MarketId,
        decision: DecisionId,
        leg: Leg,
        side: Side,
        size: Size,
        kind: OrderKind,
    ) -> Cloid {
        let attempt = self.next_attempt(market, decision, leg);
        let cloid = cloid_of(self.config.uid, decision, market, leg, attempt);
        let nonce = self.next_nonce();
        let may_open =
            leg.raises_exposure() || (leg == Leg::Close && planted!(self, CloseNotReduceOnly));
        let record = OrderRecord {
            request: OrderRequest {
                cloid,
                market,
                side,
                size,
                kind,
                reduce_only: !may_open,
            },
            decision,
            leg,
            attempt,
            status: OrderStatus::Prepared,
            filled: Size::ZERO,
            filled_notional: Usd::ZERO,
            oid: None,
            nonce,
            epoch: self.state.lease.epoch().unwrap_or(0),
            expires_at: self.now + self.config.timing.order_expiry,
            created_at: self.now,
            updated_at: self.now,
            error: None,
        };
        self.out.row(Record::Order(record.clone()));
        let intent = self.out.next_seq();
        self.state.book.add(Order {
            record,
            intent,
            sent_at: None,
            final_size: None,
            lookup_at: None,
            cancel: CancelState::None,
            final_at: None,
            attached_to: None,
        });
        cloid
    }

    fn next_attempt(&mut self, market: MarketId, decision: DecisionId, leg: Leg) -> u32 {
        let Some(desk) = self.state.desks.get_mut(market.index()) else {
            return 0;
        };
        let slot = match leg {
            Leg::Open => 0,
            Leg::Close => 1,
            Leg::Stop => 2,
            Leg::Take => 3,
            Leg::Flatten => 4,
            Leg::CloseAll => 5,
        };
        let Some((last, tries)) = desk.attempts.get_mut(slot) else {
            return 0;
        };
        // No id may ever come twice.
        match decision.cmp(last) {
            Ordering::Greater => {
                desk.tries_max = desk.tries_max.max(*tries);
                (*last, *tries) = (decision, 0);
                0
            }
            Ordering::Equal => {
                *tries += 1;
                *tries
            }
            // A late fill brought an old decision back: its numbers go on above every number that it may have had.
            Ordering::Less => {
                desk.tries_max += 1;
                desk.tries_max
            }
        }
    }

    pub(super) fn next_nonce(&mut self) -> u64 {
        let now = u64::try_from(self.now.0).unwrap_or(0);
        self.state.ids.nonce = now.max(self.state.ids.nonce + 1);
        self.state.ids.nonce
    }

    /// Asks the venue to cancel an order. The request is repeated by [`Bot::attend_orders`] until the order is final.
    pub(super) fn cancel(&mut self, cloid: Cloid) {
        let (now, nonce) = (self.now, self.next_nonce());
        let expires_at = now + self.config.timing.order_expiry;
        let Some(order) = self.state.book.find_mut(cloid) else {
            return;
        };
        if !order.is_live() || order.status() == OrderStatus::Prepared {
            return;
        }
        // Without the lease the position may be another worker's to protect: no stop of it is taken away.
        if !order.leg().raises_exposure() && self.state.lease.epoch().is_none() {
            return;
        }
        order.cancel = CancelState::Asked(now);
        let market = order.market();
        let after = order.intent;
        self.out.push(Output::Send {
            after,
            action: Action::Cancel {
                cloid,
                market,
                nonce,
                expires_at,
            },
        });
        self.dirty = true;
    }

    /// Asks the venue to cancel an order that our book has as over, or does not have at all.
    pub(super) fn cancel_unknown(&mut self, open: &OpenOrderTruth) {
        if open.reduce_only && self.state.lease.epoch().is_none() {
            return;
        }
        let (nonce, after) = (self.next_nonce(), self.durable);
        let expires_at = self.now + self.config.timing.order_expiry;
        let (market, order) = (open.market, open.order);
        let action = match open.cloid {
            Some(cloid) => Action::Cancel {
                cloid,
                market,
                nonce,
                expires_at,
            },
            None => Action::CancelForeign {
                order,
                market,
                nonce,
                expires_at,
            },
        };
        self.out.push(Output::Send { after, action });
    }

    /// Applies an event to an order and writes the new state down.
    pub(super) fn order_event(&mut self, cloid: Cloid, event: OrderEvent) {
        let now = self.now;
        let Some(order) = self.state.book.find_mut(cloid) else {
            return;
        };
        let before = order.record.status;
        let Ok(after) = next_status(before, event) else {
            // The venue contradicts itself. Its account, read anew, settles what is true.
            self.read_account_soon();
            return;
        };
        order.record.status = after;
        order.record.updated_at = now;
        order.lookup_at = if after == OrderStatus::Unknown {
            order.lookup_at.or(Some(now))
        } else {
            None
        };
        if after == before && event != OrderEvent::FilledInPart {
            return;
        }
        self.dirty = true;
        if after == OrderStatus::Sent {
            // Not a row of its own: the row says Prepared until the answer comes, and a restart treats both alike.
            return;
        }
        let (record, market) = (order.record.clone(), order.market());
        self.out.row(Record::Order(record));
        self.out.report(Report::Order {
            cloid,
            status: after,
        });
        if before.is_final() && !after.is_final() {
            self.state.book.revive();
        }
        if before == OrderStatus::Failed && after != OrderStatus::Failed {
            let detail = format!("The order {cloid} was given up and did something after all.");
            self.risk_event(Reason::Diverged, Some(market), detail, false);
        }
    }

    /// An order is definitely none.
    pub(super) fn order_failed(&mut self, cloid: Cloid, event: OrderEvent, error: OrderError) {
        let Some(order) = self
            .state
            .book
            .find_mut(cloid)
            .filter(|order| order.is_live())
        else {
            return;
        };
        let (leg, market) = (order.leg(), order.market());
        // The stop of an entry that came to nothing has nothing to protect.
        let went_with_entry = order.attached_to.is_some()
            && self
                .state
                .account
                .positions
                .get(market.index())
                .is_none_or(|position| position.size.is_zero());
        let words = match (&error, leg) {
            (OrderError::Venue(_), _) if went_with_entry => None,
            (OrderError::Venue(words), Leg::Close | Leg::Stop | Leg::Flatten | Leg::CloseAll) => {
                Some(format!(
                    "The venue refused an order to {}: {words}",
                    leg_phrase(leg)
                ))
            }
            (OrderError::Venue(_) | OrderError::Reason(_), _) => None,
        };
        order.record.error = Some(error);
        self.order_event(cloid, event);
        if let Some(words) = words {
            self.risk_event(Reason::VenueRefused, Some(market), words, true);
        }
        let retry = self.now + RETRY_FIRST;
        self.pause_guard(market, leg);
        if let Some(desk) = self.state.desks.get_mut(market.index()) {
            match leg {
                // A pause that grew with the tries is not cut short.
                Leg::Close | Leg::Flatten | Leg::CloseAll => {
                    desk.close_after = desk.close_after.max(Some(retry));
                }
                Leg::Stop | Leg::Take | Leg::Open => {}
            }
        }
        self.dirty = true;
    }

    /// A stop or take-profit that the venue would not have is tried again after a pause.
    fn pause_guard(&mut self, market: MarketId, leg: Leg) {
        let now = self.now;
        let Some(desk) = self.state.desks.get_mut(market.index()) else {
            return;
        };
        let slot = if leg == Leg::Stop { 2 } else { 3 };
        let tries = desk.attempts.get(slot).map_or(0, |(_, tries)| *tries);
        let pause = if tries < FAST_TRIES_MAX {
            RETRY_FIRST
        } else {
            RETRY_LATER
        };
        match leg {
            Leg::Stop => desk.guard.retry_at = Some(now + pause),
            Leg::Take => desk.guard.take_retry_at = Some(now + pause),
            Leg::Open | Leg::Close | Leg::Flatten | Leg::CloseAll => {}
        }
    }

    /// The venue cancelled an order, or says that it is over. What an opening order filled before that is asked for: the
    /// fills may still be on their way, and until then it counts.
    pub(super) fn on_canceled(&mut self, cloid: Cloid) {
        let now = self.now;
        let Some(order) = self.state.book.find_mut(cloid) else {
            return;
        };
        let (leg, market) = (order.leg(), order.market());
        let is_live = order.is_live();
        if is_live && leg.raises_exposure() && order.final_size.is_none() {
            order.lookup_at = Some(now);
            self.dirty = true;
            return;
        }
        let by_the_venue = is_live && order.cancel == CancelState::None;
        self.order_event(cloid, OrderEvent::Canceled);
        let tries = |desk: &super::state::Desk| desk.attempts.get(2).map_or(0, |(_, tries)| *tries);
        let often = self
            .state
            .desks
            .get(market.index())
            .is_some_and(|desk| tries(desk) >= FAST_TRIES_MAX);
        if by_the_venue && (leg == Leg::Take || often) {
            self.pause_guard(market, leg);
        }
    }
}

const fn leg_phrase(leg: Leg) -> &'static str {
    match leg {
        Leg::Open => "open a position",
        Leg::Close => "close the position",
        Leg::Stop => "protect the position",
        Leg::Take => "take profit",
        Leg::Flatten => "flatten the unprotected position",
        Leg::CloseAll => "close everything",
    }
}
