//! Agreeing with the venue: its account is the truth, ours are books. A difference blocks openings and is recorded.

use alloc::format;
use alloc::string::{String, ToString};

use aicoin_domain::{Cloid, DurationMs, MarketId, OrderStatus, Reason, Size, TimeMs};
use alloc::vec::Vec;

use super::Bot;
use crate::input::{AccountTruth, PositionTruth};
use crate::orders::OrderEvent;
use crate::output::{Query, Report};
use crate::record::{AccountRecord, Record, RiskRecord};
use crate::risk::Breach;

/// The venue's account is asked for at most this often.
const READ_EVERY_MIN: DurationMs = DurationMs::from_secs(1);

impl Bot {
    /// The account is to be read as soon as that is allowed.
    pub(super) fn read_account_soon(&mut self) {
        let venue = &mut self.state.venue;
        venue.next_at = Some(venue.next_at.map_or(self.now, |at| at.min(self.now)));
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
        // Unanswered, or never read since the start: now.
        let unread = self.state.venue.asked_at.is_some() || !self.state.venue.reconciled;
        let due = self.state.venue.next_at.or(unread.then_some(self.now));
        let Some(due) = due else { return };
        if self.now < due {
            self.wake_by(due);
            return;
        }
        self.state.venue.asked_at = Some(self.now);
        self.state.venue.next_at = None;
        self.wake_by(self.now + timing.answer_timeout);
        self.ask_venue(Query::Account);
    }

    /// The account as the venue has it.
    pub(super) fn on_account(&mut self, truth: &AccountTruth) {
        self.state.venue.asked_at = None;
        self.state.venue.next_at = self
            .config
            .timing
            .reconcile_every
            .map(|period| self.now + period);
        for fill in &truth.fills {
            self.on_fill(fill);
        }
        let mut agrees = true;
        for index in 0..self.config.markets.len() {
            let Ok(market) = u16::try_from(index).map(MarketId) else {
                continue;
            };
            let position = truth
                .positions
                .iter()
                .find(|position| position.market == market);
            agrees &= self.compare_position(market, position);
        }
        if agrees {
            // Deposits and withdrawals are not ours to know of: the venue's cash is the cash.
            self.state.account.cash = truth.cash;
        }
        self.compare_orders(truth);
        self.state.venue.says_flat = truth.positions.is_empty() && truth.open_orders.is_empty();
        if !self.state.venue.reconciled {
            self.resolve_after_restart();
            self.state.venue.reconciled = agrees && self.state.book.all_resolved();
            self.observe_equity();
        }
        if !self.state.venue.reconciled || (self.is_closing() && !self.state.venue.says_flat) {
            self.state.venue.next_at = Some(self.now + READ_EVERY_MIN);
        }
        self.dirty = true;
    }

    fn is_closing(&self) -> bool {
        self.state.control.binding() == aicoin_domain::Desired::CloseAll
    }

    /// True when our books and the venue's agree on a position.
    fn compare_position(&mut self, market: MarketId, truth: Option<&PositionTruth>) -> bool {
        let (size, cost) = truth.map_or((Size::ZERO, aicoin_domain::Usd::ZERO), |truth| {
            (truth.size, truth.cost)
        });
        let ours = self.state.account.size(market);
        if let Some(position) = self.state.account.positions.get_mut(market.index()) {
            position.liquidation = truth.and_then(|truth| truth.liquidation_price);
        }
        if size == ours {
            let clear = matches!(
                self.state
                    .desks
                    .get(market.index())
                    .and_then(|desk| desk.blocked),
                Some(Reason::Diverged | Reason::ForeignPosition)
            );
            if clear
                && let Some(desk) = self.state.desks.get_mut(market.index())
                && size.is_zero()
            {
                desk.blocked = None;
            }
            return true;
        }
        let in_flight = self.state.book.live_in(market).any(|order| {
            order.status().is_unresolved()
                || order
                    .final_size
                    .is_some_and(|size| order.record.filled < size)
        });
        if in_flight {
            // A fill is on its way: the next reading will tell.
            self.state.venue.next_at = Some(self.now + READ_EVERY_MIN);
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
        if let Some(position) = self.state.account.positions.get_mut(market.index()) {
            if ours.is_zero() {
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
        if size.is_zero()
            && let Some(desk) = self.state.desks.get_mut(market.index())
        {
            desk.guard = super::state::Guard::default();
            desk.exit = None;
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
        for cloid in found {
            self.order_event(cloid, OrderEvent::Rested);
        }
        for open in &truth.open_orders {
            let ours = open
                .cloid
                .is_some_and(|cloid| self.state.book.find(cloid).is_some());
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

    /// After a restart an intent that was written may have been sent: it is unknown until the venue tells.
    fn resolve_after_restart(&mut self) {
        let unsent: Vec<Cloid> = self
            .state
            .book
            .live()
            .filter(|order| matches!(order.status(), OrderStatus::Prepared | OrderStatus::Sent))
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
        if let Some(desk) = self.state.desks.get_mut(market.index()) {
            if desk.blocked == Some(reason) {
                return;
            }
            desk.blocked = Some(reason);
            desk.plan = None;
        }
        self.risk_event(reason, Some(market), detail, false);
        self.dirty = true;
    }

    /// The limits see the present equity; one that is reached is recorded.
    #[inline]
    pub(super) fn observe_equity(&mut self) {
        if !self.state.venue.reconciled {
            return;
        }
        let equity = self.equity();
        if let Some(breach) = self.state.risk.observe(self.now, equity, &self.config.risk) {
            self.on_breach(breach);
        }
    }

    fn on_breach(&mut self, breach: Breach) {
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

    /// A person settles a risk event.
    pub(super) fn on_resolve(&mut self, risk_event: u64) {
        if self.state.risk.drawdown_event == Some(risk_event) {
            let equity = self.equity();
            self.state.risk.resolve_drawdown(equity);
        }
        self.out.force();
        self.dirty = true;
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
        if !self.state.venue.reconciled {
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
