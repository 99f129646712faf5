//! What becomes of orders: answers, fills, updates, look-ups. Every change of a state goes through the table.

use alloc::format;
use alloc::string::String;

use aicoin_domain::{
    Cloid, DecisionId, DurationMs, Fill, LiquidationKind, MarketId, OrderKind, OrderRequest,
    OrderStatus, Price, Reason, Side, Size, TimeMs, Usd,
};

use super::state::{Guard, StopPlan};
use super::{Bot, Held, Waiting};
use crate::account::Change;
use crate::input::{LookupAnswer, OrderUpdate, SendResult};
use crate::orders::{CancelState, Order, OrderEvent, cloid_of, next_status};
use crate::output::{Action, Output, Query, Report};
use crate::record::{FillRecord, Leg, OrderError, OrderRecord, PositionRecord, Record};

/// How long fills may be behind the answer to their order before the account is read.
const FILLS_PATIENCE: DurationMs = DurationMs::from_secs(2);

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
        let attempt = self.next_attempt(market, decision, leg);
        let cloid = cloid_of(self.config.uid, decision, market, leg, attempt);
        let nonce = self.next_nonce();
        let record = OrderRecord {
            request: OrderRequest {
                cloid,
                market,
                side,
                size,
                kind,
                reduce_only: !leg.raises_exposure(),
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
        });
        self.waiting.push_back(Waiting {
            after: intent,
            what: Held::Order(cloid),
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
        // Decisions of one leg in one market only rise, so that an id never comes twice.
        if decision > *last {
            (*last, *tries) = (decision, 0);
        } else {
            *tries += 1;
        }
        *tries
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
        let Some(order) = self.state.book.find_mut(cloid) else {
            return;
        };
        let (leg, market) = (order.leg(), order.market());
        let words = match (&error, leg) {
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
        let retry = self.now + DurationMs::from_secs(1);
        if let Some(desk) = self.state.desks.get_mut(market.index()) {
            match leg {
                Leg::Stop | Leg::Take => desk.guard.retry_at = Some(retry),
                Leg::Close | Leg::Flatten | Leg::CloseAll => desk.close_after = Some(retry),
                Leg::Open => {}
            }
        }
        self.dirty = true;
    }

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
                    order.final_size = Some(size);
                }
                self.finish_if_filled(cloid);
                self.dirty = true;
            }
            SendResult::Refused(words) => {
                self.order_failed(cloid, OrderEvent::Refused, OrderError::Venue(words));
            }
            SendResult::NoAnswer => self.order_event(cloid, OrderEvent::Lost),
            SendResult::Canceled => self.order_event(cloid, OrderEvent::Canceled),
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

    /// The order is final once all fills that the venue announced have come.
    fn finish_if_filled(&mut self, cloid: Cloid) {
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

    /// An execution.
    pub(super) fn on_fill(&mut self, fill: &Fill) {
        let Some(change) = self.state.account.book(fill) else {
            return;
        };
        self.state.venue.says_flat = false;
        self.dirty = true;
        let order = fill.cloid.and_then(|cloid| self.state.book.find_mut(cloid));
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
            self.on_position_began(market, decision);
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
    fn on_position_began(&mut self, market: MarketId, decision: DecisionId) {
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
        let stop = match entry.stop {
            StopPlan::None => None,
            StopPlan::At(price) => Some(price),
            StopPlan::Distance(distance) => {
                let away = match entry.side {
                    Side::Buy => -distance,
                    Side::Sell => distance,
                };
                Some(config.rules.nearest_price(position.entry().scaled(away)))
                    .filter(|stop| stop.is_positive())
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

    pub(super) fn on_funding(&mut self, market: MarketId, amount: Usd) {
        self.state.account.fund(market, amount);
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
            OrderUpdate::Canceled => self.order_event(cloid, OrderEvent::Canceled),
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
        let again = self.now + timing.lookup_every;
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
                let lost_after = order.record.expires_at + timing.clock_skew;
                if order.status().is_unresolved() && asked_at > lost_after {
                    let error = OrderError::Reason(Reason::NeverLanded);
                    self.order_failed(cloid, OrderEvent::NeverLanded, error);
                    return;
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
                    order.final_size = Some(filled);
                    if update == OrderUpdate::Rejected {
                        self.on_order_update(cloid, update);
                    } else {
                        self.finish_if_filled(cloid);
                    }
                } else {
                    order.final_size = Some(filled);
                    self.read_account_soon();
                }
            }
        }
        if let Some(order) = self
            .state
            .book
            .find_mut(cloid)
            .filter(|order| order.is_live())
            && order.status().is_unresolved()
        {
            order.lookup_at = Some(again);
            self.wake_by(again);
        }
        self.dirty = true;
    }

    /// Orders that wait for something: an answer, a look-up, their last fills, their cancel.
    pub(super) fn attend_orders(&mut self) {
        let (now, timing) = (self.now, self.config.timing.clone());
        let mut lost = None;
        let mut wake = TimeMs(i64::MAX);
        let mut read_account = false;
        let mut cancel_again = None;
        let mut look = alloc::vec::Vec::new();
        for order in self.state.book.live_mut() {
            let cloid = order.cloid();
            if order.status() == OrderStatus::Sent
                && let Some(sent_at) = order.sent_at
            {
                let deadline = sent_at + timing.answer_timeout;
                if order.final_size.is_some() {
                    let fills_by = sent_at + timing.answer_timeout.max(FILLS_PATIENCE);
                    read_account |= now >= fills_by;
                    wake = wake.min(if now >= fills_by {
                        now + FILLS_PATIENCE
                    } else {
                        fills_by
                    });
                } else if now >= deadline {
                    lost = lost.or(Some(cloid));
                } else {
                    wake = wake.min(deadline);
                }
            }
            if let Some(at) = order.lookup_at {
                if now >= at {
                    look.push(cloid);
                    order.lookup_at = Some(now + timing.lookup_every);
                    wake = wake.min(now + timing.lookup_every);
                } else {
                    wake = wake.min(at);
                }
            }
            if let CancelState::Asked(at) = order.cancel {
                let again = at + timing.answer_timeout;
                if now >= again {
                    cancel_again = cancel_again.or(Some(cloid));
                } else {
                    wake = wake.min(again);
                }
            }
        }
        self.wake_by(wake);
        for cloid in look {
            self.ask_venue(Query::Order(cloid));
        }
        if read_account {
            self.read_account_soon();
        }
        if let Some(cloid) = lost {
            self.order_event(cloid, OrderEvent::Lost);
            self.wake_by(now);
        }
        if let Some(cloid) = cancel_again {
            self.cancel(cloid);
        }
    }

    pub(super) fn mark(&self, market: MarketId) -> Price {
        self.state
            .markets
            .get(market.index())
            .map_or(Price::ZERO, crate::market::Market::mark)
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
