//! Orders: as they rest, and as they are reported.

use aicoin_domain::{
    AccountId, Cloid, MarketId, OrderId, OrderKind, OrderRequest, Price, Side, Size, TimeMs, TpSl,
    Usd,
};
use serde::{Deserialize, Serialize};

use crate::order_state::OrderState;
use crate::terms::{Link, Standing, Terms};

/// What is known of an order, for as long as the history remembers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderReport {
    /// Its number.
    pub oid: OrderId,
    /// The order as it was asked.
    pub request: OrderRequest,
    /// Its state.
    pub state: OrderState,
    /// When it was placed.
    pub placed: TimeMs,
    /// When its state changed last.
    pub changed: TimeMs,
    /// How much of it has filled.
    pub filled: Size,
    /// What the filled part was worth.
    pub value: Usd,
    /// What it has beyond the request.
    #[serde(default, skip_serializing_if = "Terms::is_plain")]
    pub terms: Terms,
}

impl OrderReport {
    /// The average price of what has filled; zero for nothing.
    #[must_use]
    pub fn average(&self) -> Price {
        self.value.average_price(self.filled)
    }

    /// Its client order id, when it came with one.
    #[must_use]
    pub const fn cloid(&self) -> Option<Cloid> {
        cloid_of(&self.request, &self.terms)
    }

    /// The limit price that the venue shows of it: of a trigger order without one, its trigger.
    #[must_use]
    pub fn limit_price(&self) -> Price {
        limit_of(&self.request, &self.terms)
    }

    /// The mark price that sets it off, and which kind of trigger it is.
    #[must_use]
    pub const fn trigger(&self) -> Option<(Price, TpSl)> {
        trigger_of(&self.request)
    }
}

const fn cloid_of(request: &OrderRequest, terms: &Terms) -> Option<Cloid> {
    if terms.has_no_cloid {
        None
    } else {
        Some(request.cloid)
    }
}

fn limit_of(request: &OrderRequest, terms: &Terms) -> Price {
    match request.kind {
        OrderKind::Limit { price, .. } => price,
        OrderKind::Trigger { trigger, .. } => terms.limit.unwrap_or(trigger),
    }
}

const fn trigger_of(request: &OrderRequest) -> Option<(Price, TpSl)> {
    match request.kind {
        OrderKind::Limit { .. } => None,
        OrderKind::Trigger { trigger, kind } => Some((trigger, kind)),
    }
}

/// An order that rests or waits, as its owner sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenOrder {
    /// Its number.
    pub oid: OrderId,
    /// The order as it was asked.
    pub request: OrderRequest,
    /// Its state: open or triggered.
    pub state: OrderState,
    /// When it was placed.
    pub placed: TimeMs,
    /// How much of it has filled.
    pub filled: Size,
    /// What is left of it: less than the rest of the request when its position shrank.
    pub remaining: Size,
    /// What it has beyond the request.
    #[serde(default, skip_serializing_if = "Terms::is_plain")]
    pub terms: Terms,
    /// Where it stands.
    pub standing: Standing,
}

impl OpenOrder {
    /// Its client order id, when it came with one.
    #[must_use]
    pub const fn cloid(&self) -> Option<Cloid> {
        cloid_of(&self.request, &self.terms)
    }

    /// The limit price that the venue shows of it: of a trigger order without one, its trigger.
    #[must_use]
    pub fn limit_price(&self) -> Price {
        limit_of(&self.request, &self.terms)
    }

    /// The mark price that sets it off, and which kind of trigger it is.
    #[must_use]
    pub const fn trigger(&self) -> Option<(Price, TpSl)> {
        trigger_of(&self.request)
    }
}

/// An order that rests or waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Order {
    /// Whose.
    pub(crate) account: AccountId,
    /// What is left of it.
    pub(crate) left: Size,
    /// Everything else.
    pub(crate) report: OrderReport,
}

impl Order {
    pub(crate) const fn oid(&self) -> OrderId {
        self.report.oid
    }

    /// Its client order id, when it came with one.
    pub(crate) const fn cloid(&self) -> Option<Cloid> {
        self.report.cloid()
    }

    pub(crate) const fn side(&self) -> Side {
        self.report.request.side
    }

    pub(crate) const fn market(&self) -> MarketId {
        self.report.request.market
    }

    pub(crate) const fn is_reduce_only(&self) -> bool {
        self.report.request.reduce_only
    }

    /// It came as a stop-loss or take-profit.
    pub(crate) const fn is_tpsl(&self) -> bool {
        self.report.trigger().is_some()
    }

    /// It was a trigger order and is a limit order now.
    const fn has_turned(&self) -> bool {
        self.report.terms.is_limit && matches!(self.report.state, OrderState::Triggered)
    }

    /// Its limit price, when it is in the book.
    pub(crate) const fn limit(&self) -> Option<Price> {
        match self.report.request.kind {
            OrderKind::Limit { price, .. } => Some(price),
            OrderKind::Trigger { .. } if self.has_turned() => self.report.terms.limit,
            OrderKind::Trigger { .. } => None,
        }
    }

    /// Its trigger, as long as it is not a limit order.
    pub(crate) const fn trigger(&self) -> Option<(Price, TpSl)> {
        if self.has_turned() {
            return None;
        }
        self.report.trigger()
    }

    /// Its size is its position's.
    pub(crate) const fn follows_position(&self) -> bool {
        matches!(
            (self.report.terms.link, self.report.state),
            (Link::Position { follows: true }, OrderState::Open)
        )
    }

    /// The order that it came with.
    pub(crate) const fn parent(&self) -> Option<OrderId> {
        match self.report.terms.link {
            Link::Child { parent } => Some(parent),
            Link::None | Link::Position { .. } => None,
        }
    }

    pub(crate) const fn to_open(self, standing: Standing) -> OpenOrder {
        OpenOrder {
            oid: self.report.oid,
            request: self.report.request,
            state: self.report.state,
            placed: self.report.placed,
            filled: self.report.filled,
            remaining: self.left,
            terms: self.report.terms,
            standing,
        }
    }

    /// Where it stands, as long as it does not wait for a parent.
    pub(crate) const fn standing(&self) -> Standing {
        match (self.trigger(), self.report.state) {
            (Some(_), OrderState::Open) => Standing::WaitingForTrigger,
            _ => Standing::Book,
        }
    }

    /// The price that sets it off or fills it, and whether that is a price at or below it (else at or above).
    pub(crate) const fn threshold(&self) -> (Price, bool) {
        let side = self.side();
        match (self.limit(), self.report.request.kind) {
            (Some(price), _) | (None, OrderKind::Limit { price, .. }) => {
                (price, matches!(side, Side::Buy))
            }
            // A stop sells when prices fall, a take-profit when they rise; buying is the mirror image.
            (None, OrderKind::Trigger { trigger, kind }) => (
                trigger,
                matches!((side, kind), (Side::Sell, TpSl::Sl) | (Side::Buy, TpSl::Tp)),
            ),
        }
    }

    /// Whether prices that went down to `low` and up to `high` reach it.
    #[inline]
    pub(crate) fn is_reached(&self, low: Price, high: Price) -> bool {
        let (price, from_above) = self.threshold();
        if from_above {
            low <= price
        } else {
            high >= price
        }
    }
}
