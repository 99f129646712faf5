//! The rules by name: what the CRD, the reconcile and `local` have in common.

use core::fmt;

use super::Where;

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// The rules by name. Names are added, never changed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RuleId {
            $($(#[$doc])* $name,)*
        }

        impl RuleId {
            /// Every rule.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }
        }
    };
}

rules! {
    /// Names of bots and namespaces are DNS labels (RFC 1123).
    NameIsDnsLabel,
    /// In a cluster a bot's name leaves room for its children's.
    BotNameLength,
    /// 1 to 20 markets.
    MarketsCount,
    /// A market is the coin's name alone.
    MarketName,
    /// No market twice.
    MarketsUnique,
    /// Testnet and Live trade an account at Hyperliquid.
    HyperliquidNeeded,
    /// An account address is `0x` and 40 hexadecimal digits.
    AccountAddress,
    /// Live asks for `acknowledgeRisk`.
    LiveAcknowledged,
    /// Live in a cluster writes to PostgreSQL.
    LiveNeedsPostgres,
    /// Live speaks `https://` only.
    LiveNeedsHttps,
    /// A base URL is a scheme, a host and at most a path.
    BaseUrl,
    /// A paper account starts with something.
    StartingBalance,
    /// A seed is a whole number that Kubernetes can keep.
    SeedRange,
    /// Fees are a small part of the notional value.
    FeesRange,
    /// Slippage is at most 4 %.
    SlippageRange,
    /// 1 s to 1 day.
    IntervalRange,
    /// Somebody decides.
    DeciderNeeded,
    /// A rule has at least one candle, and at most 1000.
    EmaLength,
    /// The fast average is faster than the slow one.
    EmaOrder,
    /// Amounts that limit something are above 0.
    AmountPositive,
    /// A model has a name.
    ModelNamed,
    /// A reply comes before the next question, and within 10 minutes.
    TimeoutRange,
    /// Calls within an hour are countable.
    CallsRange,
    /// A reply has room for a decision.
    OutputTokensRange,
    /// Prices of tokens are 0 to 100000 USD.
    PricesRange,
    /// Percentages of limits are above 0, and at most 100.
    PercentRange,
    /// 1 to 10000 basis points.
    RiskPerTradeRange,
    /// 1 to 50.
    LeverageRange,
    /// 0 to 100.
    ConfidenceRange,
    /// 1 to 100000.
    OrdersRange,
    /// At most 30 days.
    CooldownRange,
    /// One database.
    StorageOne,
    /// An SQLite volume is large enough to begin with.
    SqliteSize,
    /// A StorageClass is named as Kubernetes names it.
    StorageClassName,
    /// Secrets and ConfigMaps are named as Kubernetes names them.
    ReferenceName,
    /// An image is named without spaces.
    ImageName,
    /// Labels of nodes, taints and resources are few, and written as Kubernetes writes them.
    PodFields,
    /// A bot stays in its mode.
    ModeFixed,
    /// A bot stays with its account.
    AccountFixed,
    /// A paper account stays with what it started with.
    BalanceFixed,
}

impl RuleId {
    /// Whether the rule holds there: what `local` runs has no pod that could go with its data.
    #[must_use]
    pub fn applies(self, place: Where) -> bool {
        self != Self::LiveNeedsPostgres || place == Where::Cluster
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
