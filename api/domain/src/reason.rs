//! Reason codes: why something was refused, skipped, halted or recorded.
//!
//! They are API once released: rows, metrics, status and tests name them. New ones are added, none is renamed.

use core::fmt;

use serde::{Deserialize, Serialize};

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Why something was refused, skipped, halted or recorded.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Reason {
            $($(#[$doc])* $name,)*
        }

        impl Reason {
            /// Every code, in the order of the layers.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as it stands in tables, metrics and messages.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }
        }
    };
}

reasons! {
    // --- the call
    /// The AI did not answer within its deadline.
    AiTimeout,
    /// The AI refused for too many calls (429).
    AiRateLimited,
    /// The AI could not be reached, failed (5xx), or broke off its reply.
    AiUnavailable,
    /// The AI refused the request itself (400, 404, 422): configuration.
    AiBadRequest,
    /// The AI refused the key (401, 403).
    AiUnauthorized,
    /// The AI account has no balance (402).
    AiNoBalance,
    /// The bot's own AI budget is spent.
    AiBudgetSpent,
    /// The circuit breaker is open after repeated failures.
    BreakerOpen,
    // --- parsing the reply
    /// The reply is empty or only spaces.
    ReplyEmpty,
    /// The reply was cut off by a token limit.
    ReplyTruncated,
    /// The reply was withheld by a content filter.
    ReplyFiltered,
    /// The reply is not JSON.
    ReplyNotJson,
    /// The reply is larger than the limit.
    ReplyTooLarge,
    /// The reply names a key twice.
    DuplicateKey,
    /// Text follows the JSON object.
    TrailingText,
    // --- the schema
    /// A field that the schema does not have.
    UnknownField,
    /// A field is missing.
    MissingField,
    /// A number is not a number.
    BadNumber,
    /// A number is outside its range.
    OutOfRange,
    /// A field holds a word that the schema does not have.
    BadValue,
    /// The reply follows another version of the schema.
    WrongSchemaVersion,
    // --- identity
    /// No such market.
    UnknownMarket,
    /// The market is not in the manifest.
    MarketNotAllowed,
    /// The venue no longer trades the market.
    MarketDelisted,
    /// Two decisions of one reply contradict each other in one market.
    ConflictingActions,
    /// The reply answers another market view.
    WrongView,
    // --- freshness
    /// The decision is older than its time to live.
    Stale,
    /// The price moved too far since the view was taken.
    PriceMoved,
    /// The market data is too old.
    DataStale,
    /// The clock is off by more than 2 s.
    ClockSkew,
    // --- fit
    /// There is no position to close, reduce or protect.
    NoPositionToClose,
    /// A position on that side is open already.
    AlreadyInPosition,
    /// It would turn the position to the other side.
    WouldFlip,
    /// Another order of the bot is still working in that market.
    OrderInFlight,
    // --- protection
    /// An opening decision without a stop.
    StopMissing,
    /// The stop is on the wrong side of the current mark price.
    StopWrongSide,
    /// The stop is closer than the market's noise and costs allow.
    StopTooClose,
    /// The take-profit is on the wrong side of the current mark price.
    TakeWrongSide,
    /// Reward against risk, net of fees, is too low.
    RewardRiskTooLow,
    /// A position had no resting stop for longer than the limit.
    Unprotected,
    // --- conviction
    /// The model's confidence is below `risk.minConfidence`.
    ConfidenceTooLow,
    /// The model asked for more risk than `risk.riskPerTradeBps`.
    RiskTooHigh,
    // --- the venue
    /// More leverage than the venue or `risk.maxLeverage` allows.
    LeverageTooHigh,
    /// Worth less than the venue's minimum after rounding down.
    BelowMinNotional,
    /// The size is zero after rounding down.
    InvalidSize,
    /// Not enough free margin.
    InsufficientMargin,
    /// The liquidation price would be too close.
    LiquidationTooClose,
    /// The venue refused the order; its words are beside this code.
    VenueRefused,
    /// The venue does not answer.
    VenueUnreachable,
    /// The venue answers something that cannot be read, or the address is no venue's.
    VenueUnreadable,
    /// The venue does not know the account on this network.
    AccountUnknown,
    /// The address of the account is an agent's: agents hold nothing.
    AccountIsAgent,
    /// The account is in a mode in which it cannot be traded safely (unified, portfolio margin).
    AccountMode,
    /// The key is an account's own: only an agent's key is used.
    MasterKey,
    /// The venue does not know the agent on this network.
    AgentUnknown,
    /// What answers is of another network than the mode's.
    WrongNetwork,
    /// The key is the agent of another account.
    AgentOfAnother,
    /// The agent's approval has ended.
    AgentExpired,
    // --- limits
    /// More than `risk.maxPositionNotional` in one market.
    PositionNotional,
    /// More than `risk.maxTotalNotional` in all markets.
    TotalNotional,
    /// The day's loss reached `risk.maxDailyLossPct`.
    DailyLoss,
    /// The drawdown reached `risk.maxDrawdownPct`.
    Drawdown,
    /// A stop was hit less than `risk.cooldownAfterStop` ago.
    Cooldown,
    /// `risk.maxOrdersPerHour` opening orders were sent within the hour.
    OrdersPerHour,
    // --- the gate
    /// The bot is paused.
    Paused,
    /// The bot was paused between the decision and the send.
    PausedBeforeSend,
    /// The bot is closing everything.
    CloseAllActive,
    /// The account's lease is not held.
    LeaseNotHeld,
    /// The store cannot be written.
    StoreDown,
    /// The store is full.
    StorageFull,
    /// The account was not read from the venue yet.
    NotReconciled,
    /// No control was ever accepted.
    NoControl,
    /// The worker has not finished starting.
    Starting,
    /// The worker is ending.
    Stopping,
    /// The trading loop does not move.
    LoopStuck,
    /// A secret that the manifest names is not there, or cannot be used.
    KeyMissing,
    /// The worker crashed too often in a short time: it opens nothing until a person settles it.
    CrashLoop,
    // --- what became of an order
    /// Sent, and it never arrived: unknown to the venue after its expiry.
    NeverLanded,
    /// Dropped by the venue after it had been accepted.
    VenueCanceled,
    // --- risk events that are no refusal
    /// A position or an order that the bot did not make.
    ForeignPosition,
    /// Our books and the venue's differ.
    Diverged,
    /// The venue liquidated a position.
    Liquidated,
    /// A stop was hit.
    StopHit,
    /// A take-profit was hit.
    TakeProfitHit,
    /// Close-all cannot get flat.
    CloseStuck,
    /// The manifest names an AI, no key is there, and the rule decides in its place.
    RuleInsteadOfAi,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
