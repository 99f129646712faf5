//! What becomes of orders: answers, fills, updates, look-ups. Every change of a state goes through the table.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

use aicoin_domain::{
    Cloid, DecisionId, DurationMs, Fill, LiquidationKind, MarketId, OrderKind, OrderRequest,
    OrderStatus, Price, Reason, Side, Size, TimeMs, Usd,
};

use super::state::{Guard, StopPlan, stop_behind};
use super::{Bot, Held, Waiting};
use crate::account::Change;
use crate::input::{LookupAnswer, OrderUpdate, SendResult};
use crate::orders::{CancelState, Order, OrderEvent, cloid_of, next_status};
use crate::output::{Action, Output, Query, Report};
use crate::record::{FillRecord, Leg, OrderError, OrderRecord, PositionRecord, Record};

/// The pause before a refused order that reduces or protects is tried again.
const RETRY_FIRST: DurationMs = DurationMs::from_secs(1);
/// After this many tries the pause is the long one.
const FAST_TRIES_MAX: u32 = 10;
/// The long pause: the venue allows one request per 10 s when the address budget is used up.
const RETRY_LATER: DurationMs = DurationMs::from_secs(10);
/// Fills that the venue announced and never gave are given up after this: its account is the truth then.
const FILLS_GIVEN_UP: DurationMs = DurationMs::from_secs(30);
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
            final_at: None,
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
    pub(super) fn cancel_unknown(&mut self, cloid: Cloid, market: MarketId, reduce_only: bool) {
        if reduce_only && self.state.lease.epoch().is_none() {
            return;
        }
        let (nonce, after) = (self.next_nonce(), self.durable);
        let expires_at = self.now + self.config.timing.order_expiry;
        self.out.push(Output::Send {
            after,
            action: Action::Cancel {
                cloid,
                market,
                nonce,
                expires_at,
            },
        });
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
    fn on_canceled(&mut self, cloid: Cloid) {
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
                self.order_event(cloid, OrderEvent::Lost);
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
        let stop = match entry.stop {
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
                if !order.status().is_unresolved() && asked_at > lost_after {
                    // It rested, and the venue has forgotten it: it rests no more.
                    self.order_event(cloid, OrderEvent::Canceled);
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
                order.lookup_at = Some(now + timing.lookup_every);
                at(now + timing.lookup_every);
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
            self.order_event(cloid, OrderEvent::Lost);
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

    pub(super) fn mark(&self, market: MarketId) -> Price {
        self.state
            .markets
            .get(market.index())
            .map_or(Price::ZERO, crate::market::Market::mark)
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
