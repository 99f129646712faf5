//! The whole account, read so that its parts fit together.
//!
//! The parts are three answers, and the account may change between them. So: the orders first, then the positions, then
//! the fills. An order that fills between the first two is in both, and never in none: an account that looks flat is flat.
//! Fills after the positions' own time are not part of the reading and follow it as fills.

use aicoin_core::{AccountTruth, Input};
use aicoin_domain::{DurationMs, MarketId, TimeMs, TradeId};
use aicoin_hyperliquid::Address;
use serde_json::value::RawValue;

use crate::context::Context;
use crate::deliver::Closed;
use crate::markets::Coin;
use crate::meta::Universe;
use crate::rest::AskError;
use crate::wire::account::AccountWire;
use crate::wire::coin::perps;
use crate::wire::fill::FillWire;
use crate::wire::meta::MetaWire;
use crate::wire::order::OrderWire;
use crate::wire::request::Question;

/// How far back a core is told of its own fills that knows of none: a day. The process before it may have stopped
/// between an order and its first reading.
const FIRST_FILLS: DurationMs = DurationMs::from_mins(24 * 60);

/// What came of reading the account.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Reading {
    /// It was handed over.
    Done,
    /// It names a market that is not known yet: that was said, and the reading is of no use until it is.
    Strange,
    /// The venue did not answer.
    Failed(String),
}

/// A coin that cannot be told yet, or a failed question.
enum Stop {
    Strange,
    Failed(AskError),
    Unreadable(&'static str),
    Closed,
}

impl From<AskError> for Stop {
    fn from(error: AskError) -> Self {
        Self::Failed(error)
    }
}

impl From<Closed> for Stop {
    fn from(_: Closed) -> Self {
        Self::Closed
    }
}

impl Context {
    /// Reads the account and hands it over.
    pub(crate) async fn read_account(
        &self,
        last_trade: Option<(TimeMs, TradeId)>,
    ) -> Result<Reading, Closed> {
        let Some(account) = self.account else {
            return Ok(Reading::Failed("there is no account to read".to_owned()));
        };
        match self.read_parts(account, last_trade).await {
            Ok(()) => {
                self.was_read();
                Ok(Reading::Done)
            }
            Err(Stop::Strange) => Ok(Reading::Strange),
            Err(Stop::Failed(error)) => Ok(Reading::Failed(error.to_string())),
            Err(Stop::Unreadable(what)) => Ok(Reading::Failed(format!(
                "the venue's account has no {what}"
            ))),
            Err(Stop::Closed) => Err(Closed),
        }
    }

    async fn read_parts(
        &self,
        account: Address,
        last_trade: Option<(TimeMs, TradeId)>,
    ) -> Result<(), Stop> {
        let question = Question::FrontendOpenOrders { user: account };
        let raw: Vec<Box<RawValue>> = self.rest.ask_twice(question, &self.board).await?;
        let orders: Vec<OrderWire> = perps(&raw)
            .map_err(|error| AskError::Unreadable(question.name(), error.to_string()))?;
        let question = Question::ClearinghouseState { user: account };
        let state: AccountWire = self.rest.ask_twice(question, &self.board).await?;
        let time = state.time().ok_or(Stop::Unreadable("time"))?;
        let cash = state.cash().ok_or(Stop::Unreadable("value"))?;
        let from =
            last_trade.map_or_else(|| self.began.min(time - FIRST_FILLS), |(known, _)| known);
        let mut fills = self.fills_from(account, from).await?;
        if last_trade.is_none() {
            // History that is not ours: what nobody here ever knew of is in the positions.
            fills.retain(|fill| fill.time() >= self.began || fill.cloid().is_some());
        }
        let (within, after): (Vec<FillWire>, Vec<FillWire>) =
            fills.into_iter().partition(|fill| fill.time() <= time);

        let mut truth = AccountTruth {
            time,
            cash,
            positions: Vec::new(),
            open_orders: Vec::new(),
            fills: Vec::with_capacity(within.len()),
        };
        for position in state.positions() {
            let market = self.market_of(&position.coin).await?;
            truth.positions.push(position.to_truth(market));
        }
        for order in &orders {
            let market = self.market_of(&order.coin).await?;
            if let Some(cloid) = order.cloid() {
                self.deliver.rested(cloid);
            }
            truth.open_orders.push(order.to_truth(market));
        }
        for fill in &within {
            let market = self.market_of(&fill.coin).await?;
            truth.fills.push(fill.to_fill(market, account));
        }
        self.deliver.know(&within);
        self.deliver.input(Input::Account(Box::new(truth))).await?;
        for fill in &after {
            let market = self.market_of(&fill.coin).await?;
            let key = fill.key();
            self.deliver
                .fill(&key, fill.to_fill(market, account))
                .await?;
        }
        Ok(())
    }

    /// The market of a coin that the account has something in. One that is not known yet is said aloud.
    async fn market_of(&self, coin: &str) -> Result<MarketId, Stop> {
        let mut found = self.markets.find(coin);
        if found == Coin::Unlisted {
            // Listed since the start.
            let meta: MetaWire = self.rest.ask(Question::Meta, &self.board).await?;
            self.markets.take_universe(Universe::of(&meta));
            found = self.markets.find(coin);
        }
        match found {
            Coin::Known(market) => Ok(market),
            Coin::New(listed) => {
                self.deliver.new_market(&listed).await?;
                Err(Stop::Strange)
            }
            Coin::Unlisted => {
                tracing::error!(
                    coin,
                    "the account has something in a market that the venue does not list"
                );
                Err(Stop::Strange)
            }
        }
    }

    /// The market of a coin in a stream. One that is not known yet is said aloud, and what it is about comes again with
    /// the next reading.
    pub(crate) async fn stream_market(&self, coin: &str) -> Result<Option<MarketId>, Closed> {
        match self.markets.find(coin) {
            Coin::Known(market) => Ok(Some(market)),
            Coin::New(listed) => {
                self.deliver.new_market(&listed).await?;
                Ok(None)
            }
            Coin::Unlisted => Ok(None),
        }
    }
}
