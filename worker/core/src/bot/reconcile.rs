//! Agreeing with the venue: its account is the truth, ours are books. A difference blocks openings and is recorded.

use alloc::format;
use alloc::string::{String, ToString};

use aicoin_domain::{Cloid, DurationMs, MarketId, OrderStatus, Reason, Side, Size, TimeMs};
use alloc::vec::Vec;

use super::Bot;
use crate::input::{AccountTruth, PositionTruth};
use crate::orders::OrderEvent;
use crate::output::{Query, Report};
use crate::record::{AccountRecord, Record, RiskRecord};
use crate::risk::Breach;

/// The venue's account is asked for at most this often.
const READ_EVERY_MIN: DurationMs = DurationMs::from_secs(1);
/// The same while orders are unknown that must be known first: they are what the venue's allowance is needed for.
const READ_EVERY_UNSETTLED: DurationMs = DurationMs::from_secs(5);

impl Bot {
    /// The account is to be read as soon as that is allowed.
    pub(super) fn read_account_soon(&mut self) {
        let venue = &mut self.state.venue;
        let soon = venue
            .read_at
            .map_or(self.now, |read_at| self.now.max(read_at + READ_EVERY_MIN));
        venue.next_at = Some(venue.next_at.map_or(soon, |at| at.min(soon)));
        self.dirty = true;
    }

    /// Reads the account when it is time, and after a restart before anything else.
    pub(super) fn attend_reconcile(&mut self) {
        let timing = self.config.timing.clone();
        if let Some(asked_at) = self.state.venue.asked_at {
            let again = asked_at + timing.answer_timeout;
            if self.now < again {
                self.wake_by(again);
                return;
            }
        }
        if !self.state.venue.reconciled
            && self.state.venue.next_at.is_some()
            && self.state.book.all_resolved()
        {
            self.read_account_soon();
        }
        // Unanswered, or never read since the start: now.
        let unread = self.state.venue.asked_at.is_some() || !self.state.venue.reconciled;
        let due = self.state.venue.next_at.or(unread.then_some(self.now));
        let Some(due) = due else { return };
        if self.now < due {
            self.wake_by(due);
            return;
        }
        self.state.venue.asked_at = Some(self.now);
        self.state.venue.asked_booked = self.state.account.booked;
        self.state.venue.next_at = None;
        self.wake_by(self.now + timing.answer_timeout);
        self.ask_venue(Query::Account);
    }

    /// The account as the venue has it.
    pub(super) fn on_account(&mut self, truth: &AccountTruth) {
        self.read_clock(truth.time);
        self.state.venue.asked_at = None;
        self.state.venue.read_at = Some(self.now);
        self.state.venue.next_at = self
            .config
            .timing
            .reconcile_every
            .map(|period| self.now + period);
        // What was booked since the question may or may not be part of the answer.
        let asked_booked = self.state.venue.asked_booked;
        let raced: Vec<bool> = self
            .state
            .account
            .positions
            .iter()
            .map(|position| position.booked > asked_booked)
            .collect();
        for fill in &truth.fills {
            self.on_fill(fill);
        }
        self.state.account.complete(&truth.fills);
        let mut agrees = true;
        for index in 0..self.config.markets.len() {
            let Ok(market) = u16::try_from(index).map(MarketId) else {
                continue;
            };
            let position = truth
                .positions
                .iter()
                .find(|position| position.market == market);
            let raced = raced.get(index).copied().unwrap_or(false);
            agrees &= self.compare_position(market, position, raced);
        }
        let raced = raced.contains(&true);
        if agrees && !raced {
            self.state.account.take_cash(truth.cash, truth.time);
        }
        self.compare_orders(truth);
        self.lift_blocks(truth);
        self.state.venue.says_flat = !raced
            && truth.open_orders.is_empty()
            && truth
                .positions
                .iter()
                .all(|position| position.size.is_zero());
        if !self.state.venue.reconciled {
            self.resolve_after_restart();
            self.state.venue.reconciled = agrees && self.state.book.all_resolved();
            self.observe_equity();
        }
        if !self.state.venue.reconciled || (self.is_closing() && !self.state.venue.says_flat) {
            // While an order may still arrive a reading settles nothing; the last one that is settled asks for it at once.
            let pause = if self.state.book.all_resolved() {
                READ_EVERY_MIN
            } else {
                READ_EVERY_UNSETTLED
            };
            self.state.venue.next_at = Some(self.now + pause);
        }
        self.dirty = true;
    }

    fn is_closing(&self) -> bool {
        self.state.control.binding() == aicoin_domain::Desired::CloseAll
    }

    /// The venue's clock must have shown a time between our question and its answer.
    fn read_clock(&mut self, venue_time: TimeMs) {
        let skew = self.config.timing.clock_skew;
        let asked_at = self.state.venue.asked_at.unwrap_or(venue_time);
        self.state.venue.skewed = venue_time > self.now + skew || venue_time + skew < asked_at;
    }

    /// True when our books and the venue's agree on a position. A difference is believed when two readings in a row
    /// show it, and nothing was under way.
    fn compare_position(
        &mut self,
        market: MarketId,
        truth: Option<&PositionTruth>,
        raced: bool,
    ) -> bool {
        let (size, cost) = truth.map_or((Size::ZERO, aicoin_domain::Usd::ZERO), |truth| {
            (truth.size, truth.cost)
        });
        let ours = self.state.account.size(market);
        if let Some(position) = self.state.account.positions.get_mut(market.index()) {
            position.liquidation = truth.and_then(|truth| truth.liquidation_price);
        }
        let suspect = self
            .state
            .desks
            .get_mut(market.index())
            .and_then(|desk| desk.suspect.take());
        if size == ours {
            return true;
        }
        let in_flight = self.state.book.live_in(market).any(|order| {
            order.status().is_unresolved()
                || order
                    .final_size
                    .is_some_and(|size| order.record.filled < size)
        });
        if in_flight || raced || suspect != Some(size) {
            // A fill may be on its way: the next reading will tell.
            self.state.venue.next_at = Some(self.now + READ_EVERY_MIN);
            if let Some(desk) = self.state.desks.get_mut(market.index()) {
                desk.suspect = Some(size).filter(|_| !in_flight && !raced);
            }
            return false;
        }
        let name = self.market_name(market);
        let detail =
            format!("Our books say {ours} {name}, the venue says {size}: the venue's is taken.");
        let reason = if ours.is_zero() {
            Reason::ForeignPosition
        } else {
            Reason::Diverged
        };
        self.block(market, reason, detail);
        let decision = self.next_decision();
        let now = self.now;
        let is_other = Side::of_position(size) != Side::of_position(ours);
        if let Some(position) = self.state.account.positions.get_mut(market.index()) {
            if is_other && !size.is_zero() {
                position.decision = decision;
                position.opened_at = Some(now);
            }
            position.size = size;
            position.cost = cost;
            if size.is_zero() {
                position.opened_at = None;
                position.flat_since = Some(now);
            }
        }
        if is_other && let Some(desk) = self.state.desks.get_mut(market.index()) {
            desk.guard = super::state::Guard::default();
            desk.exit = None;
            desk.close_after = None;
        }
        self.record_position(market);
        true
    }

    /// Orders that should rest and do not, and orders that rest and are not ours.
    fn compare_orders(&mut self, truth: &AccountTruth) {
        let listed = |cloid: Cloid| {
            truth
                .open_orders
                .iter()
                .any(|open| open.cloid == Some(cloid))
        };
        let now = self.now;
        let mut found: Vec<Cloid> = Vec::new();
        for order in self.state.book.live_mut() {
            let resting = matches!(
                order.status(),
                OrderStatus::Open | OrderStatus::PartiallyFilled
            );
            if resting && !listed(order.cloid()) {
                order.lookup_at = order.lookup_at.or(Some(now));
            }
            if order.status().is_unresolved() && listed(order.cloid()) {
                found.push(order.cloid());
            }
        }
        // Given up, and it rests after all: it is looked after again.
        found.extend(
            truth
                .open_orders
                .iter()
                .filter_map(|open| open.cloid)
                .filter(|cloid| {
                    let order = self.state.book.find(*cloid);
                    order.is_some_and(|order| order.status() == OrderStatus::Failed)
                }),
        );
        for cloid in found {
            self.order_event(cloid, OrderEvent::Rested);
        }
        let asked_at = self.state.venue.read_at.unwrap_or(now) - READ_EVERY_MIN;
        for open in &truth.open_orders {
            let order = open.cloid.and_then(|cloid| self.state.book.find(cloid));
            let ours = order.is_some();
            // Over in our books, and not just now, or never in them: live orders are cancelled where they are known.
            let is_over =
                order.is_none_or(|order| !order.is_live() && order.record.updated_at < asked_at);
            if is_over && (ours || self.is_closing()) {
                self.cancel_unknown(open);
            }
            let known = self
                .state
                .desks
                .get(open.market.index())
                .is_some_and(|desk| desk.blocked.is_some());
            if !ours && !known {
                let detail = format!(
                    "Order {} rests in {} and is not ours.",
                    open.order.0,
                    self.market_name(open.market)
                );
                self.block(open.market, Reason::ForeignPosition, detail);
            }
        }
    }

    /// A block ends once the account was read, agrees, and shows nothing there.
    fn lift_blocks(&mut self, truth: &AccountTruth) {
        for (index, desk) in self.state.desks.iter_mut().enumerate() {
            let is_flat = self
                .state
                .account
                .positions
                .get(index)
                .is_none_or(|position| position.size.is_zero());
            let is_foreign = |cloid: Option<Cloid>| {
                cloid.is_none_or(|cloid| self.state.book.find(cloid).is_none())
            };
            let has_foreign = truth
                .open_orders
                .iter()
                .any(|open| open.market.index() == index && is_foreign(open.cloid));
            let may_end = matches!(
                desk.blocked,
                Some(Reason::Diverged | Reason::ForeignPosition)
            );
            if may_end && is_flat && !has_foreign && desk.suspect.is_none() {
                desk.blocked = None;
                desk.blocked_event = None;
            }
        }
    }

    /// After a restart an intent that was written may have been sent: it is unknown until the venue tells.
    fn resolve_after_restart(&mut self) {
        let unsent: Vec<Cloid> = self
            .state
            .book
            .live()
            .filter(|order| matches!(order.status(), OrderStatus::Prepared | OrderStatus::Sent))
            // What this process sent itself is merely under way.
            .filter(|order| order.sent_at.is_none())
            .filter(|order| order.intent <= self.durable && !self.is_waiting(order.cloid()))
            .map(crate::orders::Order::cloid)
            .collect();
        for cloid in unsent {
            self.order_event(cloid, OrderEvent::Lost);
        }
    }

    fn is_waiting(&self, cloid: Cloid) -> bool {
        self.waiting
            .iter()
            .any(|waiting| matches!(&waiting.what, super::Held::Order(held) if *held == cloid))
    }

    /// Blocks openings in a market and records why, once.
    pub(super) fn block(&mut self, market: MarketId, reason: Reason, detail: String) {
        let Some(desk) = self.state.desks.get_mut(market.index()) else {
            return;
        };
        if desk.blocked == Some(reason) {
            return;
        }
        desk.plan = None;
        // A liquidation is for a person to look at: no other block replaces it.
        let replaces = desk.blocked != Some(Reason::Liquidated);
        let id = self.risk_event(reason, Some(market), detail, false);
        if let Some(desk) = self.state.desks.get_mut(market.index())
            && replaces
        {
            desk.blocked = Some(reason);
            desk.blocked_event = Some(id);
        }
        self.dirty = true;
    }

    /// The limits see the present equity; one that is reached is recorded.
    #[inline]
    pub(super) fn observe_equity(&mut self) {
        if !self.state.venue.reconciled || !self.state.account.is_priced(&self.state.markets) {
            return;
        }
        let equity = self.equity();
        if let Some(breach) = self.state.risk.observe(self.now, equity, &self.config.risk) {
            self.on_breach(breach);
        }
    }

    fn on_breach(&mut self, breach: Breach) {
        self.dirty = true;
        let percent = |rate: aicoin_domain::Rate| {
            aicoin_domain::Rate::from_units(rate.units() * 100).to_string()
        };
        match breach {
            Breach::DailyLoss(loss) => {
                let detail = format!(
                    "The day's loss is {} %: nothing opens until the next UTC day.",
                    percent(loss)
                );
                self.risk_event(Reason::DailyLoss, None, detail, false);
            }
            Breach::Drawdown(drawdown) => {
                let detail = format!(
                    "The drawdown is {} %: nothing opens until this is resolved.",
                    percent(drawdown)
                );
                let id = self.risk_event(Reason::Drawdown, None, detail, false);
                self.state.risk.drawdown_event = Some(id);
            }
        }
    }

    /// Records something that a person should know of. Returns its number.
    pub(super) fn risk_event(
        &mut self,
        reason: Reason,
        market: Option<MarketId>,
        detail: String,
        resolved: bool,
    ) -> u64 {
        self.state.ids.risk_event += 1;
        let id = self.state.ids.risk_event;
        self.out.row(Record::Risk(RiskRecord {
            id,
            time: self.now,
            reason,
            market,
            detail,
            resolved,
        }));
        self.out.report(Report::Risk { id, reason });
        id
    }

    /// Writes the account down when it is time.
    pub(super) fn attend_snapshot(&mut self) {
        let Some(period) = self.config.timing.snapshot_every else {
            return;
        };
        if !self.state.venue.reconciled || !self.state.account.is_priced(&self.state.markets) {
            return;
        }
        let due = self
            .state
            .snapshot_at
            .map_or(self.now, |last| last + period);
        if self.now < due {
            self.wake_by(due);
            return;
        }
        self.state.snapshot_at = Some(self.now);
        let record = self.account_record();
        self.out.row(Record::Account(record));
        self.observe_equity();
        self.wake_by(self.now + period);
    }

    /// The account as it is now.
    #[must_use]
    pub fn account_record(&self) -> AccountRecord {
        let equity = self.equity();
        let positions = &self.state.account.positions;
        let cash = self.state.account.cash;
        AccountRecord {
            time: self.now,
            equity,
            cash,
            unrealised: equity - cash,
            realised: positions.iter().map(|position| position.realised).sum(),
            fees: positions.iter().map(|position| position.fees).sum(),
            funding: positions.iter().map(|position| position.funding).sum(),
            notional: self.state.account.notional(&self.state.markets),
            drawdown_bps: self.state.risk.drawdown(equity).units()
                / aicoin_domain::Rate::from_bps(1).units(),
        }
    }

    pub(super) fn market_name(&self, market: MarketId) -> String {
        self.config
            .markets
            .get(market.index())
            .map_or_else(String::new, |market| market.name.clone())
    }

    /// The bot's time.
    #[must_use]
    pub const fn now(&self) -> TimeMs {
        self.now
    }
}
