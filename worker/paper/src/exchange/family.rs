//! Orders that belong together: a parent and the stop-loss and take-profit that came with it.

use aicoin_domain::{MarketId, OrderId, TimeMs};

use super::Exchange;
use super::execute::Cause;
use crate::order::Order;
use crate::order_state::OrderState;

impl Exchange {
    /// What the end of an order means for those that came with it: a filled child ends its sibling; a filled parent, or one
    /// that filled in part and was cancelled for want of margin, releases its children; any other end takes them with it.
    pub(super) fn settle_family(&mut self, now: TimeMs, order: &Order, end: OrderState) {
        let market = order.market();
        if let Some(parent) = order.parent()
            && end == OrderState::Filled
        {
            self.end_siblings(now, market, parent);
        }
        let has_children = self.markets.get(market.index()).is_some_and(|state| {
            let mut children = state.children.iter();
            children.any(|child| child.parent() == Some(order.oid()))
        });
        if !has_children {
            return;
        }
        let is_filled = end == OrderState::Filled
            || (end == OrderState::MarginCanceled && order.report.filled.is_positive());
        if !is_filled {
            let end = if end == OrderState::ScheduledCancel {
                end
            } else {
                OrderState::Canceled
            };
            while let Some(child) = self.take_child(market, order.oid()) {
                self.record(now, child.account, child.report, end);
            }
        } else if self.is_walking {
            self.filled_parents.push(*order);
        } else {
            self.release_children(now, order);
        }
    }

    /// The children of a parent go live. Those that find nothing to reduce end at once.
    fn release_children(&mut self, now: TimeMs, parent: &Order) {
        let market = parent.market();
        while let Some(child) = self.take_child(market, parent.oid()) {
            self.rest(now, child);
        }
        self.tidy(now, parent.account, market, Cause::Limit);
    }

    /// A candle was walked: the children of parents that filled in it go live now, for the next one. Nobody knows what came
    /// first within it.
    pub(super) fn release_after_walk(&mut self, now: TimeMs) {
        self.is_walking = false;
        while let Some(parent) = self.filled_parents.pop() {
            self.release_children(now, &parent);
        }
    }

    /// Ends a child that waits for its parent.
    pub(super) fn end_child(
        &mut self,
        now: TimeMs,
        market: MarketId,
        oid: OrderId,
        end: OrderState,
    ) {
        let child = self
            .markets
            .get_mut(market.index())
            .and_then(|state| state.remove_child(oid));
        if let Some(child) = child {
            self.record(now, child.account, child.report, end);
        }
    }

    fn take_child(&mut self, market: MarketId, parent: OrderId) -> Option<Order> {
        self.markets
            .get_mut(market.index())?
            .remove_child_of(parent)
    }

    fn end_siblings(&mut self, now: TimeMs, market: MarketId, parent: OrderId) {
        let sibling = |exchange: &Self| {
            let mut orders = exchange.markets.get(market.index())?.orders.iter();
            orders
                .find(|order| order.parent() == Some(parent))
                .map(Order::oid)
        };
        while let Some(oid) = sibling(self) {
            self.end_resting(now, market, oid, OrderState::SiblingFilledCanceled);
        }
    }
}
