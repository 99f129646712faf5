//! The orders that are alive, and the last ones that are not: late fills still find theirs.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use aicoin_domain::{
    Cloid, MarketId, OrderId, OrderKind, OrderStatus, Price, Size, Tif, TimeMs, Usd,
};
use serde::{Deserialize, Serialize};

use crate::output::Seq;
use crate::record::{Leg, OrderRecord};

/// How many finished orders are remembered.
const FINISHED_MAX: usize = 64;

/// An order as the core knows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Order {
    /// The row that people see.
    pub(crate) record: OrderRecord,
    /// Its intent is part of this piece of writing.
    pub(crate) intent: Seq,
    /// When it was handed to the shell.
    pub(crate) sent_at: Option<TimeMs>,
    /// How much of it fills in the end, once the venue said so. The fills themselves may still be on their way.
    pub(crate) final_size: Option<Size>,
    /// When it is asked after next, while it is unresolved.
    pub(crate) lookup_at: Option<TimeMs>,
    /// Whether it is being cancelled.
    pub(crate) cancel: CancelState,
    /// When the venue said how much of it fills in the end.
    #[serde(default)]
    pub(crate) final_at: Option<TimeMs>,
    /// It is the stop of this entry, and was sent with it.
    #[serde(default)]
    pub(crate) attached_to: Option<Cloid>,
}

/// How far a cancel is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum CancelState {
    /// Nobody wants it cancelled.
    #[default]
    None,
    /// The request was sent at that time.
    Asked(TimeMs),
}

impl Order {
    pub(crate) const fn cloid(&self) -> Cloid {
        self.record.request.cloid
    }

    pub(crate) const fn market(&self) -> MarketId {
        self.record.request.market
    }

    pub(crate) const fn leg(&self) -> Leg {
        self.record.leg
    }

    pub(crate) const fn status(&self) -> OrderStatus {
        self.record.status
    }

    /// What may still fill.
    pub(crate) fn remaining(&self) -> Size {
        self.record.request.size - self.record.filled
    }

    /// The venue said how much of it fills in the end.
    pub(crate) fn set_final(&mut self, size: Size, now: TimeMs) {
        self.final_size = Some(size);
        self.final_at = self.final_at.or(Some(now));
    }

    /// It fills at once or not at all: it never rests.
    pub(crate) const fn is_immediate(&self) -> bool {
        match self.record.request.kind {
            OrderKind::Limit { tif: Tif::Ioc, .. } => true,
            OrderKind::Limit {
                tif: Tif::Gtc | Tif::Alo,
                ..
            }
            | OrderKind::Trigger { .. } => false,
        }
    }

    /// It may work at the venue, now or soon: every state that is not final.
    pub(crate) const fn is_live(&self) -> bool {
        !self.record.status.is_final()
    }
}

/// The orders of a bot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Book {
    live: Vec<Order>,
    finished: VecDeque<Order>,
    /// A finished order came back to life.
    revived: bool,
}

impl Book {
    /// What the old process sent, nobody waits for any more.
    pub(crate) fn on_restart(&mut self) {
        for order in &mut self.live {
            order.sent_at = None;
        }
    }

    pub(crate) fn add(&mut self, order: Order) {
        self.live.push(order);
    }

    /// An order by its id, alive or lately finished.
    pub(crate) fn find_mut(&mut self, cloid: Cloid) -> Option<&mut Order> {
        // Late messages are about the newest orders.
        self.live
            .iter_mut()
            .chain(self.finished.iter_mut().rev())
            .find(|order| order.cloid() == cloid)
    }

    pub(crate) fn find(&self, cloid: Cloid) -> Option<&Order> {
        self.live
            .iter()
            .chain(self.finished.iter().rev())
            .find(|order| order.cloid() == cloid)
    }

    /// Our id of an order, by the venue's number of it.
    pub(crate) fn cloid_of(&self, oid: OrderId) -> Option<Cloid> {
        self.live
            .iter()
            .chain(self.finished.iter().rev())
            .find(|order| order.record.oid == Some(oid.0))
            .map(Order::cloid)
    }

    /// Every order that is not final.
    pub(crate) fn live(&self) -> impl Iterator<Item = &Order> {
        // An order that became final within this input is still in the list, until it is tidied.
        self.live.iter().filter(|order| order.is_live())
    }

    pub(crate) fn live_mut(&mut self) -> impl Iterator<Item = &mut Order> {
        self.live.iter_mut().filter(|order| order.is_live())
    }

    pub(crate) fn live_in(&self, market: MarketId) -> impl Iterator<Item = &Order> {
        self.live().filter(move |order| order.market() == market)
    }

    /// A finished order did something after all.
    pub(crate) const fn revive(&mut self) {
        self.revived = true;
    }

    /// The stop that goes with an entry, while it is alive.
    pub(crate) fn attached_to(&self, entry: Cloid) -> Option<&Order> {
        self.live().find(|order| order.attached_to == Some(entry))
    }

    /// Moves finished orders out of the way, and orders that came back to life into it.
    pub(crate) fn tidy(&mut self) {
        let mut index = 0;
        while let Some(order) = self.live.get(index) {
            if order.is_live() {
                index += 1;
            } else {
                if self.finished.len() == FINISHED_MAX {
                    self.finished.pop_front();
                }
                self.finished.push_back(self.live.remove(index));
            }
        }
        if core::mem::take(&mut self.revived) {
            let (alive, dead): (VecDeque<Order>, VecDeque<Order>) =
                core::mem::take(&mut self.finished)
                    .into_iter()
                    .partition(Order::is_live);
            self.finished = dead;
            self.live.extend(alive);
        }
    }

    /// No order is unresolved.
    pub(crate) fn all_resolved(&self) -> bool {
        self.live().all(|order| !order.status().is_unresolved())
    }

    /// The notional value that orders which may raise exposure can still add in a market, at their worst: a sale fills
    /// at its limit or above, so the mark price counts where it is higher.
    pub(crate) fn opening_notional(&self, market: MarketId, mark: Price) -> Usd {
        self.live_in(market)
            .filter(|order| order.leg().raises_exposure())
            .map(|order| match order.record.request.kind {
                OrderKind::Limit { price, .. } | OrderKind::Trigger { trigger: price, .. } => {
                    price.max(mark).notional(order.remaining())
                }
            })
            .sum()
    }
}
