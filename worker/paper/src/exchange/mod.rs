//! The exchange: its state, its accounts, and what can be read from it. What changes it is in the files beside this one.

mod candle;
mod check;
mod execute;
mod family;
mod leverage;
mod liquidate;
mod modify;
mod place;
mod prices;
mod read;
mod submit;
mod transfer;
mod with_stop;

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use aicoin_domain::{
    AccountId, Cloid, MarketId, MarketRules, OrderId, Price, Rate, Side, TimeMs, Usd,
};
use serde::{Deserialize, Serialize};

use crate::account::{Account, mark_of};
use crate::config::{ExchangeConfig, Fees};
use crate::event::{Event, What};
use crate::margin;
use crate::market::Market;
use crate::order::Order;
use crate::quote::Quote;

/// How many events wait at most: far more than one call makes. A shell polls after every call; when nobody does, the
/// oldest are dropped and counted.
const EVENTS_MAX: usize = 1 << 16;
/// Slippage beyond this would bring prices near zero.
const SLIPPAGE_MAX: Rate = Rate::from_bps(5_000);
/// A millionth of a USD.
const FEE_STEP: i128 = Usd::ONE_UNITS / 1_000_000;

/// A perpetuals exchange. Cloned, or written with serde and read again, it goes on exactly alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    fees: Fees,
    slippage: Rate,
    funding: bool,
    markets: Vec<Market>,
    accounts: Vec<Account>,
    events: VecDeque<Event>,
    events_lost: u64,
    last_order: u64,
    last_trade: u64,
    duplicate_cloids: u64,
    ignored_prices: u64,
    history_max: usize,
    #[serde(default = "plain_levels", skip_serializing_if = "is_plain")]
    book_levels: u8,
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    are_fees_cut: bool,
    /// A candle is being walked: what goes live in it acts from the next one on.
    #[serde(skip)]
    is_walking: bool,
    /// Parents that were filled in the candle that is being walked.
    #[serde(skip)]
    filled_parents: Vec<Order>,
}

const fn plain_levels() -> u8 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_plain(levels: &u8) -> bool {
    *levels <= 1
}

impl Exchange {
    /// An exchange without accounts and without prices. Slippage below zero counts as none, above a half as a half.
    #[must_use]
    pub fn new(config: ExchangeConfig) -> Self {
        Self {
            fees: config.fees,
            slippage: config.slippage.clamp(Rate::ZERO, SLIPPAGE_MAX),
            funding: config.funding,
            markets: config.markets.into_iter().map(Market::new).collect(),
            accounts: Vec::new(),
            events: VecDeque::new(),
            events_lost: 0,
            last_order: 0,
            last_trade: 0,
            duplicate_cloids: 0,
            ignored_prices: 0,
            history_max: crate::history::HISTORY_MAX,
            book_levels: plain_levels(),
            are_fees_cut: false,
            is_walking: false,
            filled_parents: Vec::new(),
        }
    }

    /// Takes over other fees, slippage and funding, and markets beyond those that are there. The markets that are there
    /// keep their places and rules: positions were opened under them.
    pub fn reconfigure(&mut self, config: ExchangeConfig) {
        self.fees = config.fees;
        self.slippage = config.slippage.clamp(Rate::ZERO, SLIPPAGE_MAX);
        self.funding = config.funding;
        for rules in config.markets.into_iter().skip(self.markets.len()) {
            let mut market = Market::new(rules);
            market.set_levels(self.book_levels);
            for account in &mut self.accounts {
                account.positions.push(market.new_position());
            }
            self.markets.push(market);
        }
    }

    /// How many levels each side of a book has, at most [`crate::BOOK_LEVELS_MAX`]: one unless told. With more, an order that
    /// takes walks behind the best price, level by level. To be called before there are prices.
    pub fn set_book_levels(&mut self, levels: u8) {
        self.book_levels = levels.clamp(1, crate::book::BOOK_LEVELS_MAX);
        for market in &mut self.markets {
            market.set_levels(self.book_levels);
        }
    }

    /// Fees are cut to millionths of a USD, as the venue shows them, and not charged to the last decimal. To be called before
    /// there are fills.
    pub const fn cut_fees(&mut self) {
        self.are_fees_cut = true;
    }

    /// What a fill of that value costs.
    fn fee(&self, value: Usd, is_taker: bool) -> Usd {
        let rate = if is_taker {
            self.fees.taker
        } else {
            self.fees.maker
        };
        let exact = value.times(rate);
        if self.are_fees_cut {
            exact - Usd::from_units(exact.units() % FEE_STEP)
        } else {
            exact
        }
    }

    /// How many finished orders and fills each account remembers at least: [`crate::HISTORY_MAX`] unless told. A shell
    /// that writes the whole state often wants less.
    pub fn set_history_max(&mut self, max: usize) {
        self.history_max = max;
        for account in &mut self.accounts {
            account.history.set_max(max);
        }
    }

    /// Opens an account with a deposit; what is not above zero counts as none.
    ///
    /// # Panics
    /// Beyond 2^32 accounts.
    pub fn open_account(&mut self, deposit: Usd) -> AccountId {
        let id = u32::try_from(self.accounts.len());
        assert!(id.is_ok(), "Invariant: there are fewer than 2^32 accounts");
        let id = AccountId(id.unwrap_or(u32::MAX));
        let mut account = Account::new(&self.markets);
        account.history.set_max(self.history_max);
        self.accounts.push(account);
        self.deposit(id, deposit);
        id
    }

    /// Pays in; what is not above zero counts as nothing.
    ///
    /// # Panics
    /// When no such account was opened here.
    pub fn deposit(&mut self, account: AccountId, amount: Usd) {
        if amount.is_positive() {
            self.account_mut(account).deposit(amount);
        }
    }

    /// Takes the next event, the oldest first.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// The rules of a market.
    #[must_use]
    pub fn rules(&self, market: MarketId) -> Option<&MarketRules> {
        self.markets.get(market.index()).map(|market| &market.rules)
    }

    /// The latest prices of a market with the depth that is left; `None` before the first.
    #[must_use]
    pub fn quote(&self, market: MarketId) -> Option<Quote> {
        let market = self
            .markets
            .get(market.index())
            .filter(|market| market.has_price())?;
        Some(Quote {
            bid: market.bid,
            ask: market.ask,
            bid_size: market.depth(Side::Sell),
            ask_size: market.depth(Side::Buy),
            mark: market.mark,
            oracle: market.oracle,
        })
    }

    /// The mark price of a market; zero before the first.
    #[inline]
    #[must_use]
    pub fn mark(&self, market: MarketId) -> Price {
        mark_of(&self.markets, market)
    }

    /// How many orders came with a client order id that their account had used before.
    #[must_use]
    pub const fn duplicate_cloids(&self) -> u64 {
        self.duplicate_cloids
    }

    /// How many prices made no sense (not above zero, crossed, of no market) and were ignored.
    #[must_use]
    pub const fn ignored_prices(&self) -> u64 {
        self.ignored_prices
    }

    /// How many events nobody polled in time.
    #[must_use]
    pub const fn events_lost(&self) -> u64 {
        self.events_lost
    }

    /// Computes everything that is kept incrementally once more, and compares: for tests, after every step.
    ///
    /// # Panics
    /// When money was made or lost, or the counts are wrong: a bug here.
    pub fn check_conservation(&self) {
        for (index, account) in self.accounts.iter().enumerate() {
            account.assert_recomputed(&self.markets);
            let id = u32::try_from(index).map(AccountId);
            let open = self.markets.iter().flat_map(|market| &market.orders);
            let open = open.filter(|order| Ok(order.account) == id).count();
            assert!(
                u32::try_from(open) == Ok(account.open_orders),
                "Invariant: open orders are counted"
            );
        }
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "account ids come from `open_account`, and accounts are never removed"
    )]
    fn account_ref(&self, account: AccountId) -> &Account {
        &self.accounts[account.0 as usize]
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "account ids come from `open_account`, and accounts are never removed"
    )]
    fn account_mut(&mut self, account: AccountId) -> &mut Account {
        &mut self.accounts[account.0 as usize]
    }

    fn free(&self, id: AccountId) -> Usd {
        let account = self.account_ref(id);
        margin::cross_value(account, &self.markets) - margin::initial(id, account, &self.markets)
    }

    fn find_open(&self, account: AccountId, cloid: Cloid) -> Option<&Order> {
        self.markets
            .iter()
            .find_map(|market| market.find(account, cloid))
    }

    fn next_order(&mut self) -> OrderId {
        self.last_order += 1;
        OrderId(self.last_order)
    }

    fn push_event(&mut self, account: AccountId, time: TimeMs, what: What) {
        self.push(Event {
            account,
            time,
            what,
            detail: None,
        });
    }

    fn push(&mut self, event: Event) {
        if self.events.len() >= EVENTS_MAX {
            self.events.pop_front();
            self.events_lost += 1;
        }
        self.events.push_back(event);
    }
}
