//! Fills: the one place where money moves between an account and the market, and what follows from a changed position.

use aicoin_domain::{
    AccountId, Cloid, Fill, LiquidationKind, MarketId, OrderId, Price, Side, Size, TimeMs, TradeId,
    Usd,
};

use super::Exchange;
use crate::account::mark_of;
use crate::event::{Event, What};
use crate::fill::{FillDetail, FillRecord};
use crate::margin;
use crate::order::{Order, OrderReport};
use crate::order_state::OrderState;

/// One execution that is about to happen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Execution {
    pub(super) account: AccountId,
    pub(super) market: MarketId,
    pub(super) order: OrderId,
    pub(super) cloid: Option<Cloid>,
    pub(super) side: Side,
    pub(super) size: Size,
    pub(super) price: Price,
    pub(super) is_taker: bool,
    pub(super) liquidation: Option<LiquidationKind>,
}

/// What changed a position: it names the end of the reduce-only orders that are left over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// A limit order.
    Limit,
    /// A stop-loss or take-profit.
    Trigger,
    /// The exchange.
    Liquidation,
}

impl Cause {
    const fn of(order: &Order) -> Self {
        if order.is_tpsl() {
            Self::Trigger
        } else {
            Self::Limit
        }
    }

    /// How a reduce-only order ends whose position is gone.
    const fn ends(self, order: &Order) -> OrderState {
        match (self, order.is_tpsl()) {
            (Self::Liquidation, _) => OrderState::LiquidatedCanceled,
            (Self::Trigger, true) => OrderState::SiblingFilledCanceled,
            (Self::Trigger, false) | (Self::Limit, _) => OrderState::ReduceOnlyCanceled,
        }
    }
}

impl Exchange {
    /// Books one execution and reports it.
    pub(super) fn execute(&mut self, now: TimeMs, execution: &Execution) {
        let Execution {
            account,
            market,
            order,
            cloid,
            side,
            size,
            price,
            is_taker,
            liquidation,
        } = *execution;
        assert!(
            size.is_positive() && price.is_positive(),
            "Invariant: a fill has a size and a price"
        );
        let fee = match liquidation {
            // The backstop takes everything that is left: there is nothing to pay a fee from.
            Some(LiquidationKind::Backstop) => Usd::ZERO,
            Some(LiquidationKind::Market) | None => self.fee(price.notional(size), is_taker),
        };
        let booked = self
            .account_mut(account)
            .book(market, side.signed(size), price, fee);
        self.last_trade += 1;
        let fill = Fill {
            trade: TradeId(self.last_trade),
            order,
            cloid,
            market,
            time: now,
            side,
            price,
            size,
            fee,
            closed_pnl: booked.realised,
            is_taker,
            liquidation,
        };
        let detail = FillDetail {
            start_position: booked.before,
            mark: mark_of(&self.markets, market),
        };
        let record = FillRecord { fill, detail };
        self.account_mut(account).history.push_fill(record);
        self.push(Event {
            account,
            time: now,
            what: What::Fill(fill),
            detail: Some(detail),
        });
    }

    /// The price of a taker fill: slippage makes it worse, but never worse than its limit.
    pub(super) fn taker_price(&self, side: Side, price: Price, limit: Option<Price>) -> Price {
        let slipped = if self.slippage.is_zero() {
            price
        } else {
            match side {
                Side::Buy => price.scaled(self.slippage),
                Side::Sell => price.scaled(-self.slippage),
            }
        };
        match (side, limit) {
            (_, None) => slipped,
            (Side::Buy, Some(limit)) => slipped.min(limit),
            (Side::Sell, Some(limit)) => slipped.max(limit),
        }
    }

    /// How much of a position an order of this side may take from: zero when it would add.
    pub(super) fn reducible(&self, account: AccountId, market: MarketId, side: Side) -> Size {
        let size = self.account_ref(account).size(market);
        if Side::of_position(size) == Some(side.opposite()) {
            size.abs()
        } else {
            Size::ZERO
        }
    }

    /// Fills an order that rests, as far as depth and position allow, at `price` as it stands.
    pub(super) fn fill_resting(
        &mut self,
        now: TimeMs,
        market: MarketId,
        oid: OrderId,
        price: Price,
        is_taker: bool,
    ) {
        let Some(state) = self.markets.get(market.index()) else {
            return;
        };
        let Some(order) = state.get(oid).copied() else {
            return;
        };
        let mut size = order.left.min(state.depth(order.side()));
        if order.is_reduce_only() {
            size = size.min(self.reducible(order.account, market, order.side()));
        } else if !self.can_carry(&order, size) {
            self.end_resting(now, market, oid, OrderState::MarginCanceled);
            return;
        }
        if !size.is_positive() {
            return;
        }
        let execution = Execution {
            account: order.account,
            market,
            order: oid,
            cloid: order.cloid(),
            side: order.side(),
            size,
            price,
            is_taker,
            liquidation: None,
        };
        self.execute(now, &execution);
        let is_used_up = order.is_reduce_only()
            && self
                .reducible(order.account, market, order.side())
                .is_zero();
        if let Some(state) = self.markets.get_mut(market.index()) {
            state.consume(order.side(), size);
            if let Some(resting) = state.get_mut(oid) {
                resting.left -= size;
                resting.report.filled += size;
                resting.report.value += price.notional(size);
                resting.report.changed = now;
            }
        }
        if order.left == size || is_used_up {
            self.end_resting(now, market, oid, OrderState::Filled);
        } else if let Some(resting) = self
            .markets
            .get(market.index())
            .and_then(|state| state.get(oid))
            .copied()
        {
            self.report(now, &resting);
        }
        self.tidy(now, order.account, market, Cause::of(&order));
    }

    /// Whether the margin carries `size` more of an order that met its match: positions count, other orders do not.
    fn can_carry(&self, order: &Order, size: Size) -> bool {
        let account = self.account_ref(order.account);
        let before = account.size(order.market());
        let after = before + order.side().signed(size);
        if after.abs() <= before.abs() {
            return true;
        }
        let mut asked = Usd::ZERO;
        for (market, position) in account.open_positions() {
            if position.is_cross && market != order.market() {
                let notional = mark_of(&self.markets, market).notional(position.size).abs();
                asked += notional.divided(position.leverage.times());
            }
        }
        if let Some(position) = account.position(order.market()) {
            let bound = if position.is_cross {
                Size::ZERO
            } else {
                before.abs()
            };
            let mark = mark_of(&self.markets, order.market());
            asked += mark
                .notional(after.abs() - bound)
                .divided(position.leverage.times());
        }
        margin::cross_value(account, &self.markets) >= asked
    }

    /// After a position changed: reduce-only orders that have nothing left to reduce are cancelled, and those in the book
    /// never add up to more than the position (the newest counts first). Triggers keep their size: they are cut when they
    /// go off.
    pub(super) fn tidy(&mut self, now: TimeMs, account: AccountId, market: MarketId, cause: Cause) {
        if self.account_ref(account).open_orders == 0 {
            return;
        }
        loop {
            let size = self.account_ref(account).size(market);
            let Some(state) = self.markets.get_mut(market.index()) else {
                return;
            };
            let reducing = Side::of_position(size).map(Side::opposite);
            let mut budget = size.abs();
            let mut is_first = true;
            let mut ended = None;
            for order in state.orders.iter_mut().rev() {
                if order.account != account || !order.is_reduce_only() {
                    continue;
                }
                if Some(order.side()) != reducing {
                    ended = Some((order.oid(), cause.ends(order)));
                    break;
                }
                if order.trigger().is_some() {
                    continue;
                }
                if order.left > budget && is_first {
                    order.left = budget;
                } else if order.left > budget {
                    ended = Some((order.oid(), OrderState::ReduceOnlyCanceled));
                    break;
                }
                budget -= order.left;
                is_first = false;
            }
            let Some((oid, state)) = ended else { return };
            self.end_resting(now, market, oid, state);
        }
    }

    /// Takes an order out of the market for good, also one that waits for its parent.
    pub(super) fn end_resting(
        &mut self,
        now: TimeMs,
        market: MarketId,
        oid: OrderId,
        end: OrderState,
    ) {
        assert!(end.is_final(), "Invariant: an order ends in a final state");
        let removed = self
            .markets
            .get_mut(market.index())
            .and_then(|state| state.remove(oid));
        let Some(order) = removed else {
            self.end_child(now, market, oid, end);
            return;
        };
        self.account_mut(order.account).open_orders -= 1;
        self.record(now, order.account, order.report, end);
        self.settle_family(now, &order, end);
    }

    /// Remembers how an order ended, and reports it.
    pub(super) fn record(
        &mut self,
        now: TimeMs,
        account: AccountId,
        mut report: OrderReport,
        end: OrderState,
    ) {
        report.state = end;
        report.changed = now;
        self.account_mut(account).history.push(report);
        self.push_order_event(now, account, &report, Size::ZERO);
    }

    /// Reports an order that goes on.
    pub(super) fn report(&mut self, now: TimeMs, order: &Order) {
        self.push_order_event(now, order.account, &order.report, order.left);
    }

    fn push_order_event(
        &mut self,
        now: TimeMs,
        account: AccountId,
        report: &OrderReport,
        remaining: Size,
    ) {
        let what = What::Order {
            cloid: report.request.cloid,
            oid: report.oid,
            market: report.request.market,
            state: report.state,
            filled: report.filled,
            remaining,
        };
        self.push_event(account, now, what);
    }
}
