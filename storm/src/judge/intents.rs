//! What a core wrote that it wants to do, and how far each of it has come.

use aicoin_core::{Action, Leg, OrderRecord, SendResult};
use aicoin_domain::{
    Cloid, DecisionId, MarketId, OrderKind, OrderRequest, Price, Rate, Side, TimeMs, Usd,
};

use super::{Invariant, Judge};
use crate::process::Process;
use crate::queue::Pid;

/// An intent.
#[derive(Clone, Debug)]
pub(super) struct Intent {
    pub(super) request: OrderRequest,
    pub(super) leg: Leg,
    pub(super) decision: DecisionId,
    pub(super) attempt: u32,
    pub(super) epoch: u64,
    /// The process that wrote it: no other may send it.
    pub(super) pid: Pid,
    pub(super) expires_at: TimeMs,
    /// It is on the disk.
    pub(super) is_durable: bool,
    pub(super) sends: u32,
    /// It is on its way to the venue.
    pub(super) on_wire: bool,
    /// The venue took it.
    pub(super) landed: bool,
    /// Nothing can come of it any more.
    pub(super) dead: bool,
    /// A clock was set while it was on its way: what is said of it may be wrong.
    pub(super) excused: bool,
    /// What it is worth, without the slippage that its price allows.
    pub(super) value: Usd,
}

impl Intent {
    pub(super) fn of(order: &OrderRecord, pid: Pid, slippage: Rate) -> Self {
        let price = match order.request.kind {
            OrderKind::Limit { price, .. } => unslipped(price, order.request.side, slippage),
            OrderKind::Trigger { trigger, .. } => trigger,
        };
        Self {
            request: order.request,
            leg: order.leg,
            decision: order.decision,
            attempt: order.attempt,
            epoch: order.epoch,
            pid,
            expires_at: order.expires_at,
            is_durable: false,
            sends: 0,
            on_wire: false,
            landed: false,
            dead: false,
            excused: false,
            value: price.notional(order.request.size),
        }
    }

    /// Which try of which leg of which decision it is.
    pub(super) const fn key(&self) -> (DecisionId, MarketId, Leg, u32) {
        (self.decision, self.request.market, self.leg, self.attempt)
    }

    /// It may still raise exposure: it may be sent, or arrive in time.
    pub(super) fn may_open(&self, now: TimeMs) -> bool {
        let arrives = self.on_wire && now <= self.expires_at;
        !self.dead && !self.landed && (self.sends == 0 || arrives)
    }
}

/// The price without the slippage that was allowed for.
fn unslipped(price: Price, side: Side, slippage: Rate) -> Price {
    let one = i128::from(Rate::ONE_UNITS);
    let slip = i128::from(slippage.units());
    let by = match side {
        Side::Buy => one + slip,
        Side::Sell => one - slip,
    };
    let units = i128::from(price.units()) * one / by.max(1);
    Price::from_units(i64::try_from(units).unwrap_or(i64::MAX))
}

impl Judge {
    /// Rows are on the disk.
    pub(crate) fn is_durable(&mut self, records: &[aicoin_core::Record]) {
        for record in records {
            if let aicoin_core::Record::Order(order) = record
                && let Some(intent) = self.intents.get_mut(&order.request.cloid)
            {
                intent.is_durable = true;
            }
        }
        self.control.keep(records);
    }

    /// A process died: what it wrote and did not send, nobody sends any more; what is not on the disk never was.
    pub(crate) fn dies(&mut self, process: &Process) {
        let pid = process.pid;
        for intent in self.intents.values_mut() {
            if intent.pid == pid && intent.sends == 0 {
                intent.dead = true;
            }
        }
        self.forget_unwritten(|intent| intent.pid == pid);
    }

    /// Forgets intents that are not on the disk and never will be: their numbers are given out again.
    pub(super) fn forget_unwritten(&mut self, is_lost: impl Fn(&Intent) -> bool) {
        let legs = &mut self.legs;
        self.intents.retain(|_, intent| {
            let stays = intent.is_durable || intent.sends > 0 || !is_lost(intent);
            if !stays {
                legs.remove(&intent.key());
            }
            stays
        });
        self.tidy_openings();
    }

    pub(super) fn tidy_openings(&mut self) {
        let intents = &self.intents;
        self.openings.retain(|cloid| {
            intents
                .get(cloid)
                .is_some_and(|intent| !intent.dead && !intent.landed)
        });
    }

    /// The request was lost on its way.
    pub(crate) fn is_lost(&mut self, action: &Action) {
        for cloid in placed_by(action) {
            if let Some(intent) = self.intents.get_mut(&cloid) {
                intent.on_wire = false;
                intent.dead = true;
            }
        }
        self.tidy_openings();
    }

    /// An action arrived, and that is what the venue made of it.
    pub(crate) fn lands(&mut self, action: &Action, results: &[(Cloid, SendResult)], now: TimeMs) {
        let Action::Place { .. } = action else { return };
        let mut opened = None;
        for cloid in placed_by(action) {
            let is_refused = results
                .iter()
                .any(|(of, result)| *of == cloid && matches!(result, SendResult::Refused(_)));
            let Some(intent) = self.intents.get_mut(&cloid) else {
                continue;
            };
            intent.on_wire = false;
            intent.landed = !is_refused;
            intent.dead = is_refused;
            if intent.landed && !intent.request.reduce_only && !intent.excused {
                opened = Some(cloid);
            }
        }
        self.tidy_openings();
        if let (Some(cloid), Some(level)) = (opened, self.control.effective_level()) {
            self.object(Invariant::I4, || {
                format!("{cloid} opened at {now} although {level} was effective")
            });
        }
    }

    /// Whether the order might arrive by that time of its sender's clock: then not to know it proves nothing.
    pub(crate) fn may_still_land(&self, cloid: Cloid, asked_at: TimeMs) -> bool {
        self.intents
            .get(&cloid)
            .is_some_and(|intent| asked_at <= intent.expires_at)
    }

    /// A clock was set.
    pub(crate) fn excuse_what_is_on_its_way(&mut self, now: TimeMs) {
        self.clocks_are_sane = false;
        self.clock_set_at = self.clock_set_at.max(now);
        for intent in self.intents.values_mut() {
            if !intent.dead && !intent.landed {
                intent.excused = true;
            }
        }
    }
}

pub(super) fn placed_by(action: &Action) -> impl Iterator<Item = Cloid> + use<> {
    let both = match action {
        Action::Place { request, stop, .. } => {
            [Some(request.cloid), stop.as_ref().map(|stop| stop.cloid)]
        }
        Action::Cancel { .. } | Action::CancelForeign { .. } => [None, None],
    };
    both.into_iter().flatten()
}
