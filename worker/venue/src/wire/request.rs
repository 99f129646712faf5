//! Questions to `/info`, with what each weighs.

use std::time::Duration;

use aicoin_domain::{Cloid, TimeMs};
use aicoin_hyperliquid::Address;
use serde::Serialize;

/// A question.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub(crate) enum Question<'a> {
    ExchangeStatus,
    Meta,
    UserRole { user: Address },
    ExtraAgents { user: Address },
    UserAbstraction { user: Address },
    UserRateLimit { user: Address },
    VaultDetails { vault_address: Address },
    ClearinghouseState { user: Address },
    FrontendOpenOrders { user: Address },
    OrderStatus { user: Address, oid: Cloid },
    UserFillsByTime { user: Address, start_time: i64 },
    ActiveAssetData { user: Address, coin: &'a str },
    CandleSnapshot { req: CandleRequest<'a> },
}

/// Which candles.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CandleRequest<'a> {
    pub(crate) coin: &'a str,
    pub(crate) interval: &'a str,
    pub(crate) start_time: i64,
    pub(crate) end_time: i64,
    /// How many there are in it at most: they weigh.
    #[serde(skip)]
    pub(crate) count: u32,
}

impl Question<'_> {
    /// Fills of a user from a time on.
    pub(crate) fn fills(user: Address, from: TimeMs) -> Self {
        Self::UserFillsByTime {
            user,
            start_time: from.0.max(0),
        }
    }

    /// What it weighs of the allowance of an IP address, before its answer's length is known.
    pub(crate) const fn weight(&self) -> u32 {
        match self {
            Self::ExchangeStatus | Self::ClearinghouseState { .. } | Self::OrderStatus { .. } => 2,
            Self::UserRole { .. } => 60,
            Self::CandleSnapshot { req } => 20 + req.count / 60,
            Self::Meta
            | Self::ExtraAgents { .. }
            | Self::UserAbstraction { .. }
            | Self::UserRateLimit { .. }
            | Self::VaultDetails { .. }
            | Self::FrontendOpenOrders { .. }
            | Self::UserFillsByTime { .. }
            | Self::ActiveAssetData { .. } => 20,
        }
    }

    /// It is after one order.
    pub(crate) const fn is_look_up(&self) -> bool {
        matches!(self, Self::OrderStatus { .. })
    }

    /// How long its answer is good for other workers as well; `None` where it is about an account or must be fresh.
    pub(crate) const fn good_for(&self) -> Option<Duration> {
        match self {
            Self::Meta => Some(Duration::from_secs(60)),
            // Only the last candle of it moves, and that one is left out.
            Self::CandleSnapshot { .. } => Some(Duration::from_secs(10)),
            Self::ExchangeStatus
            | Self::UserRole { .. }
            | Self::ExtraAgents { .. }
            | Self::UserAbstraction { .. }
            | Self::UserRateLimit { .. }
            | Self::VaultDetails { .. }
            | Self::ClearinghouseState { .. }
            | Self::FrontendOpenOrders { .. }
            | Self::ActiveAssetData { .. }
            | Self::UserFillsByTime { .. }
            | Self::OrderStatus { .. } => None,
        }
    }

    /// How many entries of the answer weigh one more; `None` where the length does not matter.
    pub(crate) const fn entries_a_weight(&self) -> Option<usize> {
        match self {
            Self::UserFillsByTime { .. } => Some(20),
            Self::ExchangeStatus
            | Self::Meta
            | Self::UserRole { .. }
            | Self::ExtraAgents { .. }
            | Self::UserAbstraction { .. }
            | Self::UserRateLimit { .. }
            | Self::VaultDetails { .. }
            | Self::ClearinghouseState { .. }
            | Self::FrontendOpenOrders { .. }
            | Self::ActiveAssetData { .. }
            | Self::CandleSnapshot { .. }
            | Self::OrderStatus { .. } => None,
        }
    }

    /// The question in words, for messages.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::ExchangeStatus => "exchangeStatus",
            Self::Meta => "meta",
            Self::UserRole { .. } => "userRole",
            Self::ExtraAgents { .. } => "extraAgents",
            Self::UserAbstraction { .. } => "userAbstraction",
            Self::UserRateLimit { .. } => "userRateLimit",
            Self::VaultDetails { .. } => "vaultDetails",
            Self::ClearinghouseState { .. } => "clearinghouseState",
            Self::FrontendOpenOrders { .. } => "frontendOpenOrders",
            Self::OrderStatus { .. } => "orderStatus",
            Self::UserFillsByTime { .. } => "userFillsByTime",
            Self::ActiveAssetData { .. } => "activeAssetData",
            Self::CandleSnapshot { .. } => "candleSnapshot",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_written_as_the_venue_reads_them() {
        let user = Address([0x11; 20]);
        let json = |question: Question<'_>| serde_json::to_string(&question).unwrap();
        assert_eq!(json(Question::Meta), r#"{"type":"meta"}"#);
        assert_eq!(
            json(Question::fills(user, TimeMs(5))),
            r#"{"type":"userFillsByTime","user":"0x1111111111111111111111111111111111111111","startTime":5}"#
        );
        assert_eq!(
            json(Question::OrderStatus {
                user,
                oid: Cloid(1)
            }),
            r#"{"type":"orderStatus","user":"0x1111111111111111111111111111111111111111","oid":"0x00000000000000000000000000000001"}"#
        );
        let req = CandleRequest {
            coin: "BTC",
            interval: "1m",
            start_time: 1,
            end_time: 2,
            count: 2,
        };
        assert_eq!(
            json(Question::CandleSnapshot { req }),
            r#"{"type":"candleSnapshot","req":{"coin":"BTC","interval":"1m","startTime":1,"endTime":2}}"#
        );
    }
}
