//! `POST /info`: what can be asked without a signature.

mod account;
mod fills;
mod market;
mod orders;
mod other;
mod profile;
pub(crate) mod spot;

use aicoin_domain::TimeMs;
use aicoin_hyperliquid::{Address, OidOrCloid};
use serde::Deserialize;
use serde_json::Value;

use crate::world::{User, World};

pub(crate) use account::{active_asset_data, clearinghouse_state, spot_state};
pub(crate) use fills::{fill_json, fill_list, funding_json, update_json};
pub(crate) use market::{all_mids, asset_ctx, bbo, book, candle_json, meta, trade_json};
pub(crate) use orders::{frontend_open_orders, order_update_json, tif_word};
pub(crate) use profile::web_data;

/// Rows of a reply that takes a time range.
const ROWS_MAX: usize = 500;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// The request does not decode: 422.
    Undecodable,
    /// There is no such thing: `null`, with that status.
    Nothing(u16),
}

/// A question.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Query {
    pub(crate) r#type: String,
    pub(crate) user: Option<Address>,
    coin: Option<String>,
    oid: Option<OidOrCloid>,
    start_time: Option<i64>,
    end_time: Option<i64>,
    aggregate_by_time: Option<bool>,
    req: Option<CandleQuery>,
    n_sig_figs: Option<u8>,
    mantissa: Option<u8>,
    dex: Option<String>,
    id: Option<u32>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CandleQuery {
    coin: String,
    interval: String,
    start_time: i64,
    end_time: Option<i64>,
}

impl Query {
    /// Reads one.
    pub(crate) fn read(body: &[u8]) -> Result<Self, NoAnswer> {
        serde_json::from_slice(body).map_err(|_| NoAnswer::Undecodable)
    }

    /// What it costs of an IP address's minute; `answer` has rows that cost more.
    pub(crate) fn weight(&self) -> i64 {
        match self.r#type.as_str() {
            "l2Book"
            | "allMids"
            | "clearinghouseState"
            | "orderStatus"
            | "spotClearinghouseState"
            | "exchangeStatus" => 2,
            "userRole" => 60,
            _ => 20,
        }
    }

    /// What its answer costs on top.
    pub(crate) fn weight_of(&self, answer: &Value) -> i64 {
        let rows_for_one = match self.r#type.as_str() {
            "candleSnapshot" => 60,
            "userFills"
            | "userFillsByTime"
            | "historicalOrders"
            | "userFunding"
            | "fundingHistory"
            | "recentTrades"
            | "userNonFundingLedgerUpdates" => 20,
            _ => return 0,
        };
        let rows = answer.as_array().map_or(0, Vec::len);
        i64::try_from(rows / rows_for_one).unwrap_or(0)
    }

    fn user(&self) -> Result<Address, NoAnswer> {
        self.user.ok_or(NoAnswer::Undecodable)
    }

    fn coin(&self) -> Result<&str, NoAnswer> {
        self.coin.as_deref().ok_or(NoAnswer::Undecodable)
    }

    /// Another perpetuals exchange than the main one is asked for.
    fn is_of_another_dex(&self) -> bool {
        self.dex.as_deref().is_some_and(|dex| !dex.is_empty())
    }

    fn range(&self) -> Result<Range, NoAnswer> {
        Ok(Range {
            from: TimeMs(self.start_time.ok_or(NoAnswer::Undecodable)?),
            to: TimeMs(self.end_time.unwrap_or(i64::MAX)),
        })
    }
}

/// A span that rows are asked of, both ends included.
#[derive(Clone, Copy, Debug)]
struct Range {
    from: TimeMs,
    to: TimeMs,
}

impl Range {
    fn has(&self, time: TimeMs) -> bool {
        time >= self.from && time <= self.to
    }
}

/// Answers a question.
pub(crate) fn answer(world: &mut World, query: &Query) -> Result<Value, NoAnswer> {
    if query.is_of_another_dex() {
        return Err(NoAnswer::Nothing(500));
    }
    match query.r#type.as_str() {
        "meta" => Ok(meta(world)),
        "metaAndAssetCtxs" => Ok(market::meta_and_contexts(world)),
        "allMids" => Ok(all_mids(world)),
        "l2Book" => market::l2_book(world, query),
        "candleSnapshot" => market::candles(world, query),
        "recentTrades" => market::recent_trades(world, query),
        "fundingHistory" => market::funding_history(world, query),
        "predictedFundings" => Ok(market::predicted_fundings(world)),
        "marginTable" => market::margin_table(world, query),
        "perpsAtOpenInterestCap" => Ok(Value::Array(Vec::new())),
        "exchangeStatus" => Ok(market::exchange_status(world)),
        "clearinghouseState" => Ok(clearinghouse_state(world, query.user()?)),
        "spotClearinghouseState" => Ok(spot_state(world, query.user()?)),
        "activeAssetData" => {
            active_asset_data(world, query.user()?, query.coin()?).ok_or(NoAnswer::Nothing(500))
        }
        "openOrders" => Ok(orders::open_orders(world, query.user()?)),
        "frontendOpenOrders" => Ok(frontend_open_orders(world, query.user()?)),
        "orderStatus" => orders::status(world, query),
        "historicalOrders" => Ok(orders::history(world, query.user()?)),
        "userFills" => Ok(fills::latest(world, query)?),
        "userFillsByTime" => fills::by_time(world, query),
        "userFunding" => fills::funding(world, query),
        "userNonFundingLedgerUpdates" => fills::updates(world, query),
        _ => profile::answer(world, query),
    }
}

fn account_of(world: &World, address: Address) -> Option<&User> {
    world.find(address)
}
