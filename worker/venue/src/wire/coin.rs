//! Names of coins, and lists of which only some entries are ours.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

/// Whether a name is one of the main exchange's perpetuals: not `@1` (spot), `#1` (outcomes), `PURR/USDC` (spot) or
/// `dex:COIN` (somebody else's exchange).
pub(crate) fn is_perp(coin: &str) -> bool {
    !coin.is_empty() && !coin.starts_with(['@', '#']) && !coin.contains(['/', ':'])
}

#[derive(Deserialize)]
struct CoinOnly<'a> {
    #[serde(borrow)]
    coin: std::borrow::Cow<'a, str>,
}

/// The entries of a list that are about perpetuals. Others are skipped unread, whatever they look like.
///
/// # Errors
/// When an entry about a perpetual cannot be read: a list that lacks one would be a lie.
pub(crate) fn perps<T: DeserializeOwned>(list: &[Box<RawValue>]) -> serde_json::Result<Vec<T>> {
    let mut entries = Vec::with_capacity(list.len());
    for raw in list {
        let CoinOnly { coin } = serde_json::from_str(raw.get())?;
        if is_perp(&coin) {
            entries.push(serde_json::from_str(raw.get())?);
        }
    }
    Ok(entries)
}
