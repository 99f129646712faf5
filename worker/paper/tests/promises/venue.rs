//! Short words for tests that speak the venue's whole vocabulary.

use aicoin_domain::{Cloid, OrderId, Side, Tif, TpSl};
use aicoin_paper::{
    FillRecord, Grouping, NewKind, NewOrder, OrderRef, OrderState, Placed, Standing, What,
};

use crate::world::*;

/// A limit order without a client order id.
pub(crate) fn limit(side: Side, amount: &str, at: &str, tif: Tif) -> NewOrder {
    NewOrder {
        cloid: None,
        market: BTC,
        side,
        size: size(amount),
        price: price(at),
        reduce_only: false,
        kind: NewKind::Limit(tif),
    }
}

/// A stop-loss or take-profit, a market order with a bound when it goes off.
pub(crate) fn market_trigger(
    side: Side,
    amount: &str,
    [trigger, bound]: [&str; 2],
    kind: TpSl,
) -> NewOrder {
    NewOrder {
        price: price(bound),
        reduce_only: true,
        kind: NewKind::Trigger {
            trigger: price(trigger),
            kind,
            is_market: true,
        },
        ..limit(side, amount, bound, Tif::Gtc)
    }
}

/// The same, a limit order when it goes off.
pub(crate) fn limit_trigger(
    side: Side,
    amount: &str,
    [trigger, bound]: [&str; 2],
    kind: TpSl,
) -> NewOrder {
    NewOrder {
        kind: NewKind::Trigger {
            trigger: price(trigger),
            kind,
            is_market: false,
        },
        ..market_trigger(side, amount, [trigger, bound], kind)
    }
}

/// A long's stop-loss and take-profit with wide bounds.
pub(crate) fn stop(amount: &str, at: &str) -> NewOrder {
    market_trigger(Side::Sell, amount, [at, "30000"], TpSl::Sl)
}

pub(crate) fn take(amount: &str, at: &str) -> NewOrder {
    market_trigger(Side::Sell, amount, [at, "30000"], TpSl::Tp)
}

pub(crate) fn oid(number: u64) -> OrderRef {
    OrderRef::Oid(OrderId(number))
}

pub(crate) fn resting(number: u64) -> Placed {
    Placed::Resting {
        oid: OrderId(number),
    }
}

pub(crate) fn waiting_for_fill(number: u64) -> Placed {
    Placed::WaitingForFill {
        oid: OrderId(number),
    }
}

pub(crate) fn waiting_for_trigger(number: u64) -> Placed {
    Placed::WaitingForTrigger {
        oid: OrderId(number),
    }
}

impl World {
    pub(crate) fn place(&mut self, order: &NewOrder) -> Placed {
        let placed = self.exchange.place(self.now, self.account, order, None);
        self.exchange.check_conservation();
        placed
    }

    /// The answers, or the words of the refusal of all.
    pub(crate) fn place_all(
        &mut self,
        orders: &[NewOrder],
        grouping: Grouping,
    ) -> Result<Vec<Placed>, String> {
        let answers = self
            .exchange
            .place_all(self.now, self.account, orders, grouping, None);
        self.exchange.check_conservation();
        answers.map_err(|words| words.0)
    }

    pub(crate) fn modify(&mut self, old: OrderRef, new: &NewOrder) -> Result<Placed, String> {
        let answer = self
            .exchange
            .modify(self.now, self.account, old, new, false, None);
        self.exchange.check_conservation();
        answer.map_err(|words| words.0)
    }

    pub(crate) fn cancel(&mut self, order: OrderRef) -> Result<OrderId, String> {
        let answer = self.exchange.cancel_order(self.now, self.account, order);
        self.exchange.check_conservation();
        answer.map_err(|words| words.0)
    }

    pub(crate) fn state_of(&self, number: u64) -> Option<OrderState> {
        self.exchange
            .order_by_oid(self.account, OrderId(number))
            .map(|report| report.state)
    }

    /// Everything that is not finished: its number and where it stands.
    pub(crate) fn standing(&self) -> Vec<(u64, Standing)> {
        let open = self.exchange.open_orders(self.account);
        let waiting = self.exchange.waiting_children(self.account);
        open.chain(waiting)
            .map(|order| (order.oid.0, order.standing))
            .collect()
    }

    /// The events as short sentences, orders by their numbers.
    pub(crate) fn tale(&mut self) -> Vec<String> {
        self.events()
            .iter()
            .map(|event| match event.what {
                What::Order {
                    oid,
                    state,
                    filled,
                    remaining,
                    ..
                } => format!("{} {} {filled}/{remaining}", oid.0, state.as_str()),
                What::Fill(_) | What::Funding { .. } | What::Liquidation { .. } => {
                    sentence(&event.what)
                }
            })
            .collect()
    }

    pub(crate) fn records(&self) -> Vec<FillRecord> {
        let none = aicoin_domain::TradeId(0);
        self.exchange
            .fill_records(self.account, none)
            .copied()
            .collect()
    }
}

pub(crate) fn cloid(number: u128) -> OrderRef {
    OrderRef::Cloid(Cloid(number))
}
