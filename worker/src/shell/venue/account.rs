//! A paper account: its orders go to the model of the exchange, wherever the prices come from.

use aicoin_core::{AccountTruth, Action, Input, LookupAnswer, SendResult};
use aicoin_domain::{AccountId, Cloid, Leverage, MarketId, Rate, TimeMs, TradeId, Usd};
use aicoin_paper::{Exchange, ExchangeConfig, Quote};
use serde::{Deserialize, Serialize};

use crate::paper_wire::{answer_of, input_of, lookup_of, truth_of};

/// Finished orders and fills that the paper exchange remembers here. The bot reads them within seconds, and the whole
/// state is written at every commit: the tables are the history.
const HISTORY: usize = 64;

/// A paper account.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PaperAccount {
    exchange: Exchange,
    account: AccountId,
}

impl PaperAccount {
    /// A new account.
    pub(super) fn open(config: ExchangeConfig, balance: Usd) -> Self {
        let mut exchange = Exchange::new(config);
        exchange.set_history_max(HISTORY);
        let account = exchange.open_account(balance);
        Self { exchange, account }
    }

    /// Takes over what a manifest may change: fees, slippage and more markets.
    pub(super) fn reconfigure(&mut self, config: ExchangeConfig) {
        self.exchange.reconfigure(config);
    }

    /// What it was opened with.
    pub(super) fn deposits(&self) -> Usd {
        self.exchange.account(self.account).deposits
    }

    /// Sets a market's leverage. An open position may stand in the way: then the old one stays, and what it is too little
    /// for is refused for margin.
    pub(super) fn set_leverage(&mut self, market: MarketId, leverage: Leverage, is_cross: bool) {
        let account = self.account;
        if let Err(words) = self
            .exchange
            .set_leverage(account, market, leverage, is_cross)
        {
            tracing::warn!(market = market.0, %leverage, %words, "the paper account keeps its leverage");
        }
    }

    /// New prices: orders that they reach are filled.
    pub(super) fn on_quote(&mut self, now: TimeMs, market: MarketId, quote: Quote) {
        self.exchange.on_quote(now, market, quote);
    }

    /// An hour's funding.
    pub(super) fn pay_funding(&mut self, now: TimeMs, market: MarketId, rate: Rate) {
        self.exchange.apply_funding(now, market, rate);
    }

    /// Does what the core wants done. The answer, where there is one.
    pub(super) fn carry_out(&mut self, now: TimeMs, action: &Action) -> Option<Input> {
        match action {
            // A paper account takes an entry and its stop one by one: the configuration says so.
            Action::Place {
                request,
                expires_at,
                ..
            } => {
                let answer = self
                    .exchange
                    .submit(now, self.account, request, Some(*expires_at));
                Some(Input::Sent {
                    cloid: request.cloid,
                    result: answer_of(answer),
                })
            }
            Action::Cancel { cloid, .. } => {
                let result = match self.exchange.cancel(now, self.account, *cloid) {
                    Ok(()) => SendResult::Canceled,
                    Err(_) => SendResult::NothingToCancel,
                };
                Some(Input::Sent {
                    cloid: *cloid,
                    result,
                })
            }
            // Nobody else trades on an account that lives in this process.
            Action::CancelForeign { .. } => None,
        }
    }

    /// What happened at the exchange since the last call.
    pub(super) fn take_events(&mut self) -> Vec<Input> {
        std::iter::from_fn(|| self.exchange.poll_event())
            .filter_map(input_of)
            .collect()
    }

    /// The account, read in one go.
    pub(super) fn truth(&self, now: TimeMs, last_trade: Option<(TimeMs, TradeId)>) -> AccountTruth {
        truth_of(&self.exchange, self.account, now, last_trade)
    }

    /// What the exchange knows of an order.
    pub(super) fn look_up(&self, cloid: Cloid) -> Option<LookupAnswer> {
        self.exchange
            .order_status(self.account, cloid)
            .map(lookup_of)
    }
}
