//! A door for `fuzz/`: what the venue says, read as the product reads it. Nothing of the product uses it.

use aicoin_core::{Candle, OpenOrderTruth, OrderUpdate, PositionTruth, SendResult};
use aicoin_domain::{Cloid, Fill, MarketId, MarketRules, Size, TimeMs, Usd};
use aicoin_hyperliquid::Address;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::fills::append;
use crate::lookup::filled_by;
use crate::meta::Universe;
use crate::outcome::{Verdict, failure, says_agent_is_unknown, says_allowance_is_used_up, verdict};
use crate::rest::outcome_of;
use crate::send::About;
pub use crate::socket::Ear;
use crate::wire::account::AccountWire;
use crate::wire::candle::CandleWire;
use crate::wire::coin::perps;
use crate::wire::fill::FillWire;
use crate::wire::meta::MetaWire;
use crate::wire::order::{OrderStatusAnswer, OrderWire};
use crate::wire::user::{
    AgentWire, LeverageWire, MarginMode, RateLimitWire, RoleWire, StatusWire, VaultWire,
};

/// What an answer says.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// `clearinghouseState`: when, the cash, the positions.
    Account(Option<TimeMs>, Option<Usd>, Vec<PositionTruth>),
    /// `frontendOpenOrders`: each order, and what is gone of it.
    Orders(Vec<(OpenOrderTruth, Size)>),
    /// `userFillsByTime`: the fills in the order of time, and the sum of the first one's order.
    Fills(Vec<Fill>, Size),
    /// `orderStatus`: what became of it, since when, and what is gone of it; `None` when the venue does not know it.
    Order(Option<(Option<OrderUpdate>, TimeMs, Size)>),
    /// `meta`: names and rules, by name.
    Markets(Vec<(String, MarketRules)>),
    /// `candleSnapshot`: candles that are over.
    Candles(Vec<Candle>),
    /// `userRateLimit`: requests that are left.
    RateLimit(i64),
    /// Anything else, in its own words.
    Other(String),
}

/// The answers that are read.
pub const QUESTIONS: [&str; 13] = [
    "clearinghouseState",
    "frontendOpenOrders",
    "userFillsByTime",
    "orderStatus",
    "meta",
    "candleSnapshot",
    "userRateLimit",
    "userRole",
    "extraAgents",
    "userAbstraction",
    "vaultDetails",
    "exchangeStatus",
    "activeAssetData",
];

/// Whose account it is.
const ACCOUNT: Address = Address([0x22; 20]);
/// Candles that end before this are over.
const NOW: TimeMs = TimeMs(1_800_000_000_000);

/// Reads the answer to a question of [`QUESTIONS`].
///
/// # Errors
/// When it cannot be read, or there is no such question: why.
pub fn reply(question: &str, body: &[u8]) -> Result<Reply, String> {
    Ok(match question {
        "clearinghouseState" => {
            let account: AccountWire = json(body)?;
            let positions = account
                .positions()
                .map(|position| position.to_truth(MarketId(0)));
            Reply::Account(account.time(), account.cash(), positions.collect())
        }
        "frontendOpenOrders" => {
            let orders: Vec<OrderWire> = list(body)?;
            let truth = |order: &OrderWire| (order.to_truth(MarketId(0)), order.gone());
            Reply::Orders(orders.iter().map(truth).collect())
        }
        "userFillsByTime" => {
            let page: Vec<FillWire> = list(body)?;
            let mut fills = Vec::new();
            append(&mut fills, page);
            let filled = fills
                .first()
                .map_or(Size::ZERO, |fill| filled_by(&fills, fill.order()));
            let read = fills.iter().map(|fill| fill.to_fill(MarketId(0), ACCOUNT));
            Reply::Fills(read.collect(), filled)
        }
        "orderStatus" => {
            let order = json::<OrderStatusAnswer>(body)?.into_order()?;
            Reply::Order(order.map(|order| (order.update(), order.since(), order.order.gone())))
        }
        "meta" => {
            let universe = Universe::of(&json::<MetaWire>(body)?);
            universe.nearest("BTC-USD");
            let mut markets: Vec<(String, MarketRules)> = universe
                .iter()
                .map(|listed| (listed.name.clone(), listed.rules))
                .collect();
            markets.sort_by(|one, other| one.0.cmp(&other.0));
            Reply::Markets(markets)
        }
        "candleSnapshot" => {
            let candles: Vec<CandleWire> = json(body)?;
            let closed = candles.iter().filter(|candle| candle.is_closed(NOW));
            Reply::Candles(closed.filter_map(CandleWire::to_candle).collect())
        }
        "userRateLimit" => Reply::RateLimit(json::<RateLimitWire>(body)?.left()),
        "userRole" => {
            let role: RoleWire = json(body)?;
            Reply::Other(format!("{:?}", role.master()))
        }
        "extraAgents" => {
            let agents: Option<Vec<AgentWire>> = json(body)?;
            let until = |agent: &AgentWire| agent.valid_until();
            Reply::Other(format!("{:?}", agents.iter().flatten().map(until).max()))
        }
        "userAbstraction" => Reply::Other(format!("{:?}", json::<Option<String>>(body)?)),
        "vaultDetails" => Reply::Other(json::<VaultWire>(body)?.leader.to_string()),
        "exchangeStatus" => Reply::Other(json::<StatusWire>(body)?.time.0.to_string()),
        "activeAssetData" => {
            let leverage: LeverageWire = json(body)?;
            Reply::Other(leverage.is(MarginMode::Cross, 5).to_string())
        }
        other => return Err(format!("nobody asks {other}")),
    })
}

/// What the answer to an action means: for one order, an entry with its stop, a cancel.
#[must_use]
pub fn action(status: u16, body: &[u8]) -> Vec<SendResult> {
    let cloids = (Cloid(1), Cloid(2));
    let about = [
        (1, About::Place(cloids.0)),
        (
            2,
            About::Enter {
                entry: cloids.0,
                stop: cloids.1,
            },
        ),
        (1, About::Cancel(cloids.0)),
    ];
    let mut results = Vec::new();
    for (expected, about) in about {
        let outcome = outcome_of(status, body, expected);
        says_agent_is_unknown(&outcome);
        says_allowance_is_used_up(&outcome);
        failure(&outcome);
        match verdict(about, &outcome) {
            Verdict::Sent(sent) => results.extend(sent.into_iter().map(|(_, result)| result)),
            Verdict::Unheard(_) => {}
        }
    }
    results
}

fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| error.to_string())
}

fn list<T: DeserializeOwned>(body: &[u8]) -> Result<Vec<T>, String> {
    let raw: Vec<Box<RawValue>> = json(body)?;
    perps(&raw).map_err(|error| error.to_string())
}
