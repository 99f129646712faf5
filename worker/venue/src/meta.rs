//! The venue's list of markets: rules by name, and each market's number on this network.
//!
//! Never: a number from another network, or one that is written down. BTC is 0 on one network and 3 on the other.

use std::collections::HashMap;

use aicoin_domain::{Leverage, MarginTier, MarginTiers, MarketRules, Size};

use crate::wire::coin::is_perp;
use crate::wire::meta::{AssetWire, MarginTierWire, MetaWire};

/// Names that are no further from each other than this are taken for a slip of the hand.
const SIMILAR_MIN: f64 = 0.5;

/// A market as the venue lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    /// The venue's name of the coin.
    pub(crate) name: String,
    /// Its place in the list: its number on this network.
    pub(crate) asset: u32,
    /// Its rules.
    pub(crate) rules: MarketRules,
    /// It is traded no more.
    pub(crate) is_delisted: bool,
}

/// Every market of the venue.
#[derive(Clone, Debug, Default)]
pub(crate) struct Universe {
    by_name: HashMap<String, Listed>,
}

impl Universe {
    /// From the venue's answer. A market whose rules cannot be kept here is left out, and with it nothing else.
    pub(crate) fn of(meta: &MetaWire) -> Self {
        let mut by_name = HashMap::with_capacity(meta.universe.len());
        for (index, asset) in meta.universe.iter().enumerate() {
            let (Ok(number), Some(rules)) = (u32::try_from(index), rules_of(asset, meta)) else {
                tracing::warn!(
                    market = asset.name,
                    "the venue lists a market whose rules are not understood"
                );
                continue;
            };
            let listed = Listed {
                name: asset.name.clone(),
                asset: number,
                rules,
                is_delisted: asset.is_delisted.unwrap_or(false),
            };
            by_name.insert(asset.name.clone(), listed);
        }
        Self { by_name }
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Listed> {
        self.by_name.get(name)
    }

    /// The name that somebody may have meant, of the markets that are traded.
    pub(crate) fn nearest(&self, name: &str) -> Option<&str> {
        let wanted = name.to_lowercase();
        let traded = self.by_name.values().filter(|listed| !listed.is_delisted);
        let scored = traded.map(|listed| {
            let known = listed.name.to_lowercase();
            // `PEPE` is listed as `kPEPE`, and `BTC-USD` or `BTCUSDT` is what others call it.
            let is_part = known == wanted
                || known.strip_prefix('k') == Some(&wanted)
                || wanted.strip_prefix(&known).is_some_and(|rest| {
                    matches!(
                        rest.trim_start_matches(['-', '/', '_']),
                        "usd" | "usdt" | "usdc" | "perp"
                    )
                });
            let score = if is_part {
                2.0
            } else {
                strsim::normalized_damerau_levenshtein(&known, &wanted)
            };
            (score, listed.name.as_str())
        });
        scored
            .filter(|(score, _)| *score >= SIMILAR_MIN)
            .max_by(|one, other| one.0.total_cmp(&other.0).then(other.1.cmp(one.1)))
            .map(|(_, name)| name)
    }

    #[cfg(any(test, feature = "fuzz"))]
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Listed> {
        self.by_name.values()
    }
}

/// `None` when the market cannot be traded by what is known here.
fn rules_of(asset: &AssetWire, meta: &MetaWire) -> Option<MarketRules> {
    let sz_decimals = asset.sz_decimals.0;
    let is_kept = u32::from(sz_decimals) <= Size::DECIMALS.min(6) && is_perp(&asset.name);
    let strict = matches!(
        asset.margin_mode.as_deref(),
        Some("strictIsolated" | "noCross")
    );
    is_kept.then(|| MarketRules {
        sz_decimals,
        tiers: tiers_of(asset, meta),
        only_isolated: asset.only_isolated.unwrap_or(false) || strict,
    })
}

/// The tiers of the market's table. Without a table the market has one tier; table numbers below 50 are one tier of that
/// leverage, and are not listed.
fn tiers_of(asset: &AssetWire, meta: &MetaWire) -> MarginTiers {
    let flat = MarginTiers::flat(Leverage::new(asset.max_leverage.0));
    let Some(id) = asset.margin_table_id else {
        return flat;
    };
    let table = meta
        .margin_tables
        .iter()
        .find(|(number, _)| *number == id)
        .map(|(_, table)| table.margin_tiers.as_slice());
    match table {
        None | Some([]) => flat,
        Some([first, above @ ..]) => MarginTiers::new(first.max_leverage(), above.iter().map(tier))
            // More tiers than are kept: the lowest leverage counts for everything.
            .unwrap_or_else(|| MarginTiers::flat(lowest(first, above))),
    }
}

fn tier(wire: &MarginTierWire) -> MarginTier {
    MarginTier {
        lower_bound: wire.lower_bound(),
        max_leverage: wire.max_leverage(),
    }
}

fn lowest(first: &MarginTierWire, above: &[MarginTierWire]) -> Leverage {
    above
        .iter()
        .map(MarginTierWire::max_leverage)
        .fold(first.max_leverage(), Ord::min)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aicoin_domain::Usd;

    fn universe() -> Universe {
        let meta = r#"{"universe":[
            {"name":"SOL","szDecimals":2,"maxLeverage":20,"marginTableId":20},
            {"name":"OLD","szDecimals":1,"maxLeverage":3,"isDelisted":true},
            {"name":"BTC","szDecimals":5,"maxLeverage":40,"marginTableId":56,"newField":{"a":1}},
            {"name":"kPEPE","szDecimals":0,"maxLeverage":10,"marginTableId":52,"marginMode":"strictIsolated"}
        ],"marginTables":[
            [56,{"description":"tiered 40x","marginTiers":[{"lowerBound":"0.0","maxLeverage":40},{"lowerBound":"150000000.0","maxLeverage":20}]}],
            [52,{"description":"five","marginTiers":[{"lowerBound":"0.0","maxLeverage":10},{"lowerBound":"1","maxLeverage":9},{"lowerBound":"2","maxLeverage":8},{"lowerBound":"3","maxLeverage":7},{"lowerBound":"4","maxLeverage":6}]}]
        ],"collateralToken":0}"#;
        Universe::of(&serde_json::from_str(meta).unwrap())
    }

    #[test]
    fn a_market_has_its_number_rules_and_tiers_from_the_list() {
        let universe = universe();
        let expected = Listed {
            name: "BTC".to_owned(),
            asset: 2,
            rules: MarketRules {
                sz_decimals: 5,
                tiers: MarginTiers::two(
                    Leverage::new(40),
                    Usd::from_whole(150_000_000),
                    Leverage::new(20),
                ),
                only_isolated: false,
            },
            is_delisted: false,
        };
        assert_eq!(universe.find("BTC"), Some(&expected));
        let sol = universe.find("SOL").unwrap();
        assert_eq!(sol.rules.tiers, MarginTiers::flat(Leverage::new(20)));
        assert!(universe.find("OLD").unwrap().is_delisted);
    }

    #[test]
    fn what_is_not_understood_of_margin_counts_at_its_strictest() {
        let universe = universe();
        let pepe = universe.find("kPEPE").unwrap();
        assert!(pepe.rules.only_isolated);
        assert_eq!(pepe.rules.tiers, MarginTiers::flat(Leverage::new(6)));
    }

    #[test]
    fn a_misspelt_name_has_a_nearest_one_among_those_that_are_traded() {
        let universe = universe();
        for (written, meant) in [
            ("btc", Some("BTC")),
            ("BTC-USD", Some("BTC")),
            ("BTCUSDT", Some("BTC")),
            ("PEPE", Some("kPEPE")),
            ("SLO", Some("SOL")),
            ("OLD1", None),
            ("XXXXX", None),
        ] {
            assert_eq!(universe.nearest(written), meant, "{written}");
        }
    }
}
