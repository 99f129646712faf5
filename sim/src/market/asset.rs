//! The list of markets as `meta` shows it: each network has its own order, and markets that are gone keep their places.

use aicoin_domain::{Leverage, MarginTiers, MarketId, MarketRules, Price, Rate, Usd};
use aicoin_hyperliquid::Network;
use aicoin_paper::Listed;

/// Spot pairs have places from here on.
pub(crate) const SPOT_FROM: u32 = 10_000;
/// Margin tables from this number on have several tiers; below, the number is the leverage.
const TABLES_FROM: u32 = 50;

/// Markets beyond those that the exchange model lists: one that takes isolated margin only, and two that examples of others
/// name.
static OTHERS: [Listed; 3] = [
    other("PURR", 0, 3, true, 151_200),
    other("OP", 1, 20, false, 1_905_000),
    other("ATOM", 2, 10, false, 4_310_000),
];

/// The start price is a count of 10^-6 USD.
const fn other(
    name: &'static str,
    sz_decimals: u8,
    leverage: u32,
    only_isolated: bool,
    start_micros: i64,
) -> Listed {
    Listed {
        name,
        rules: MarketRules {
            sz_decimals,
            tiers: MarginTiers::flat(Leverage::new(leverage)),
            only_isolated,
        },
        start_price: Price::from_units(start_micros * 10_000),
        volatility_percent: 105,
        spread: Rate::from_bps(3),
        depth: Usd::from_whole(15_000),
    }
}

/// The market of that name, wherever it is listed.
fn find(name: &str) -> Option<&'static Listed> {
    aicoin_paper::find(name).or_else(|| OTHERS.iter().find(|listed| listed.name == name))
}

/// What stands at the first places of `meta`. The rest follows in the order of the listing.
const MAINNET: [&str; 7] = ["BTC", "ETH", "MATIC", "FTM", "DOGE", "SOL", "AVAX"];
const TESTNET: [&str; 5] = ["SOL", "APT", "XRP", "BTC", "ETH"];
/// Markets that are gone: decimals of the size, leverage, and the last price in cents.
const DELISTED: [(&str, u8, u32, i64); 3] = [
    ("MATIC", 1, 20, 38),
    ("FTM", 0, 10, 70),
    ("APT", 2, 10, 240),
];

/// One place in `meta`.
#[derive(Clone, Debug)]
pub(crate) struct Asset {
    pub(crate) name: &'static str,
    pub(crate) rules: MarketRules,
    pub(crate) margin_table: u32,
    pub(crate) trading: Trading,
}

/// Whether there is trading.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trading {
    /// There is: the market in the exchange, and what it is like.
    Listed(MarketId, &'static Listed),
    /// It is over; this was the last price.
    Delisted(Price),
}

/// All places in `meta`.
#[derive(Clone, Debug)]
pub(crate) struct Assets {
    all: Vec<Asset>,
    /// The place of each market of the exchange.
    places: Vec<usize>,
    /// Tables with several tiers, by their number.
    pub(crate) tables: Vec<(u32, MarginTiers)>,
}

impl Assets {
    pub(crate) fn of(network: Network) -> Self {
        let first: &[&'static str] = match network {
            Network::Mainnet => &MAINNET,
            Network::Testnet => &TESTNET,
        };
        let others = aicoin_paper::names()
            .chain(OTHERS.iter().map(|listed| listed.name))
            .chain(DELISTED.map(|(name, ..)| name));
        let names = first
            .iter()
            .copied()
            .chain(others.filter(|name| !first.contains(name)));
        let mut assets = Self {
            all: Vec::new(),
            places: Vec::new(),
            tables: Vec::new(),
        };
        for name in names {
            assets.add(name);
        }
        assets
    }

    fn add(&mut self, name: &'static str) {
        let (rules, trading) = if let Some(listed) = find(name) {
            let Ok(market) = u16::try_from(self.places.len()) else {
                return;
            };
            self.places.push(self.all.len());
            (listed.rules, Trading::Listed(MarketId(market), listed))
        } else if let Some((_, sz_decimals, leverage, cents)) =
            DELISTED.into_iter().find(|(gone, ..)| *gone == name)
        {
            let rules = MarketRules {
                sz_decimals,
                tiers: MarginTiers::flat(Leverage::new(leverage)),
                only_isolated: false,
            };
            let last = Price::from_units(cents * (Price::ONE_UNITS / 100));
            (rules, Trading::Delisted(last))
        } else {
            return;
        };
        let margin_table = self.table(rules.tiers);
        self.all.push(Asset {
            name,
            rules,
            margin_table,
            trading,
        });
    }

    fn table(&mut self, tiers: MarginTiers) -> u32 {
        if tiers.iter().count() == 1 {
            return tiers.max_leverage_at(Usd::ZERO).times();
        }
        if let Some((number, _)) = self.tables.iter().find(|(_, known)| *known == tiers) {
            return *number;
        }
        let number = TABLES_FROM + u32::try_from(self.tables.len()).unwrap_or(0);
        self.tables.push((number, tiers));
        number
    }

    /// In the order of `meta`.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &Asset> {
        self.all.iter()
    }

    pub(crate) fn get(&self, place: u32) -> Option<&Asset> {
        self.all.get(usize::try_from(place).ok()?)
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Asset> {
        self.all.iter().find(|asset| asset.name == name)
    }

    /// Those with trading, in the order of the exchange's markets.
    pub(crate) fn traded(&self) -> impl Iterator<Item = (MarketId, &'static Listed)> {
        self.all.iter().filter_map(|asset| match asset.trading {
            Trading::Listed(market, listed) => Some((market, listed)),
            Trading::Delisted(_) => None,
        })
    }

    /// The name of a market of the exchange.
    pub(crate) fn name(&self, market: MarketId) -> &'static str {
        self.asset(market).map_or("", |asset| asset.name)
    }

    /// The asset of a market of the exchange.
    pub(crate) fn asset(&self, market: MarketId) -> Option<&Asset> {
        self.all.get(*self.places.get(market.index())?)
    }

    /// The market in the exchange; `None` when there is no trading in it.
    pub(crate) fn market(&self, name: &str) -> Option<MarketId> {
        match self.find(name)?.trading {
            Trading::Listed(market, _) => Some(market),
            Trading::Delisted(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(assets: &Assets, name: &str) -> Option<usize> {
        assets.iter().position(|asset| asset.name == name)
    }

    #[test]
    fn the_networks_have_the_same_markets_at_different_places() {
        let (main, test) = (Assets::of(Network::Mainnet), Assets::of(Network::Testnet));
        assert_eq!(
            (place(&main, "BTC"), place(&main, "ETH")),
            (Some(0), Some(1))
        );
        assert_eq!(
            (place(&test, "BTC"), place(&test, "ETH")),
            (Some(3), Some(4))
        );
        for name in aicoin_paper::names().chain(["PURR", "OP", "MATIC", "FTM", "APT"]) {
            for assets in [&main, &test] {
                assert!(assets.find(name).is_some(), "{name}");
            }
        }
        assert_eq!(main.iter().len(), 22);
        assert_eq!(test.iter().len(), 22);
        assert_eq!(main.market("MATIC"), None);
        let market = test.market("BTC").unwrap();
        assert_eq!(test.name(market), "BTC");
    }

    #[test]
    fn one_tier_is_the_table_of_its_leverage() {
        let assets = Assets::of(Network::Mainnet);
        assert_eq!(assets.find("PURR").unwrap().margin_table, 3);
        let table = assets.find("BTC").unwrap().margin_table;
        assert!(table >= TABLES_FROM);
        assert!(assets.tables.iter().any(|(number, _)| *number == table));
    }
}
