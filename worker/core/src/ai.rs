//! What a model is shown and what it may answer, in the core's own terms. Prompts and JSON are the shell's business.

use alloc::string::String;
use alloc::vec::Vec;

use aicoin_domain::{Leverage, MarketId, Price, Reason, Size, TimeMs, Usd};
use serde::{Deserialize, Serialize};

use crate::input::Candle;

/// Everything that a decision may go by, taken at one instant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MarketView {
    /// The view's number: a reply must echo it.
    pub id: u64,
    /// When it was taken.
    pub time: TimeMs,
    /// No reply is wanted after this.
    pub deadline: TimeMs,
    /// The account.
    pub account: ViewAccount,
    /// The markets of the bot.
    pub markets: Vec<ViewMarket>,
    /// What was decided lately, oldest first.
    pub recent: Vec<RecentDecision>,
}

/// The account in a view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ViewAccount {
    /// Equity.
    pub equity: Usd,
    /// Equity less the margin in use.
    pub free_margin: Usd,
    /// Profit or loss since the start of the UTC day.
    pub day_pnl: Usd,
    /// The most that one decision may risk, in basis points of equity.
    pub risk_bps_max: u32,
    /// The highest leverage that the manifest allows.
    pub leverage_max: Leverage,
    /// Notional value that may still be opened; `None` without a limit.
    pub notional_left: Option<Usd>,
    /// The least confidence that opens something.
    pub confidence_min: u8,
}

/// One market in a view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ViewMarket {
    /// The market.
    pub market: MarketId,
    /// Its name: the only one that a reply may use.
    pub name: String,
    /// Best bid.
    pub bid: Price,
    /// Best ask.
    pub ask: Price,
    /// Mark price.
    pub mark: Price,
    /// How old the prices are, ms.
    pub age_ms: i64,
    /// The distance between valid prices.
    pub tick: Price,
    /// The highest leverage that the venue allows.
    pub leverage_max: Leverage,
    /// The last closed candles, oldest first, at most [`crate::VIEW_CANDLES_MAX`].
    pub candles: Vec<Candle>,
    /// The position, if there is one.
    pub position: Option<ViewPosition>,
    /// Nothing may be opened here at present, and why.
    pub closed_because: Option<Reason>,
}

/// A position in a view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ViewPosition {
    /// Signed: negative is short.
    pub size: Size,
    /// Average entry price.
    pub entry: Price,
    /// Unrealised profit or loss.
    pub unrealised: Usd,
    /// The resting stop.
    pub stop: Option<Price>,
    /// The resting take-profit.
    pub take: Option<Price>,
    /// How long it is open, ms.
    pub age_ms: i64,
}

/// An earlier decision and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecentDecision {
    /// When.
    pub time: TimeMs,
    /// In which market.
    pub market: String,
    /// What was wanted.
    pub action: AiAction,
    /// `None` when it was accepted.
    pub rejected: Option<Reason>,
}

/// What a model may want. A closed set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AiAction {
    /// Open a long position.
    OpenLong,
    /// Open a short position.
    OpenShort,
    /// Close the position.
    Close,
    /// Close half of the position.
    Reduce,
    /// Move the stop (and the take-profit, if one is given).
    AdjustStop,
    /// Do nothing.
    Hold,
}

impl AiAction {
    /// The word in the reply's schema.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenLong => "open_long",
            Self::OpenShort => "open_short",
            Self::Close => "close",
            Self::Reduce => "reduce",
            Self::AdjustStop => "adjust_stop",
            Self::Hold => "hold",
        }
    }
}

/// One wish of a model, its form already checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The market's name as the model wrote it.
    pub symbol: String,
    /// What it wants.
    pub action: AiAction,
    /// 0 to 100.
    pub confidence: u8,
    /// What it wants to risk at the stop, in basis points of equity.
    pub risk_bps: Option<u32>,
    /// The leverage that it wants.
    pub leverage: Option<u32>,
    /// The stop.
    pub stop: Option<Price>,
    /// The take-profit.
    pub take: Option<Price>,
    /// How far the price may have moved since the view, in basis points.
    pub max_slippage_bps: Option<u32>,
    /// How long the wish is good, in seconds; `None` is one interval.
    pub ttl_s: Option<u32>,
    /// Why, in the model's words: untrusted text.
    pub reason: String,
}

/// One element of a reply: a wish, or why it is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReplyItem {
    /// A wish whose form is right.
    Proposal(Proposal),
    /// An element that breaks the schema. The others of the same reply stand.
    Rejected {
        /// The market's name, as far as it can be read.
        symbol: String,
        /// The code.
        reason: Reason,
        /// A sentence that names the field.
        detail: String,
    },
}

/// A reply whose frame is right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AiReply {
    /// The view's number that the reply echoes.
    pub view: u64,
    /// Its elements.
    pub items: Vec<ReplyItem>,
}

/// Why there is no reply to act on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AiFailure {
    /// The code.
    pub reason: Reason,
    /// A sentence for people.
    pub detail: String,
}

/// What came of a question to the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AiAnswer {
    /// The view that it was asked about.
    pub view: u64,
    /// The parsed reply or the failure.
    pub outcome: Result<AiReply, AiFailure>,
    /// What the call was and what it cost.
    pub call: AiCall,
}

/// The evidence of one call, kept with the decision.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AiCall {
    /// The model that was asked for.
    pub model_asked: String,
    /// The model that answered, by its own word.
    pub model: String,
    /// The provider's id of the request.
    pub request_id: Option<String>,
    /// The prompt template's version.
    pub prompt_version: String,
    /// SHA-256 of the whole prompt, hexadecimal.
    pub prompt_hash: String,
    /// The reply as it came, cut to a limit.
    pub raw_reply: String,
    /// The model's chain of thought, where it gives one, cut to a limit.
    pub reasoning: Option<String>,
    /// Input tokens that were not cached.
    pub input_tokens: u64,
    /// Input tokens that were cached.
    pub cached_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// What it cost. Where the provider gave no usage: the worst case.
    pub cost: Usd,
    /// From the request to the end of the reply, ms, all tries together.
    pub latency_ms: u64,
    /// How many requests were sent.
    pub tries: u32,
}
