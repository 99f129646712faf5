//! What clients ask for and nobody has here: staking, vaults, referrals, auctions. The answers are those of an address that
//! never used any of it.

use serde_json::{Value, json};

use super::{NoAnswer, Query, spot};
use crate::world::World;

/// Answers them; what is no question at all does not decode.
pub(super) fn answer(world: &World, query: &Query) -> Result<Value, NoAnswer> {
    Ok(match query.r#type.as_str() {
        "spotMeta" => spot::meta(),
        "spotMetaAndAssetCtxs" => spot::meta_and_contexts(),
        // The main exchange is the first one, and there is no other.
        "perpDexs" => json!([null]),
        "perpCategories" | "perpAnnotation" => json!([]),
        "perpDeployAuctionStatus" => json!({
            "startTimeSeconds": world.start.0 / 1_000, "durationSeconds": 111_600,
            "startGas": "500.0", "currentGas": "500.0", "endGas": null,
        }),
        "spotDeployState" => json!({
            "states": [],
            "gasAuction": {
                "startTimeSeconds": world.start.0 / 1_000, "durationSeconds": 111_600,
                "startGas": "500.0", "currentGas": "500.0", "endGas": null,
            },
        }),
        "delegatorSummary" => json!({
            "delegated": "0.0", "undelegated": "0.0", "totalPendingWithdrawal": "0.0",
            "nPendingWithdrawals": 0,
        }),
        "delegations"
        | "delegatorRewards"
        | "delegatorHistory"
        | "userTwapSliceFills"
        | "twapHistory"
        | "userVaultEquities"
        | "vaultSummaries"
        | "leadingVaults"
        | "validatorSummaries"
        | "gossipRootIps"
        | "liquidatable"
        | "approvedBuilders"
        | "userBorrowLendInterest" => json!([]),
        "userToMultiSigSigners" | "vaultDetails" | "preTransferCheck" => Value::Null,
        "maxBuilderFee" => json!(0),
        "isVip" | "legalCheck" => json!(false),
        "maxMarketOrderNtls" => json!([
            [25, "30000000.0"],
            [20, "5000000.0"],
            [10, "2000000.0"],
            [1, "500000.0"],
        ]),
        "referral" => {
            let volume = super::account_of(world, query.user()?)
                .map_or_else(|| crate::wire::num(0), |user| crate::wire::num(user.volume));
            json!({
                "referredBy": null,
                "cumVlm": volume,
                "unclaimedRewards": "0.0",
                "claimedRewards": "0.0",
                "builderRewards": "0.0",
                "tokenToState": [],
                "referrerState": {"stage": "needToTrade", "data": {"required": "10000.0"}},
                "rewardHistory": [],
            })
        }
        _ => return Err(NoAnswer::Undecodable),
    })
}
