//! Placing and cancelling single orders.

use alloc::string::String;
use alloc::vec::Vec;

use aicoin_domain::{
    AccountId, Cloid, MarketId, OrderId, OrderKind, OrderRequest, Price, Refusal, Side, Size, Tif,
    TimeMs, Usd,
};

use super::Exchange;
use super::check::Rejection;
use super::execute::{Cause, Execution};
use crate::answer::Answer;
use crate::order::{Order, OrderReport};
use crate::order_state::OrderState;
use crate::placing::OrderRef;
use crate::refusal::*;
use crate::terms::{Link, Terms};

pub(super) fn refusal(words: &str) -> Refusal {
    Refusal(String::from(words))
}

impl Exchange {
    /// Places an order. Everything that it does at once is done when this returns; the fills are events.
    ///
    /// An order that is refused is remembered in its `…Rejected` state, with one exception: what came after its deadline,
    /// or names a market that does not exist, or uses a client order id again, never became an order.
    ///
    /// # Panics
    /// When no such account was opened here.
    pub fn submit(
        &mut self,
        now: TimeMs,
        account: AccountId,
        request: &OrderRequest,
        expires_after: Option<TimeMs>,
    ) -> Answer {
        if expires_after.is_some_and(|deadline| now > deadline) {
            return Answer::Refused(refusal(EXPIRED));
        }
        if let Err(words) = self.check_unused(account, Some(request.cloid)) {
            return Answer::Refused(words);
        }
        self.enter(now, account, request, Terms::default())
    }

    /// Cancels an order.
    ///
    /// # Errors
    /// In the venue's words, when there is nothing to cancel.
    ///
    /// # Panics
    /// When no such account was opened here.
    pub fn cancel(&mut self, now: TimeMs, account: AccountId, cloid: Cloid) -> Result<(), Refusal> {
        self.cancel_order(now, account, OrderRef::Cloid(cloid))
            .map(|_| ())
    }

    /// Cancels an order by the exchange's number of it.
    ///
    /// # Errors
    /// In the venue's words, when there is nothing to cancel.
    ///
    /// # Panics
    /// When no such account was opened here.
    pub fn cancel_oid(
        &mut self,
        now: TimeMs,
        account: AccountId,
        oid: OrderId,
    ) -> Result<(), Refusal> {
        self.cancel_order(now, account, OrderRef::Oid(oid))
            .map(|_| ())
    }

    /// Cancels an order by one of its names: one that rests, or waits for its trigger or its parent. Returns its number.
    ///
    /// # Errors
    /// In the venue's words, when there is nothing to cancel.
    ///
    /// # Panics
    /// When no such account was opened here.
    pub fn cancel_order(
        &mut self,
        now: TimeMs,
        account: AccountId,
        order: OrderRef,
    ) -> Result<OrderId, Refusal> {
        let found = self
            .find_unfinished(account, order)
            .map(|order| (order.market(), order.oid()));
        let (market, oid) = found.ok_or_else(|| refusal(NOTHING_TO_CANCEL))?;
        self.end_resting(now, market, oid, OrderState::Canceled);
        Ok(oid)
    }

    /// Cancels every order of an account, with the state that they end in: `Canceled`, or `ScheduledCancel` when their owner
    /// had scheduled it. Returns their numbers.
    ///
    /// # Panics
    /// When no such account was opened here, or the state is not final.
    pub fn cancel_all(&mut self, now: TimeMs, account: AccountId, end: OrderState) -> Vec<OrderId> {
        let orders = self
            .markets
            .iter()
            .flat_map(|market| market.orders.iter().chain(&market.children))
            .filter(|order| order.account == account);
        let found: Vec<(MarketId, OrderId)> =
            orders.map(|order| (order.market(), order.oid())).collect();
        for (market, oid) in &found {
            // A child may have ended with its parent already: then nothing happens.
            self.end_resting(now, *market, *oid, end);
        }
        found.into_iter().map(|(_, oid)| oid).collect()
    }

    /// A client order id is used once.
    pub(super) fn check_unused(
        &mut self,
        account: AccountId,
        cloid: Option<Cloid>,
    ) -> Result<(), Refusal> {
        if cloid.is_some_and(|cloid| self.order_status(account, cloid).is_some()) {
            self.duplicate_cloids += 1;
            return Err(refusal(DUPLICATE_CLOID));
        }
        Ok(())
    }

    /// An order that came in time and whose id is new.
    pub(super) fn enter(
        &mut self,
        now: TimeMs,
        account: AccountId,
        request: &OrderRequest,
        terms: Terms,
    ) -> Answer {
        let Some(market) = self.markets.get(request.market.index()) else {
            return Answer::Refused(refusal(UNKNOWN_MARKET));
        };
        let checked = self.check(account, market, request, &terms);
        let report = self.new_report(now, request, terms);
        match (checked, request.kind) {
            (Err(Rejection(state, words)), _) => {
                self.record(now, account, report, state);
                Answer::Refused(words)
            }
            (Ok(()), OrderKind::Trigger { .. }) => {
                let left = if terms.link == (Link::Position { follows: true }) {
                    self.reducible(account, request.market, request.side)
                } else {
                    request.size
                };
                let order = Order {
                    account,
                    left,
                    report,
                };
                self.rest(now, order);
                Answer::WaitingForTrigger { oid: report.oid }
            }
            (Ok(()), OrderKind::Limit { price, tif }) => {
                self.place_limit(now, account, report, price, tif)
            }
        }
    }

    /// An order that nothing has happened to yet, under a new number.
    pub(super) fn new_report(
        &mut self,
        now: TimeMs,
        request: &OrderRequest,
        terms: Terms,
    ) -> OrderReport {
        OrderReport {
            oid: self.next_order(),
            request: *request,
            state: OrderState::Open,
            placed: now,
            changed: now,
            filled: Size::ZERO,
            value: Usd::ZERO,
            terms,
        }
    }

    /// A limit order that passed every check: takes what it may, rests with what is left.
    fn place_limit(
        &mut self,
        now: TimeMs,
        account: AccountId,
        mut report: OrderReport,
        limit: Price,
        tif: Tif,
    ) -> Answer {
        let OrderRequest {
            market,
            side,
            reduce_only,
            ..
        } = report.request;
        let (oid, cloid) = (report.oid, report.cloid());
        let mut left = report.request.size;
        if reduce_only {
            left = left.min(self.reducible(account, market, side));
        }
        while left.is_positive()
            && let Some((touch, depth)) = self.met(market, side, limit)
        {
            let size = left.min(depth);
            let price = self.taker_price(side, touch, Some(limit));
            let execution = Execution {
                account,
                market,
                order: oid,
                cloid,
                side,
                size,
                price,
                is_taker: true,
                liquidation: None,
            };
            self.execute(now, &execution);
            if let Some(state) = self.markets.get_mut(market.index()) {
                state.consume(side, size);
            }
            left -= size;
            report.filled += size;
            report.value += price.notional(size);
        }
        let rests = match tif {
            Tif::Gtc | Tif::Alo => left.is_positive(),
            Tif::Ioc => false,
        };
        if rests {
            self.rest(
                now,
                Order {
                    account,
                    left,
                    report,
                },
            );
        } else {
            self.record(now, account, report, OrderState::Filled);
        }
        self.tidy(now, account, market, Cause::Limit);
        if rests {
            Answer::Resting { oid }
        } else {
            Answer::Filled {
                oid,
                size: report.filled,
                average: report.average(),
            }
        }
    }

    /// The best price that an order of this side and limit meets, and how much there is of it.
    fn met(&self, market: MarketId, side: Side, limit: Price) -> Option<(Price, Size)> {
        let state = self.markets.get(market.index())?;
        state
            .crosses(side, limit)
            .then(|| (state.touch(side), state.depth(side)))
    }

    /// An order goes live: into the book, or to wait for its trigger.
    pub(super) fn rest(&mut self, now: TimeMs, order: Order) {
        self.account_mut(order.account).open_orders += 1;
        if let Some(market) = self.markets.get_mut(order.market().index()) {
            market.insert(order);
        }
        self.report(now, &order);
    }
}
