//! Why the venue cannot be traded at: one sentence each, with the fix.

use aicoin_domain::{Reason, TimeMs};
use aicoin_hyperliquid::{Address, Network};

use crate::address::AddressFault;

/// Why the venue cannot be traded at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BootError {
    /// The settings are no address or no certificate.
    #[error("{0}.")]
    Settings(#[from] AddressFault),
    /// It does not answer.
    #[error("The venue at {url} cannot be reached: {why}. It is tried again.")]
    Unreachable {
        /// Where.
        url: String,
        /// What happened.
        why: String,
    },
    /// It answers something else.
    #[error(
        "What answers at {url} is no venue, or one that this version does not understand: {why}. Check \
         spec.exchange.hyperliquid.baseUrl."
    )]
    Unreadable {
        /// Where.
        url: String,
        /// What is wrong.
        why: String,
    },
    /// No such market.
    #[error(
        "The market {name} is not listed on {network}{}. Correct spec.markets.",
        nearest.as_ref().map_or_else(String::new, |nearest| format!(" (did you mean {nearest}?)"))
    )]
    UnknownMarket {
        /// As it is written.
        name: String,
        /// On which network.
        network: Network,
        /// What may have been meant.
        nearest: Option<String>,
    },
    /// The market is traded no more.
    #[error(
        "The market {name} is delisted on {network}: it is traded no more. Take it out of spec.markets."
    )]
    Delisted {
        /// The market.
        name: String,
        /// On which network.
        network: Network,
    },
    /// Nobody ever paid into the account.
    #[error(
        "The account {account} does not exist on {network}: deposit USDC into it first, or check accountAddress and the mode \
         (Testnet and Live are different networks)."
    )]
    AccountUnknown {
        /// Which account.
        account: Address,
        /// On which network.
        network: Network,
    },
    /// The address is an agent's.
    #[error(
        "The account {account} is an API wallet and holds nothing: accountAddress is the account that it trades for{}.",
        master.as_ref().map_or_else(String::new, |master| format!(", {master}"))
    )]
    AccountIsAgent {
        /// Which address.
        account: Address,
        /// Whose agent it is.
        master: Option<Address>,
    },
    /// The account is in a mode in which its value cannot be read as it is here.
    #[error(
        "The account {account} is in the mode {mode:?}: its value and margin are not its perpetuals' own. Switch it to \
         the standard mode at the venue, or trade a sub-account that is in it."
    )]
    AccountMode {
        /// Which account.
        account: Address,
        /// The venue's word.
        mode: String,
    },
    /// The key is an account's own.
    #[error(
        "The key is the own key of the account {account}: it could withdraw everything. Make an API wallet at the venue \
         and put its key into the Secret; nothing is signed with this one."
    )]
    MasterKey {
        /// Which account.
        account: Address,
    },
    /// The venue does not know the agent.
    #[error(
        "The API wallet {agent} is not approved for {account} on {network}: approve it there with the account's own wallet, \
         or check that the key and the mode belong together (an approval counts on one network only)."
    )]
    AgentUnknown {
        /// The agent.
        agent: Address,
        /// For which account.
        account: Address,
        /// On which network.
        network: Network,
    },
    /// The venue finds another signer: it is of the other network.
    #[error(
        "What answers at {url} is not on {network}: it takes a signature for {network} for somebody else's. Check spec.mode \
         (Testnet and Live are different networks) and spec.exchange.hyperliquid.baseUrl; nothing is sent."
    )]
    WrongNetwork {
        /// Where.
        url: String,
        /// What the mode asks for.
        network: Network,
    },
    /// The agent is somebody else's.
    #[error(
        "The API wallet {agent} belongs to {master}, not to {account}: use the key of an API wallet of {account}."
    )]
    AgentOfAnother {
        /// The agent.
        agent: Address,
        /// Whose it is.
        master: Address,
        /// Whose it should be.
        account: Address,
    },
    /// Its approval has ended.
    #[error(
        "The approval of the API wallet {agent} has ended ({} ms since 1970): approve a new one at the venue and put its \
         key into the Secret. An old address is never approved again.",
        since.0
    )]
    AgentExpired {
        /// The agent.
        agent: Address,
        /// Since when.
        since: TimeMs,
    },
}

impl BootError {
    /// The code.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Settings(_) => Reason::BadValue,
            Self::Unreachable { .. } => Reason::VenueUnreachable,
            Self::Unreadable { .. } => Reason::VenueUnreadable,
            Self::UnknownMarket { .. } => Reason::UnknownMarket,
            Self::Delisted { .. } => Reason::MarketDelisted,
            Self::AccountUnknown { .. } => Reason::AccountUnknown,
            Self::AccountIsAgent { .. } => Reason::AccountIsAgent,
            Self::AccountMode { .. } => Reason::AccountMode,
            Self::MasterKey { .. } => Reason::MasterKey,
            Self::AgentUnknown { .. } => Reason::AgentUnknown,
            Self::WrongNetwork { .. } => Reason::WrongNetwork,
            Self::AgentOfAnother { .. } => Reason::AgentOfAnother,
            Self::AgentExpired { .. } => Reason::AgentExpired,
        }
    }

    /// A person has to change something; waiting alone does not help.
    #[must_use]
    pub const fn is_definite(&self) -> bool {
        match self {
            Self::Unreachable { .. } => false,
            Self::Settings(_)
            | Self::Unreadable { .. }
            | Self::UnknownMarket { .. }
            | Self::Delisted { .. }
            | Self::AccountUnknown { .. }
            | Self::AccountIsAgent { .. }
            | Self::AccountMode { .. }
            | Self::MasterKey { .. }
            | Self::AgentUnknown { .. }
            | Self::WrongNetwork { .. }
            | Self::AgentOfAnother { .. }
            | Self::AgentExpired { .. } => true,
        }
    }
}
