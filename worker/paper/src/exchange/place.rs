//! Orders in the venue's whole vocabulary: alone, or together in one action.

use alloc::vec;
use alloc::vec::Vec;

use aicoin_domain::{AccountId, Refusal, Side, TimeMs};

use super::Exchange;
use super::check::{Rejection, check_form, is_reached};
use super::execute::Cause;
use super::submit::refusal;
use crate::answer::Answer;
use crate::order::Order;
use crate::order_state::OrderState;
use crate::placing::{Grouping, NewKind, NewOrder, Placed};
use crate::refusal::*;
use crate::terms::Link;

/// A main order brings one stop-loss or take-profit, or both.
const CHILDREN: core::ops::RangeInclusive<usize> = 1..=2;

/// What becomes of children when their parent was placed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// The parent is filled.
    Lives,
    /// The parent rests.
    Waits,
    /// The parent filled in part, and the rest of it is gone.
    Ends,
}

impl Exchange {
    /// Places one order that stands alone. Otherwise as [`Exchange::submit`]; an order without a client order id is told apart
    /// by its number only.
    ///
    /// # Panics
    /// When no such account was opened here.
    pub fn place(
        &mut self,
        now: TimeMs,
        account: AccountId,
        order: &NewOrder,
        expires_after: Option<TimeMs>,
    ) -> Placed {
        if expires_after.is_some_and(|deadline| now > deadline) {
            return Placed::Refused(refusal(EXPIRED));
        }
        Placed::from(self.enter_new(now, account, order, Link::None))
    }

    /// Places the orders of one action, in their order, and answers each.
    ///
    /// # Errors
    /// In the venue's words, for the whole action, when that can be told from the orders alone (too late, no order at all, a
    /// price off the tick or too far away, a trigger that may open, a wrong group), or when children of a main order could
    /// not stand: nothing was placed then, and nothing is remembered.
    ///
    /// # Panics
    /// When no such account was opened here.
    pub fn place_all(
        &mut self,
        now: TimeMs,
        account: AccountId,
        orders: &[NewOrder],
        grouping: Grouping,
        expires_after: Option<TimeMs>,
    ) -> Result<Vec<Placed>, Refusal> {
        if expires_after.is_some_and(|deadline| now > deadline) {
            return Err(refusal(EXPIRED));
        }
        let Some((first, others)) = orders.split_first() else {
            return Err(refusal(EMPTY_BATCH));
        };
        match grouping {
            Grouping::Na => {}
            Grouping::NormalTpsl if first.is_trigger() => return Err(refusal(MAIN_IS_TRIGGER)),
            Grouping::NormalTpsl => check_triggers(others)?,
            Grouping::PositionTpsl => check_triggers(orders)?,
        }
        for order in orders {
            self.check_payload(order)?;
        }
        match grouping {
            Grouping::Na => Ok(orders
                .iter()
                .map(|order| Placed::from(self.enter_new(now, account, order, Link::None)))
                .collect()),
            Grouping::NormalTpsl => self.place_family(now, account, first, others),
            Grouping::PositionTpsl => Ok(orders
                .iter()
                .map(|order| self.place_of_position(now, account, order))
                .collect()),
        }
    }

    /// One order that came in time.
    fn enter_new(
        &mut self,
        now: TimeMs,
        account: AccountId,
        order: &NewOrder,
        link: Link,
    ) -> Answer {
        if let Err(words) = self.check_unused(account, order.cloid) {
            return Answer::Refused(words);
        }
        let (request, terms) = order.split(link);
        self.enter(now, account, &request, terms)
    }

    /// A stop-loss or take-profit of a position. One for the whole position grows and shrinks with it.
    fn place_of_position(&mut self, now: TimeMs, account: AccountId, order: &NewOrder) -> Placed {
        let link = self.link_to_position(account, order);
        match self.enter_new(now, account, order, link) {
            Answer::WaitingForTrigger { oid } => Placed::WaitingForTrigger { oid },
            answer @ (Answer::Resting { .. } | Answer::Filled { .. } | Answer::Refused(_)) => {
                Placed::from(answer)
            }
        }
    }

    /// How a stop-loss or take-profit belongs to the position that is there: one for all of it, or for no size, follows it.
    pub(super) fn link_to_position(&self, account: AccountId, order: &NewOrder) -> Link {
        let position = self.reducible(account, order.market, order.side);
        Link::Position {
            follows: order.size.is_zero() || (order.size >= position && position.is_positive()),
        }
    }

    /// A main order with its stop-loss and take-profit.
    fn place_family(
        &mut self,
        now: TimeMs,
        account: AccountId,
        main: &NewOrder,
        others: &[NewOrder],
    ) -> Result<Vec<Placed>, Refusal> {
        self.check_children(account, main, others)?;
        let answer = Placed::from(self.enter_new(now, account, main, Link::None));
        let parent = match &answer {
            Placed::Refused(_) => return Ok(vec![answer; 1 + others.len()]),
            Placed::Resting { oid }
            | Placed::Filled { oid, .. }
            | Placed::WaitingForFill { oid }
            | Placed::WaitingForTrigger { oid } => *oid,
        };
        let placed = self.order_by_oid(account, parent);
        let is_open = placed.is_some_and(|report| !report.state.is_final());
        let is_filled = placed.is_some_and(|report| {
            let is_whole = report.filled == report.request.size || report.request.reduce_only;
            report.state == OrderState::Filled && is_whole
        });
        let fate = match (is_open, is_filled) {
            (true, _) => Fate::Waits,
            (false, true) => Fate::Lives,
            (false, false) => Fate::Ends,
        };
        let mut answers = vec![answer];
        for order in others {
            let (request, terms) = order.split(Link::Child { parent });
            let report = self.new_report(now, &request, terms);
            let child = Order {
                account,
                left: request.size,
                report,
            };
            let oid = report.oid;
            answers.push(match fate {
                Fate::Lives => {
                    self.rest(now, child);
                    Placed::WaitingForTrigger { oid }
                }
                Fate::Waits => {
                    if let Some(state) = self.markets.get_mut(request.market.index()) {
                        state.children.push(child);
                    }
                    Placed::WaitingForFill { oid }
                }
                Fate::Ends => {
                    self.record(now, account, report, OrderState::Canceled);
                    Placed::WaitingForFill { oid }
                }
            });
        }
        if fate == Fate::Lives {
            self.tidy(now, account, main.market, Cause::Limit);
        }
        Ok(answers)
    }

    /// Children are looked at before their parent is placed: a parent never stands without them.
    fn check_children(
        &mut self,
        account: AccountId,
        main: &NewOrder,
        others: &[NewOrder],
    ) -> Result<(), Refusal> {
        // Also those that wait count: a parent that fills at once is not counted itself, and must not bring ever more of them.
        let waiting = self.waiting_children(account).count() + others.len();
        let waiting = u32::try_from(waiting).unwrap_or(u32::MAX);
        if waiting.saturating_add(self.account_ref(account).open_orders) > OPEN_ORDERS_MAX {
            return Err(refusal(TOO_MANY_ORDERS));
        }
        for (index, order) in others.iter().enumerate() {
            if order.market != main.market || order.side == main.side {
                return Err(refusal(CHILD_MISMATCH));
            }
            let mut before = others.iter().take(index).chain(core::iter::once(main));
            if order.cloid.is_some() && before.any(|other| other.cloid == order.cloid) {
                self.duplicate_cloids += 1;
                return Err(refusal(DUPLICATE_CLOID));
            }
            self.check_unused(account, order.cloid)?;
            let Some(state) = self.markets.get(order.market.index()) else {
                return Err(refusal(UNKNOWN_MARKET));
            };
            let (request, terms) = order.split(Link::None);
            check_form(state, &request, &terms).map_err(|Rejection(_, words)| words)?;
            // What the parent is expected to fill at.
            let entry = match main.side {
                Side::Buy => main.price.min(state.ask),
                Side::Sell => main.price.max(state.bid),
            };
            if let NewKind::Trigger { trigger, kind, .. } = order.kind
                && !state.is_deep
                && is_reached(order.side, trigger, kind, entry)
            {
                return Err(refusal(BAD_TRIGGER));
            }
        }
        Ok(())
    }
}

fn check_triggers(orders: &[NewOrder]) -> Result<(), Refusal> {
    if CHILDREN.contains(&orders.len()) && orders.iter().all(NewOrder::is_trigger) {
        return Ok(());
    }
    Err(refusal(UNEXPECTED_TRIGGERS))
}
