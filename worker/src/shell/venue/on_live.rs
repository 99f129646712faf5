//! A paper account over live prices: real markets, no key, no money.

use aicoin_core::RiskConfig;
use aicoin_core::{Action, Input, Query};
use aicoin_domain::{DurationMs, MarketId, MarketRules, TimeMs, TradeId, Usd};
use aicoin_paper::{ExchangeConfig, Fees, Quote};
use aicoin_venue::MarketPrice;
use serde::{Deserialize, Serialize};

use super::account::PaperAccount;
use super::live::looked;

const HOUR: DurationMs = DurationMs::from_mins(60);

/// What a paper account is opened with.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) balance: Usd,
    pub(crate) fees: Fees,
    pub(crate) slippage: aicoin_domain::Rate,
    /// What leverage each market is set to.
    pub(crate) risk: RiskConfig,
}

/// A paper account over live prices. It is opened with the venue's own rules, so it is there once the venue was reached.
#[derive(Debug)]
pub(crate) struct PaperOnLive {
    terms: Terms,
    account: Option<PaperAccount>,
    /// The hour of the newest price of each market: funding is paid when it changes.
    hours: Vec<Option<TimeMs>>,
}

/// The account as it is stored: with the mark of where its prices come from.
#[derive(Serialize, Deserialize)]
struct Stored<A> {
    prices: Prices,
    #[serde(flatten)]
    account: A,
}

#[derive(Serialize, Deserialize)]
enum Prices {
    Hyperliquid,
}

impl PaperOnLive {
    /// A new account.
    pub(crate) const fn new(terms: Terms) -> Self {
        Self {
            terms,
            account: None,
            hours: Vec::new(),
        }
    }

    /// An account as it was stored. One that lived on simulated prices is another account, and no such text.
    pub(crate) fn restore(terms: Terms, text: &str) -> Result<Self, serde_json::Error> {
        let Stored { account, prices: _ } = serde_json::from_str(text)?;
        Ok(Self {
            account: Some(account),
            ..Self::new(terms)
        })
    }

    /// What it was opened with; `None` when it is not open yet.
    pub(crate) fn deposits(&self) -> Option<Usd> {
        self.account.as_ref().map(PaperAccount::deposits)
    }

    /// The venue was reached: these are its markets.
    pub(super) fn open(&mut self, markets: &[MarketRules]) {
        let config = ExchangeConfig {
            markets: markets.to_vec(),
            fees: self.terms.fees,
            slippage: self.terms.slippage,
            funding: true,
        };
        let balance = self.terms.balance;
        let account = match &mut self.account {
            Some(account) => {
                account.reconfigure(config);
                account
            }
            none => none.insert(PaperAccount::open(config, balance)),
        };
        for (index, rules) in markets.iter().enumerate() {
            if let Ok(market) = u16::try_from(index).map(MarketId) {
                let leverage = self.terms.risk.leverage_in(rules);
                account.set_leverage(market, leverage, !rules.only_isolated);
            }
        }
    }

    pub(super) fn to_json(&self) -> Result<Option<String>, serde_json::Error> {
        let stored = |account| Stored {
            prices: Prices::Hyperliquid,
            account,
        };
        self.account
            .as_ref()
            .map(|account| serde_json::to_string(&stored(account)))
            .transpose()
    }

    /// New prices, and what they set off.
    pub(super) fn on_price(&mut self, now: TimeMs, price: &MarketPrice) -> Vec<Input> {
        let Some(account) = &mut self.account else {
            return Vec::new();
        };
        let index = price.market.index();
        if self.hours.len() <= index {
            self.hours.resize(index + 1, None);
        }
        let hour = now.floor(HOUR);
        account.on_quote(
            now,
            price.market,
            Quote {
                bid: price.bid,
                ask: price.ask,
                bid_size: price.bid_size,
                ask_size: price.ask_size,
                mark: price.mark,
                oracle: price.oracle,
            },
        );
        if let Some(last) = self.hours.get_mut(index)
            && last.replace(hour).is_some_and(|last| last != hour)
        {
            account.pay_funding(now, price.market, price.funding_rate);
        }
        account.take_events()
    }

    pub(super) fn carry_out(&mut self, now: TimeMs, action: &Action) -> Vec<Input> {
        let Some(account) = &mut self.account else {
            return Vec::new();
        };
        let answer = account.carry_out(now, action);
        answer.into_iter().chain(account.take_events()).collect()
    }

    /// The answer; `None` as long as the account is not open.
    pub(super) fn answer(
        &self,
        now: TimeMs,
        query: Query,
        last_trade: Option<(TimeMs, TradeId)>,
    ) -> Option<Input> {
        let account = self.account.as_ref()?;
        Some(match query {
            Query::Account => Input::Account(Box::new(account.truth(now, last_trade))),
            Query::Order(cloid) => looked(cloid, now, account.look_up(cloid)),
        })
    }
}
