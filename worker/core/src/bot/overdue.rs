//! What is due for orders that are alive: a look-up, a repeated cancel, an answer that did not come, fills that are missing.

use alloc::format;
use alloc::vec::Vec;

use aicoin_domain::{Cloid, DurationMs, OrderStatus, Reason, TimeMs};

use super::Bot;
use crate::orders::{CancelState, OrderEvent};
use crate::output::Query;

/// Fills that the venue announced and never gave are given up after this: its account is the truth then.
const FILLS_GIVEN_UP: DurationMs = DurationMs::from_secs(30);
/// How long fills may be behind the answer to their order before the account is read.
const FILLS_PATIENCE: DurationMs = DurationMs::from_secs(2);

impl Bot {
    /// Orders that wait for something: an answer, a look-up, their last fills, their cancel.
    pub(super) fn attend_orders(&mut self) {
        let (now, timing) = (self.now, self.config.timing.clone());
        let mut due = Due::default();
        let mut wake = TimeMs(i64::MAX);
        let mut at = |time: TimeMs| {
            if now < time {
                wake = wake.min(time);
            }
            now >= time
        };
        for order in self.state.book.live_mut() {
            let cloid = order.cloid();
            if let Some(final_at) = order.final_at {
                if at(final_at + FILLS_GIVEN_UP) {
                    due.given_up.push(cloid);
                } else if at(final_at + FILLS_PATIENCE) {
                    due.account = true;
                    at(now + FILLS_PATIENCE);
                }
            } else if order.lookup_at.is_none() {
                let answer_by = order.sent_at.map(|sent_at| sent_at + timing.answer_timeout);
                match order.status() {
                    OrderStatus::Sent if answer_by.is_some_and(&mut at) => due.lost.push(cloid),
                    // It never rests: whoever has not heard how it ended has to ask.
                    OrderStatus::Open | OrderStatus::PartiallyFilled
                        if order.is_immediate() && answer_by.is_none_or(&mut at) =>
                    {
                        order.lookup_at = Some(now);
                    }
                    OrderStatus::Prepared
                    | OrderStatus::Sent
                    | OrderStatus::Unknown
                    | OrderStatus::Open
                    | OrderStatus::PartiallyFilled
                    | OrderStatus::Filled
                    | OrderStatus::Canceled
                    | OrderStatus::Failed => {}
                }
            }
            if order.lookup_at.is_some_and(&mut at) {
                due.look.push(cloid);
                // The answer, a failure too, says when the next one is due; a question may be lost all the same.
                let again = now + timing.lookup_every + timing.lookup_every;
                order.lookup_at = Some(again);
                at(again);
            }
            if let CancelState::Asked(asked_at) = order.cancel
                && at(asked_at + timing.answer_timeout)
            {
                due.cancel.push(cloid);
            }
        }
        self.wake_by(wake);
        self.carry_out_due(due);
    }

    fn carry_out_due(&mut self, due: Due) {
        for cloid in due.look {
            self.ask_venue(Query::Order(cloid));
        }
        if due.account {
            self.read_account_soon();
        }
        for cloid in due.lost {
            self.order_lost(cloid);
            self.wake_by(self.now);
        }
        for cloid in due.cancel {
            self.cancel(cloid);
        }
        for cloid in due.given_up {
            self.give_up_fills(cloid);
        }
    }

    /// The venue says that an order is over and does not give its fills. Nothing may wait for them for ever.
    fn give_up_fills(&mut self, cloid: Cloid) {
        let Some(order) = self.state.book.find(cloid) else {
            return;
        };
        let market = order.market();
        let detail = format!(
            "{} of the order {cloid} filled by the venue's word, {} by its fills: its account is taken.",
            order.final_size.unwrap_or_default(),
            order.record.filled
        );
        self.order_event(cloid, OrderEvent::Canceled);
        self.risk_event(Reason::Diverged, Some(market), detail, false);
        self.read_account_soon();
    }
}

/// What is due for the orders that are alive.
#[derive(Default)]
struct Due {
    look: Vec<Cloid>,
    lost: Vec<Cloid>,
    cancel: Vec<Cloid>,
    given_up: Vec<Cloid>,
    account: bool,
}
