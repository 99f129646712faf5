//! Spot markets: clients read their list when they begin, so there is one. Nothing trades in them here.

use aicoin_domain::TimeMs;
use serde_json::{Value, json};

/// The pairs: name, price, and the token's number.
const PAIRS: [(&str, &str, u32); 2] = [("PURR/USDC", "0.15121", 1), ("@1", "11.35", 2)];

/// The pair of that name.
pub(crate) fn find(name: &str) -> Option<&'static str> {
    PAIRS
        .iter()
        .find(|(known, ..)| *known == name)
        .map(|(known, ..)| *known)
}

/// What `allMids` has of them.
pub(crate) fn mids() -> impl Iterator<Item = (&'static str, &'static str)> {
    PAIRS
        .iter()
        .map(|(name, price, _)| (*name, *price))
        .chain([("#10", "0.485")])
}

/// The price of a pair.
pub(crate) fn price(name: &str) -> Option<&'static str> {
    mids()
        .find(|(known, _)| *known == name)
        .map(|(_, price)| price)
}

/// `spotMeta`.
pub(crate) fn meta() -> Value {
    let token = |name: &str, index: u32, sz_decimals: u32, wei_decimals: u32, id: &str| {
        json!({
            "name": name, "szDecimals": sz_decimals, "weiDecimals": wei_decimals, "index": index,
            "tokenId": id, "isCanonical": index < 2, "evmContract": null, "fullName": null,
            "deployerTradingFeeShare": "0.0",
        })
    };
    json!({
        "universe": [
            {"name": "PURR/USDC", "tokens": [1, 0], "index": 0, "isCanonical": true},
            {"name": "@1", "tokens": [2, 0], "index": 1, "isCanonical": false},
        ],
        "tokens": [
            token("USDC", 0, 8, 8, "0x6d1e7cde53ba9467b783cb7c530ce054"),
            token("PURR", 1, 0, 5, "0xc1fb593aeffbeb02f85e0308e9956a90"),
            token("HFUN", 2, 2, 8, "0xbaf265ef389da684513d98d68edf4eae"),
        ],
    })
}

/// A pair's context.
pub(crate) fn context(name: &str) -> Option<Value> {
    let price = price(name)?;
    Some(json!({
        "coin": name, "prevDayPx": price, "dayNtlVlm": "0.0", "dayBaseVlm": "0.0", "markPx": price,
        "midPx": price, "circulatingSupply": "1000000.0", "totalSupply": "1000000.0",
    }))
}

/// `spotMetaAndAssetCtxs`.
pub(crate) fn meta_and_contexts() -> Value {
    let contexts: Vec<Value> = PAIRS
        .iter()
        .filter_map(|(name, ..)| context(name))
        .collect();
    json!([meta(), contexts])
}

/// An empty book.
pub(crate) fn book(name: &str, time: TimeMs) -> Value {
    json!({"coin": name, "time": time, "levels": [[], []]})
}
