//! What can be read: orders, fills, accounts and the book.

use aicoin_domain::{
    AccountId, Cloid, Fill, Leverage, MarketId, OrderId, OrderKind, OrderRequest, Side, Size, Tif,
    TradeId, Usd,
};

use super::Exchange;
use crate::book::Book;
use crate::fill::FillRecord;
use crate::order::{OpenOrder, Order, OrderReport};
use crate::placing::OrderRef;
use crate::terms::Standing;
use crate::view::{AccountView, Room, view};

impl Exchange {
    /// What is known of an order, finished or not; `None` is the venue's `unknownOid`.
    ///
    /// # Panics
    /// When no such account was opened here.
    #[must_use]
    pub fn order_status(&self, account: AccountId, cloid: Cloid) -> Option<&OrderReport> {
        self.find_open(account, cloid)
            .map(|order| &order.report)
            .or_else(|| self.account_ref(account).history.find(cloid))
    }

    /// The same by the exchange's number.
    ///
    /// # Panics
    /// When no such account was opened here.
    #[must_use]
    pub fn order_by_oid(&self, account: AccountId, oid: OrderId) -> Option<&OrderReport> {
        self.find_unfinished(account, OrderRef::Oid(oid))
            .map(|order| &order.report)
            .or_else(|| self.account_ref(account).history.find_oid(oid))
    }

    /// An order that rests or waits; `None` when it is finished or was never there.
    #[must_use]
    pub fn open_order(&self, account: AccountId, order: OrderRef) -> Option<OpenOrder> {
        let order = self.find_unfinished(account, order)?;
        let market = self.markets.get(order.market().index())?;
        Some(if market.get(order.oid()).is_some() {
            self.view_order(order)
        } else {
            order.to_open(Standing::WaitingForFill)
        })
    }

    /// The orders of an account that rest or wait, by market and number; without those that wait for their parent.
    pub fn open_orders(&self, account: AccountId) -> impl Iterator<Item = OpenOrder> + '_ {
        self.markets
            .iter()
            .flat_map(|market| &market.orders)
            .filter(move |order| order.account == account)
            .map(|order| self.view_order(order))
    }

    /// The stop-losses and take-profits of an account that wait for their parent, by market.
    pub fn waiting_children(&self, account: AccountId) -> impl Iterator<Item = OpenOrder> + '_ {
        self.markets
            .iter()
            .flat_map(|market| &market.children)
            .filter(move |order| order.account == account)
            .map(|order| order.to_open(Standing::WaitingForFill))
    }

    /// The orders of an account that are finished or were refused and are still remembered, the oldest first.
    ///
    /// # Panics
    /// When no such account was opened here.
    pub fn finished_orders(
        &self,
        account: AccountId,
    ) -> impl DoubleEndedIterator<Item = &OrderReport> + '_ {
        self.account_ref(account).history.orders()
    }

    /// The remembered fills of an account with a higher trade id, the oldest first.
    ///
    /// # Panics
    /// When no such account was opened here.
    pub fn fills_since(
        &self,
        account: AccountId,
        trade: TradeId,
    ) -> impl DoubleEndedIterator<Item = &Fill> + '_ {
        self.fill_records(account, trade).map(|record| &record.fill)
    }

    /// The same with what a report of them has beside them.
    ///
    /// # Panics
    /// When no such account was opened here.
    pub fn fill_records(
        &self,
        account: AccountId,
        since: TradeId,
    ) -> impl DoubleEndedIterator<Item = &FillRecord> + '_ {
        self.account_ref(account).history.fills_since(since)
    }

    /// The whole account, computed now.
    ///
    /// # Panics
    /// When no such account was opened here.
    #[must_use]
    pub fn account(&self, account: AccountId) -> AccountView {
        view(account, self.account_ref(account), &self.markets)
    }

    /// What the account is worth at the mark prices: a multiplication per open position.
    ///
    /// # Panics
    /// When no such account was opened here.
    #[inline]
    #[must_use]
    pub fn equity(&self, account: AccountId) -> Usd {
        self.account_ref(account).equity(&self.markets)
    }

    /// The signed size of a position; zero when flat.
    ///
    /// # Panics
    /// When no such account was opened here.
    #[inline]
    #[must_use]
    pub fn position_size(&self, account: AccountId, market: MarketId) -> Size {
        self.account_ref(account).size(market)
    }

    /// What new orders of the account may use, in USD of initial margin; never negative.
    ///
    /// # Panics
    /// When no such account was opened here.
    #[must_use]
    pub fn free_margin(&self, account: AccountId) -> Usd {
        self.free(account).max(Usd::ZERO)
    }

    /// The leverage that is set in a market, and whether it is cross; `None` when there is no such market.
    ///
    /// # Panics
    /// When no such account was opened here.
    #[must_use]
    pub fn leverage(&self, account: AccountId, market: MarketId) -> Option<(Leverage, bool)> {
        let position = self.account_ref(account).position(market)?;
        Some((position.leverage, position.is_cross))
    }

    /// What is left of a market's book; `None` before the first price, and with candles, which have none.
    #[must_use]
    pub fn book(&self, market: MarketId) -> Option<Book> {
        self.markets.get(market.index())?.book()
    }

    /// How large an order of that side could be at the best price, closing and opening together; `None` when there is no
    /// such market, or no price of it yet.
    ///
    /// # Panics
    /// When no such account was opened here.
    #[must_use]
    pub fn room(&self, account: AccountId, market: MarketId, side: Side) -> Option<Room> {
        let state = self.markets.get(market.index())?;
        if !state.has_price() {
            return None;
        }
        let price = state.touch(side);
        let (leverage, _) = self.leverage(account, market)?;
        let lot = state.rules.lot().units();
        let fits = |lots: i64| {
            let request = OrderRequest {
                cloid: Cloid::default(),
                market,
                side,
                size: Size::from_units(lots * lot),
                kind: OrderKind::Limit {
                    price,
                    tif: Tif::Ioc,
                },
                reduce_only: false,
            };
            self.check_margin(account, state, &request, price).is_ok()
        };
        // The largest that fits: what is larger than one that does not fit does not fit either.
        let (mut fitting, mut beyond) = (0, Size::LIMIT_UNITS / lot + 1);
        while fitting + 1 < beyond {
            let middle = i64::midpoint(fitting, beyond);
            if fits(middle) {
                fitting = middle;
            } else {
                beyond = middle;
            }
        }
        let size = Size::from_units(fitting * lot);
        Some(Room {
            size,
            margin: price.notional(size).divided(leverage.times()),
        })
    }

    /// An order that is not finished, by one of its names.
    pub(super) fn find_unfinished(&self, account: AccountId, order: OrderRef) -> Option<&Order> {
        match order {
            OrderRef::Cloid(cloid) => self.find_open(account, cloid),
            OrderRef::Oid(oid) => self
                .markets
                .iter()
                .flat_map(|market| market.orders.iter().chain(&market.children))
                .find(|order| order.oid() == oid && order.account == account),
        }
    }

    /// An order that is live. What follows a position is as large as the position.
    fn view_order(&self, order: &Order) -> OpenOrder {
        let mut open = order.to_open(order.standing());
        if order.follows_position() {
            open.remaining = self.reducible(order.account, order.market(), order.side());
        }
        open
    }
}
