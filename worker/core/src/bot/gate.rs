//! The gate: whether something that raises exposure may be wanted, ordered and sent. Asked three times, because the
//! world may have changed between the three.

use alloc::boxed::Box;

use aicoin_domain::{DecisionId, Desired, MarketId, OrderRequest, Reason, Side, Size, Usd};

use super::state::{Plan, PlanSize};
use super::{Bot, Held};
use crate::account::notional_of;
use crate::ai::MarketView;
use crate::input::StoreHealth;
use crate::orders::{Order, OrderEvent};
use crate::output::{Action, Output, Report, Seq};
use crate::planted::planted;
use crate::record::{Leg, OrderError};
use crate::risk::{Approved, Exposure, Opening};

impl Bot {
    /// Whether anything at all may be opened at present.
    pub(super) fn gate_for_all(&self) -> Result<(), Reason> {
        if self.state.control.desired.is_none() {
            return Err(Reason::NoControl);
        }
        match self.state.control.binding() {
            Desired::Running => {}
            Desired::CloseAll
                if planted!(self, CloseAllNotLatched) && self.state.control.effective => {}
            Desired::Paused | Desired::Stopped => return Err(Reason::Paused),
            Desired::CloseAll => return Err(Reason::CloseAllActive),
        }
        if self.state.lease.epoch().is_none() {
            return Err(Reason::LeaseNotHeld);
        }
        match self.state.store {
            StoreHealth::Up => {}
            StoreHealth::Down | StoreHealth::Full if planted!(self, IgnoreStore) => {}
            StoreHealth::Down => return Err(Reason::StoreDown),
            StoreHealth::Full => return Err(Reason::StorageFull),
        }
        if !self.state.venue.reconciled && !planted!(self, OpenUnread) {
            return Err(Reason::NotReconciled);
        }
        if self.state.venue.skewed && !planted!(self, IgnoreClock) {
            return Err(Reason::ClockSkew);
        }
        self.obstacles().next().map_or(Ok(()), Err)
    }

    /// Whether anything may be opened in a market at present, whatever its size.
    pub(super) fn may_open(&self, market: MarketId) -> Result<(), Reason> {
        self.gate_for_all()?;
        let index = market.index();
        let (Some(config), Some(desk), Some(prices)) = (
            self.config.markets.get(index),
            self.state.desks.get(index),
            self.state.markets.get(index),
        ) else {
            return Err(Reason::UnknownMarket);
        };
        if config.retired {
            return Err(Reason::MarketNotAllowed);
        }
        if let Some(reason) = desk.blocked {
            return Err(reason);
        }
        if desk.suspect.is_some() {
            return Err(Reason::NotReconciled);
        }
        let is_stale = prices.is_stale(self.now, self.config.timing.stale_after);
        if is_stale && !planted!(self, IgnoreStaleness) {
            return Err(Reason::DataStale);
        }
        self.state
            .risk
            .may_open(self.now, market, &self.config.risk)
    }

    /// Checks a plan against every limit, as if the market were flat: what is open there is closed before.
    pub(super) fn approve(&self, market: MarketId, plan: &Plan) -> Result<Approved, Reason> {
        let index = market.index();
        let (Some(config), Some(quote)) = (
            self.config.markets.get(index),
            self.state
                .markets
                .get(index)
                .and_then(|prices| prices.quote),
        ) else {
            return Err(Reason::DataStale);
        };
        let price = match plan.side {
            Side::Buy => quote.ask,
            Side::Sell => quote.bid,
        };
        let size = match plan.size {
            PlanSize::Notional(notional) => config.rules.floor_size(notional.size_at(quote.mid())),
            PlanSize::Exact(size) => size,
        };
        let opening = Opening {
            market,
            side: plan.side,
            size,
            price,
        };
        self.state.risk.approve(
            self.now,
            opening,
            &self.exposure(market),
            &config.rules,
            &self.config.risk,
        )
    }

    /// The exposure beside a plan in that market: its own position is closed before, so it does not count.
    fn exposure(&self, market: MarketId) -> Exposure {
        let coming = |market, mark| {
            if planted!(self, FilledOnlyInRisk) {
                return Usd::ZERO;
            }
            self.state.book.opening_notional(market, mark)
        };
        let in_market = coming(market, self.mark(market));
        let mut in_total = in_market;
        for (index, prices) in self.state.markets.iter().enumerate() {
            let Ok(other) = u16::try_from(index).map(MarketId) else {
                continue;
            };
            if other != market
                && let Some(position) = self.state.account.position(other)
            {
                in_total += notional_of(position, prices) + coming(other, prices.mark());
            }
        }
        Exposure {
            equity: self.equity(),
            in_market,
            in_total,
        }
    }

    /// The notional value that limits leave for a position in a market; `None` without a limit.
    pub(super) fn room(&self, market: MarketId) -> Option<Usd> {
        let exposure = self.exposure(market);
        let risk = &self.config.risk;
        let in_market = risk
            .max_position_notional
            .map(|limit| limit - exposure.in_market);
        let in_total = risk
            .max_total_notional
            .map(|limit| limit - exposure.in_total);
        match (in_market, in_total) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        }
        .map(|room| room.max(Usd::ZERO))
    }

    /// Everything up to `seq` is durable: a control may be accepted, and what waited for it goes to the gate.
    pub(super) fn on_durable(&mut self, seq: Seq) {
        self.durable = self.durable.max(seq.min(self.out.last_seq()));
        if self.state.control.on_durable(self.durable) {
            let in_force = self.state.control.in_force();
            self.out.report(Report::Accepted {
                generation: self.state.control.generation(),
                in_force,
            });
            self.dirty = true;
        }
        while self
            .waiting
            .front()
            .is_some_and(|waiting| waiting.after <= self.durable)
        {
            let Some(waiting) = self.waiting.pop_front() else {
                return;
            };
            match waiting.what {
                Held::Order(cloid) => self.pass_gate(waiting.after, cloid),
                Held::Ask(view) => self.pass_question(waiting.after, view),
            }
        }
    }

    /// A question that was given up meanwhile is not asked; nor is one whose answer could open nothing.
    fn pass_question(&mut self, after: Seq, view: Box<MarketView>) {
        let is_wanted = self
            .state
            .asking
            .as_ref()
            .is_some_and(|asking| asking.view == view.id);
        if !is_wanted {
            return;
        }
        let gate = self.gate_for_all().and_then(|()| {
            if self.now < view.deadline {
                Ok(())
            } else {
                Err(Reason::Stale)
            }
        });
        match gate {
            Ok(()) => self.out.push(Output::Ask { after, view }),
            Err(reason) => self.withdraw_question(view.id, before_send(reason)),
        }
    }

    /// The send gate. What raises exposure is asked once more; what reduces goes through, while there is something to
    /// reduce.
    pub(super) fn pass_gate(&mut self, after: Seq, cloid: aicoin_domain::Cloid) {
        let Some(order) = self.state.book.find(cloid) else {
            return;
        };
        if order.status() != aicoin_domain::OrderStatus::Prepared {
            return;
        }
        let (leg, market, decision) = (order.leg(), order.market(), order.record.decision);
        let epoch = order.record.epoch;
        let expires_at = order.record.expires_at;
        let verdict = if leg.raises_exposure() {
            self.opening_gate(market, decision, epoch)
        } else if self.state.account.size(market).is_zero() {
            Err(Reason::NoPositionToClose)
        } else {
            Ok(())
        };
        let verdict = verdict.and_then(|()| {
            if self.now < expires_at {
                Ok(())
            } else {
                Err(Reason::Stale)
            }
        });
        match verdict {
            Err(reason) => {
                let stop = self.state.book.attached_to(cloid).map(Order::cloid);
                for cloid in [Some(cloid), stop].into_iter().flatten() {
                    self.order_failed(cloid, OrderEvent::HeldBack, OrderError::Reason(reason));
                }
            }
            Ok(()) => {
                self.dirty = true;
                let now = self.now;
                let stop = self.send_attached(cloid);
                let Some(order) = self.state.book.find_mut(cloid) else {
                    return;
                };
                order.sent_at = Some(now);
                let (request, nonce) = (order.record.request, order.record.nonce);
                self.order_event(cloid, OrderEvent::Sent);
                self.out.push(Output::Send {
                    after,
                    action: Action::Place {
                        request,
                        stop,
                        nonce,
                        expires_at,
                    },
                });
            }
        }
    }

    /// The stop that leaves with an entry, as it is sent.
    fn send_attached(&mut self, entry: aicoin_domain::Cloid) -> Option<OrderRequest> {
        let stop = self.state.book.attached_to(entry)?.cloid();
        let order = self.state.book.find_mut(stop)?;
        order.sent_at = Some(self.now);
        let request = order.record.request;
        self.order_event(stop, OrderEvent::Sent);
        Some(request)
    }

    fn opening_gate(
        &self,
        market: MarketId,
        decision: DecisionId,
        epoch: u64,
    ) -> Result<(), Reason> {
        match self.may_open(market) {
            // The order itself is counted by now: it was within the limit when it was written.
            Ok(()) | Err(Reason::OrdersPerHour) => {}
            Err(Reason::Paused | Reason::CloseAllActive) if planted!(self, PauseOnlyAtDecision) => {
            }
            Err(Reason::LeaseNotHeld) if planted!(self, LeaseNotAtTheGate) => return Ok(()),
            Err(reason) => return Err(before_send(reason)),
        }
        // Flat when it was written: what filled since is enough.
        if !self.size_is_flat(market) {
            return Err(Reason::AlreadyInPosition);
        }
        if self.state.lease.epoch() != Some(epoch) {
            return Err(Reason::LeaseNotHeld);
        }
        let entry = self
            .state
            .desks
            .get(market.index())
            .and_then(|desk| desk.entry);
        if entry.is_some_and(|entry| entry.decision == decision && self.now > entry.deadline) {
            return Err(Reason::Stale);
        }
        Ok(())
    }

    /// Whether something still works in a market that opens, closes or reduces.
    pub(super) fn is_busy(&self, market: MarketId) -> bool {
        self.state
            .book
            .live_in(market)
            .any(|order| match order.leg() {
                Leg::Open | Leg::Close | Leg::Flatten | Leg::CloseAll => true,
                Leg::Stop | Leg::Take => false,
            })
    }

    /// How many closing orders were sent and never answered, when nothing else opens, closes or reduces in the market: none
    /// of them can do more than close, so another one may follow. An order of an earlier process is settled first.
    pub(super) fn lost_closings(&self, market: MarketId) -> u32 {
        let mut lost = 0;
        for order in self.state.book.live_in(market) {
            match order.leg() {
                Leg::Open => return 0,
                Leg::Close | Leg::Flatten | Leg::CloseAll => {
                    let is_lost = order.status() == aicoin_domain::OrderStatus::Unknown
                        && order.sent_at.is_some()
                        && order.final_size.is_none();
                    if !is_lost || !order.is_immediate() {
                        return 0;
                    }
                    lost += 1;
                }
                Leg::Stop | Leg::Take => {}
            }
        }
        lost
    }

    /// Equity less the initial margin of all positions at the leverage that each market is set to.
    pub(super) fn free_margin(&self, equity: Usd) -> Usd {
        let mut used = Usd::ZERO;
        for ((config, prices), position) in self
            .config
            .markets
            .iter()
            .zip(&self.state.markets)
            .zip(&self.state.account.positions)
        {
            let leverage = self.config.risk.leverage_in(&config.rules);
            used += prices
                .mark()
                .notional(position.size)
                .abs()
                .divided(leverage.times());
        }
        equity - used
    }

    pub(super) fn size_is_flat(&self, market: MarketId) -> bool {
        self.state.account.size(market) == Size::ZERO
    }
}

/// A pause that came after a decision was taken has a reason of its own: the decision was right at its time.
pub(super) const fn before_send(reason: Reason) -> Reason {
    if matches!(reason, Reason::Paused | Reason::NoControl) {
        Reason::PausedBeforeSend
    } else {
        reason
    }
}
