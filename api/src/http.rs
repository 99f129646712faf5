//! What the worker says over HTTP and WebSocket. Wire types: the core's own types are converted by hand.
//!
//! Times are milliseconds since 1970 (UTC) in fields that end in `_ms`, and amounts are decimal strings.

use std::collections::BTreeMap;

use aicoin_domain::{Desired, Hold, Price, Rate, Size, Usd};
use serde::{Deserialize, Serialize};

/// How well something works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HealthStatus {
    /// It works.
    Ok,
    /// It works in part; the reason says what is missing.
    Degraded,
    /// It does not work.
    Down,
}

/// One part's health.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartHealth {
    /// How well it works.
    pub status: HealthStatus,
    /// Why, when it is not ok; empty otherwise.
    pub reason: String,
    /// How long its last answer took, ms; `null` when nothing was measured.
    pub latency_ms: Option<f64>,
}

/// `GET /api/v1/health`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Health {
    /// The worst of the parts that trading needs.
    pub status: HealthStatus,
    /// `database`, `redis`, `exchange`, `ai`, `market_data`, `loop`.
    pub parts: BTreeMap<String, PartHealth>,
}

/// `GET /api/v1/status`: the bot at a glance. Published by the trading loop, at most a few times a second.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// `namespace/name`.
    pub bot: String,
    /// `Paper`, `Testnet` or `Live`.
    pub mode: String,
    /// Who decides at present: `rule emaCross` or `ai deepseek-flash`.
    pub decider: String,
    /// A sentence that must be seen, for example that a rule decides because no AI key is there.
    pub notice: Option<String>,
    /// The bot's time, ms: simulated time in a simulated market.
    pub time_ms: i64,
    /// How much faster than the wall clock that time runs; `null` when it is real time.
    pub speed: Option<f64>,
    /// When this process started, wall clock, ms.
    pub started_at_ms: i64,
    /// The version of the worker.
    pub version: String,
    /// Length of a candle and of the decision cadence, ms.
    pub interval_ms: i64,
    /// The control as asked, accepted and effective.
    pub control: ControlStatus,
    /// Ready to trade.
    pub ready: bool,
    /// Why it is not ready; empty when it is.
    pub not_ready: Vec<String>,
    /// The account.
    pub account: Account,
    /// Open positions.
    pub positions: Vec<Position>,
    /// Prices of all markets.
    pub markets: Vec<Market>,
    /// Rows written for this bot.
    pub counts: Counts,
    /// AI spend and budget; `null` without an AI.
    pub ai: Option<AiBudget>,
    /// How many of the last starts, within the crash breaker's five minutes, came after a crash.
    #[serde(default)]
    pub crashes_recent: u32,
}

/// What `ctl status --json` prints: the status, and what was decided last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatusReport {
    /// The bot at a glance.
    #[serde(flatten)]
    pub status: Status,
    /// The newest decisions, newest first, without the model's raw replies; `null` when the store does not answer.
    pub decisions: Option<Vec<Decision>>,
}

/// Row counts of one bot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Rows in `decisions`.
    pub decisions: u64,
    /// Rows in `orders`.
    pub orders: u64,
    /// Rows in `fills`.
    pub fills: u64,
    /// Rows in `risk_events`.
    pub risk_events: u64,
}

/// AI spend against its budget.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AiBudget {
    /// Spent since 00:00 UTC.
    pub spent_today_usd: Usd,
    /// The limit.
    pub usd_per_day: Usd,
    /// Calls in the last hour.
    pub calls_last_hour: u32,
    /// The limit.
    pub calls_per_hour: u32,
    /// `closed`, `open` or `half-open`.
    pub breaker: String,
}

/// Control as asked, accepted and effective.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlStatus {
    /// What the manifest or the operator asks for.
    pub desired: Desired,
    /// The operator's counter of it.
    pub generation: u64,
    /// The local hold.
    pub local_hold: Hold,
    /// The strongest of both.
    pub in_force: Desired,
    /// It is written down: from then on no send that could raise exposure starts against it.
    pub accepted: bool,
    /// The highest generation that was accepted.
    pub accepted_generation: u64,
    /// It is true in the world.
    pub effective: bool,
    /// The highest generation that was effective.
    pub effective_generation: u64,
    /// What is left until it is effective.
    pub remaining: Remaining,
}

/// What is left to do until a control is effective.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remaining {
    /// Open positions.
    pub positions: u32,
    /// Open or unresolved orders.
    pub orders: u32,
}

/// `GET /api/v1/account`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Cash plus unrealised profit.
    pub equity: Usd,
    /// Deposits + realised - fees + funding.
    pub cash: Usd,
    /// Unrealised profit or loss.
    pub unrealized_pnl: Usd,
    /// Profit realised so far, before fees.
    pub realized_pnl: Usd,
    /// Fees so far.
    pub fees: Usd,
    /// Funding received so far; negative is paid.
    pub funding: Usd,
    /// Notional value of all positions.
    pub notional: Usd,
    /// Profit or loss since 00:00 UTC.
    pub day_pnl: Usd,
    /// Drawdown from the highest equity, as a ratio.
    pub drawdown: Rate,
}

/// `GET /api/v1/positions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The market.
    pub market: String,
    /// Signed: negative is short.
    pub size: Size,
    /// Average entry price.
    pub entry_price: Price,
    /// Mark price.
    pub mark_price: Price,
    /// Notional value at the mark price.
    pub notional: Usd,
    /// Unrealised profit or loss.
    pub unrealized_pnl: Usd,
    /// The resting stop.
    pub stop_price: Option<Price>,
    /// The resting take-profit.
    pub take_price: Option<Price>,
    /// The venue liquidates it at this price.
    pub liquidation_price: Option<Price>,
    /// A resting stop covers all of it, or none is asked for.
    pub protected: bool,
    /// When it was opened, ms.
    pub opened_at_ms: Option<i64>,
}

/// The latest prices of a market.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Market {
    /// The market.
    pub market: String,
    /// Best bid.
    pub bid: Price,
    /// Best ask.
    pub ask: Price,
    /// Mark price.
    pub mark: Price,
    /// How old they are, ms of the bot's time.
    pub age_ms: i64,
}

/// `GET /api/v1/orders`, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Our id.
    pub cloid: String,
    /// The venue's number.
    pub oid: Option<u64>,
    /// The decision that it carries out.
    pub decision_id: u64,
    /// `open`, `close`, `stop`, `take`, `flatten`, `close_all`.
    pub leg: String,
    /// The market.
    pub market: String,
    /// `buy` or `sell`.
    pub side: String,
    /// `limit` or `trigger`.
    pub kind: String,
    /// `Gtc`, `Ioc`, `Alo` of a limit order; `sl`, `tp` of a trigger.
    pub tif: String,
    /// The limit or trigger price.
    pub price: Price,
    /// How much was asked.
    pub size: Size,
    /// How much filled.
    pub filled: Size,
    /// The average price of what filled.
    pub average_price: Option<Price>,
    /// It only reduces.
    pub reduce_only: bool,
    /// `Prepared`, `Sent`, `Open`, `PartiallyFilled`, `Filled`, `Canceled`, `Unknown`, `FAILED`.
    pub status: String,
    /// The venue's words or the reason code.
    pub error: Option<String>,
    /// When the intent was written, ms.
    pub created_at_ms: i64,
    /// When it last changed, ms.
    pub updated_at_ms: i64,
}

/// `GET /api/v1/fills`, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fill {
    /// The venue's number.
    pub tid: u64,
    /// Our order; `null` for what we did not order.
    pub cloid: Option<String>,
    /// The decision; `null` for what we did not order.
    pub decision_id: Option<u64>,
    /// The market.
    pub market: String,
    /// `buy` or `sell`.
    pub side: String,
    /// The price.
    pub price: Price,
    /// The size.
    pub size: Size,
    /// The fee; a rebate is negative.
    pub fee: Usd,
    /// Realised profit or loss, before fees.
    pub closed_pnl: Usd,
    /// It took liquidity.
    pub taker: bool,
    /// The venue liquidated us.
    pub liquidation: bool,
    /// When, ms.
    pub time_ms: i64,
}

/// `GET /api/v1/decisions`, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Its number.
    pub id: u64,
    /// When, ms.
    pub time_ms: i64,
    /// The market; `null` when a whole reply failed.
    pub market: Option<String>,
    /// `rule` or `ai`.
    pub source: String,
    /// What was wanted.
    pub action: String,
    /// Why, as a sentence. Of a model: untrusted text.
    pub reason: String,
    /// 0 to 100, of a model.
    pub confidence: Option<u8>,
    /// `accepted` or `rejected`.
    pub verdict: String,
    /// The reason code of a rejection.
    pub code: Option<String>,
    /// A sentence beside the code.
    pub detail: Option<String>,
    /// The mark price at that time.
    pub mark_price: Price,
    /// The model that answered.
    pub model: Option<String>,
    /// The prompt template's version.
    pub prompt_version: Option<String>,
    /// What the call cost.
    pub cost_usd: Option<Usd>,
    /// How long the call took, ms.
    pub latency_ms: Option<u64>,
    /// Input and output tokens.
    pub tokens: Option<(u64, u64)>,
    /// The reply as it came. Untrusted text.
    pub raw_reply: Option<String>,
}

/// `GET /api/v1/risk-events`, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskEvent {
    /// Its number.
    pub id: u64,
    /// When, ms.
    pub time_ms: i64,
    /// The reason code.
    pub code: String,
    /// The market, where it is about one.
    pub market: Option<String>,
    /// A sentence.
    pub detail: String,
    /// Nothing needs to be done about it any more.
    pub resolved: bool,
}

/// `GET /api/v1/account-snapshots`, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSnapshot {
    /// When, ms.
    pub time_ms: i64,
    /// Equity.
    pub equity: Usd,
    /// Cash.
    pub cash: Usd,
    /// Unrealised profit or loss.
    pub unrealized_pnl: Usd,
    /// Realised profit or loss.
    pub realized_pnl: Usd,
    /// Fees so far.
    pub fees: Usd,
    /// Funding so far.
    pub funding: Usd,
    /// Notional value of all positions.
    pub notional: Usd,
}

/// `GET /api/v1/candles?market=BTC`, oldest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candle {
    /// Its start, ms.
    pub time_ms: i64,
    /// The first price.
    pub open: Price,
    /// The highest price.
    pub high: Price,
    /// The lowest price.
    pub low: Price,
    /// The last price.
    pub close: Price,
    /// What was traded.
    pub volume: f64,
}

/// `PUT /api/v1/control` of the operator, or of a person at the page (`hold`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, untagged)]
pub enum ControlRequest {
    /// The operator's level.
    Operator {
        /// The operator's counter.
        generation: u64,
        /// The level.
        desired: Desired,
    },
    /// The local hold: what `ctl` and the page of local mode set.
    Local {
        /// The level.
        hold: Hold,
    },
}

/// The answer to `PUT /api/v1/control`, given once the request is durable, and to `GET /api/v1/control`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlReply {
    /// It was accepted; otherwise a higher generation stands, and `control` shows it. To a `GET`: the control in force is
    /// written down.
    pub accepted: bool,
    /// The control as it stands.
    pub control: ControlStatus,
    /// The worker is ready to trade.
    #[serde(default)]
    pub ready: bool,
    /// Why it is not ready, as reason codes; empty when it is.
    #[serde(default)]
    pub not_ready: Vec<String>,
    /// How many of the last starts, within the crash breaker's five minutes, came after a crash.
    #[serde(default)]
    pub crashes_recent: u32,
}

/// An error of the HTTP interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorReply {
    /// A sentence.
    pub error: String,
}

/// A message of `GET /ws`: a snapshot first, then events, numbered without gaps per connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum WsEvent {
    /// The whole status. Sent first and at every change of it.
    Status(Box<Status>),
    /// The candle that is being built, or the closed one.
    Candle {
        /// The market.
        market: String,
        /// The candle.
        candle: Candle,
    },
    /// A new or changed order.
    Order(Box<Order>),
    /// A new fill.
    Fill(Box<Fill>),
    /// A new decision.
    Decision(Box<Decision>),
    /// A new or changed risk event.
    RiskEvent(Box<RiskEvent>),
    /// A new account snapshot.
    AccountSnapshot(Box<AccountSnapshot>),
}
