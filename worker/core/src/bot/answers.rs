//! What the venue says of an order of ours: the answer to its sending, its updates, the answer to a look-up.

use aicoin_domain::{Cloid, DurationMs, OrderStatus, Reason, TimeMs};

use super::Bot;
use crate::input::{LookupAnswer, OrderUpdate, SendResult};
use crate::orders::{CancelState, Order, OrderEvent};
use crate::planted::planted;
use crate::record::OrderError;

/// By how much the pause between two look-ups of an order grows at most that did not arrive so far.
const LOOKUP_PAUSE_MORE: DurationMs = DurationMs::from_secs(2);
const ONE_MS: DurationMs = DurationMs(1);

impl Bot {
    /// What became of an action that was sent.
    pub(super) fn on_sent(&mut self, cloid: Cloid, result: SendResult) {
        let now = self.now;
        match result {
            SendResult::Resting { order: oid } => {
                if let Some(order) = self.state.book.find_mut(cloid) {
                    order.record.oid = Some(oid.0);
                }
                self.order_event(cloid, OrderEvent::Rested);
            }
            SendResult::Filled { order: oid, size } => {
                if let Some(order) = self.state.book.find_mut(cloid) {
                    order.record.oid = Some(oid.0);
                    order.set_final(size, now);
                }
                self.finish_if_filled(cloid);
                self.dirty = true;
            }
            SendResult::Refused(words) => {
                let order = self.state.book.find_mut(cloid);
                let refused_cancel = order.filter(|order| {
                    order.is_live()
                        && (order.cancel != CancelState::None || !order.status().is_unresolved())
                });
                if let Some(order) = refused_cancel {
                    // What was refused may be the cancel: the order itself is asked after.
                    order.lookup_at = Some(now);
                    self.dirty = true;
                } else {
                    self.order_failed(cloid, OrderEvent::Refused, OrderError::Venue(words));
                }
            }
            SendResult::NoAnswer => {
                self.order_lost(cloid);
                if let Some(order) = self.state.book.find_mut(cloid)
                    && order.is_live()
                {
                    order.lookup_at = order.lookup_at.or(Some(now));
                    self.dirty = true;
                }
            }
            SendResult::Canceled => self.on_canceled(cloid),
            SendResult::NothingToCancel => {
                if let Some(order) = self.state.book.find_mut(cloid)
                    && order.is_live()
                {
                    order.lookup_at = Some(now);
                    self.dirty = true;
                }
            }
        }
    }

    /// Nobody knows what became of an order that was sent.
    pub(super) fn order_lost(&mut self, cloid: Cloid) {
        let sent = self
            .state
            .book
            .find(cloid)
            .filter(|order| order.status() == OrderStatus::Sent)
            .map(Order::market);
        if planted!(self, UnknownIsRefused) && sent.is_some() {
            let error = OrderError::Reason(Reason::VenueRefused);
            self.order_failed(cloid, OrderEvent::Refused, error);
            return;
        }
        self.order_event(cloid, OrderEvent::Lost);
        #[cfg(feature = "planted")]
        self.try_again(cloid, sent.is_some());
        if let Some(market) = sent {
            self.closing_lost(market);
        }
    }

    /// The planted ways to try a lost order again.
    #[cfg(feature = "planted")]
    fn try_again(&mut self, cloid: Cloid, was_sent: bool) {
        let Some(order) = self.state.book.find(cloid).filter(|_| was_sent) else {
            return;
        };
        let (record, intent) = (order.record.clone(), order.intent);
        let request = record.request;
        if planted!(self, NewCloidOnRetry) && record.leg == crate::record::Leg::Open {
            self.order(
                request.market,
                record.decision,
                record.leg,
                request.side,
                request.size,
                request.kind,
            );
        }
        if planted!(self, SignAgain) {
            let (nonce, expires_at) = (self.next_nonce(), record.expires_at);
            self.out.push(crate::output::Output::Send {
                after: intent,
                action: crate::output::Action::Place {
                    request,
                    stop: None,
                    nonce,
                    expires_at,
                },
            });
        }
    }

    /// The order is final once all fills that the venue announced have come.
    pub(super) fn finish_if_filled(&mut self, cloid: Cloid) {
        let Some(order) = self.state.book.find_mut(cloid) else {
            return;
        };
        let Some(size) = order.final_size else { return };
        if order.record.filled < size {
            return;
        }
        let event = if order.record.filled >= order.record.request.size {
            OrderEvent::FilledWhole
        } else {
            // The rest was dropped: an immediate order in a thin book, or a reduce-only order that was cut.
            OrderEvent::Canceled
        };
        self.order_event(cloid, event);
    }

    /// What the venue says of an order by itself.
    pub(super) fn on_order_update(&mut self, cloid: Cloid, update: OrderUpdate) {
        let now = self.now;
        let Some(order) = self.state.book.find_mut(cloid) else {
            return;
        };
        match update {
            OrderUpdate::Open { order: oid } => {
                order.record.oid = Some(oid.0);
                self.order_event(cloid, OrderEvent::Rested);
            }
            OrderUpdate::Triggered => {}
            OrderUpdate::Filled => {
                if order.record.filled >= order.record.request.size {
                    self.order_event(cloid, OrderEvent::FilledWhole);
                } else if order.is_live() {
                    // How much filled in the end is asked for: fills may still be on their way.
                    order.lookup_at = Some(now);
                    self.dirty = true;
                }
            }
            OrderUpdate::Canceled => self.on_canceled(cloid),
            OrderUpdate::Rejected => {
                self.order_failed(
                    cloid,
                    OrderEvent::Refused,
                    OrderError::Reason(Reason::VenueCanceled),
                );
            }
        }
    }

    /// The answer to a question about one order.
    pub(super) fn on_looked(&mut self, cloid: Cloid, asked_at: TimeMs, answer: LookupAnswer) {
        let timing = self.config.timing.clone();
        let mut again = self.now + timing.lookup_every;
        let Some(order) = self
            .state
            .book
            .find_mut(cloid)
            .filter(|order| order.is_live())
        else {
            return;
        };
        match answer {
            LookupAnswer::NoAnswer => {}
            LookupAnswer::UnknownOrder => {
                let mut lost_after = order.record.expires_at + timing.clock_skew;
                if planted!(self, SkipExpiryWait) {
                    lost_after = TimeMs(0);
                }
                if planted!(self, ForgetSkew) {
                    lost_after = order.record.expires_at;
                }
                if order.status().is_unresolved() && asked_at > lost_after {
                    let error = OrderError::Reason(Reason::NeverLanded);
                    self.order_failed(cloid, OrderEvent::NeverLanded, error);
                    return;
                }
                if !order.status().is_unresolved() && asked_at > lost_after {
                    // It rested, and the venue has forgotten it: it rests no more.
                    self.order_event(cloid, OrderEvent::Canceled);
                    return;
                }
                // The longer it does not arrive the less often it is looked for, and once it cannot arrive any more at once.
                if self.now <= lost_after {
                    // An earlier process may have written it by a clock that was ahead: then it has no age yet.
                    let age = (self.now - order.record.created_at).max(DurationMs(0));
                    again = (again + age.min(LOOKUP_PAUSE_MORE)).min(lost_after + ONE_MS);
                }
            }
            LookupAnswer::Known { update, filled } => {
                let over = match update {
                    OrderUpdate::Open { .. } | OrderUpdate::Triggered => false,
                    OrderUpdate::Filled | OrderUpdate::Canceled | OrderUpdate::Rejected => true,
                };
                if !over {
                    self.on_order_update(cloid, update);
                } else if order.record.filled >= filled {
                    order.set_final(filled, self.now);
                    if update == OrderUpdate::Rejected {
                        self.on_order_update(cloid, update);
                    } else {
                        self.finish_if_filled(cloid);
                    }
                } else {
                    order.set_final(filled, self.now);
                    self.read_account_soon();
                }
            }
        }
        if let Some(order) = self
            .state
            .book
            .find_mut(cloid)
            .filter(|order| order.is_live())
            && (order.status().is_unresolved() || order.is_immediate())
        {
            order.lookup_at = Some(again);
            self.wake_by(again);
        }
        self.dirty = true;
    }
}
