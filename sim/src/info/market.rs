//! What is public about markets.

use aicoin_domain::{DurationMs, MarketId, Price, Side, Size, TimeMs, Usd};
use aicoin_paper::Level;
use serde_json::{Map, Value, json};

use super::{NoAnswer, Query, ROWS_MAX, spot};
use crate::market::{Asset, Candle, Interval, Market, Trade, Trading};
use crate::wire::{self, decimal, num};
use crate::world::World;
use crate::ws::is_valid_depth;

/// Trades that `recentTrades` shows.
const TRADES: usize = 10;
/// Levels that a fast book has.
const FAST_LEVELS: usize = 5;

/// `meta`.
pub(crate) fn meta(world: &World) -> Value {
    let universe: Vec<Value> = world.assets.iter().map(asset_json).collect();
    let tables: Vec<Value> = world
        .assets
        .tables
        .iter()
        .map(|(number, tiers)| {
            let tiers: Vec<Value> = tiers
                .iter()
                .map(|tier| {
                    json!({
                        "lowerBound": num(tier.lower_bound),
                        "maxLeverage": tier.max_leverage.times(),
                    })
                })
                .collect();
            json!([number, {"description": "tiered", "marginTiers": tiers}])
        })
        .collect();
    json!({"universe": universe, "marginTables": tables, "collateralToken": 0})
}

fn asset_json(asset: &Asset) -> Value {
    let mut fields = json!({
        "name": asset.name,
        "szDecimals": asset.rules.sz_decimals,
        "maxLeverage": asset.rules.max_leverage().times(),
        "marginTableId": asset.margin_table,
    });
    if let Value::Object(fields) = &mut fields {
        if asset.rules.only_isolated {
            fields.insert("onlyIsolated".to_owned(), json!(true));
            fields.insert("marginMode".to_owned(), json!("noCross"));
        }
        if let Trading::Delisted(_) = asset.trading {
            fields.insert("isDelisted".to_owned(), json!(true));
        }
    }
    fields
}

/// `metaAndAssetCtxs`.
pub(super) fn meta_and_contexts(world: &mut World) -> Value {
    json!([meta(world), contexts(world)])
}

/// The contexts of all markets, in the order of `meta`.
pub(super) fn contexts(world: &mut World) -> Vec<Value> {
    let names: Vec<&'static str> = world.assets.iter().map(|asset| asset.name).collect();
    names
        .into_iter()
        .map(|name| asset_ctx(world, name).unwrap_or(Value::Null))
        .collect()
}

/// A market's context; `None` when there is none.
pub(crate) fn asset_ctx(world: &mut World, name: &str) -> Option<Value> {
    let market = match world.assets.find(name)?.trading {
        Trading::Listed(market, _) => market,
        Trading::Delisted(last) => {
            return Some(json!({
                "funding": "0.0", "openInterest": "0.0", "prevDayPx": num(last),
                "dayNtlVlm": "0.0", "dayBaseVlm": "0.0", "premium": null, "oraclePx": num(last),
                "markPx": num(last), "midPx": null, "impactPxs": null,
            }));
        }
    };
    let held = held(world, market);
    let now = world.time;
    let market = world.markets.get_mut(market.index())?;
    let day = market.day(now);
    let quote = market.quote;
    Some(json!({
        "funding": num(market.feed.funding_rate()),
        "openInterest": num(market.open_interest() + held),
        "prevDayPx": num(day.price_before),
        "dayNtlVlm": num(day.value),
        "dayBaseVlm": num(day.volume),
        "premium": num(market.premium()),
        "oraclePx": num(quote.oracle),
        "markPx": num(quote.mark),
        "midPx": num(market.middle()),
        "impactPxs": [num(quote.bid), num(quote.ask)],
    }))
}

/// Positions of those who are here.
fn held(world: &World, market: MarketId) -> Size {
    world
        .users
        .iter()
        .map(|user| world.exchange.position_size(user.id, market).abs())
        .sum()
}

/// `allMids`: the last price where there is no book.
pub(crate) fn all_mids(world: &World) -> Value {
    let mut mids = Map::new();
    for asset in world.assets.iter() {
        let price = match asset.trading {
            Trading::Listed(market, _) => market_of(world, market).map(Market::middle),
            Trading::Delisted(last) => Some(last),
        };
        if let Some(price) = price {
            mids.insert(asset.name.to_owned(), num(price));
        }
    }
    for (name, price) in spot::mids() {
        mids.insert(name.to_owned(), json!(price));
    }
    Value::Object(mids)
}

fn market_of(world: &World, market: MarketId) -> Option<&Market> {
    world.markets.get(market.index())
}

/// The market that a question is about.
fn listed(world: &World, query: &Query) -> Result<MarketId, NoAnswer> {
    world
        .assets
        .market(query.coin()?)
        .ok_or(NoAnswer::Nothing(500))
}

/// `l2Book`.
pub(super) fn l2_book(world: &World, query: &Query) -> Result<Value, NoAnswer> {
    if !is_valid_depth(query.n_sig_figs, query.mantissa) {
        return Err(NoAnswer::Nothing(500));
    }
    book(
        world,
        query.coin()?,
        query.n_sig_figs,
        query.mantissa,
        false,
    )
    .ok_or(NoAnswer::Nothing(200))
}

/// A book, summed up to so many significant figures; `None` for a coin that is not there.
pub(crate) fn book(
    world: &World,
    coin: &str,
    figures: Option<u8>,
    mantissa: Option<u8>,
    is_fast: bool,
) -> Option<Value> {
    if spot::find(coin).is_some() {
        return Some(spot::book(coin, world.time));
    }
    let (bids, asks) = match world.assets.find(coin)?.trading {
        Trading::Delisted(_) => (Vec::new(), Vec::new()),
        Trading::Listed(market, _) => {
            let book = world.exchange.book(market).unwrap_or_default();
            (book.bids, book.asks)
        }
    };
    let max = if is_fast { FAST_LEVELS } else { usize::MAX };
    let side = |levels: Vec<Level>, is_up: bool| -> Vec<Value> {
        let levels = match figures {
            Some(figures) => summed(&levels, figures, mantissa.unwrap_or(1), is_up),
            None => levels,
        };
        levels.iter().take(max).map(level_json).collect()
    };
    Some(json!({
        "coin": coin,
        "time": world.time,
        "levels": [side(bids, false), side(asks, true)],
    }))
}

/// Levels rounded away from the middle, and those of the same price added up.
fn summed(levels: &[Level], figures: u8, mantissa: u8, is_up: bool) -> Vec<Level> {
    let mut sums: Vec<Level> = Vec::new();
    for level in levels {
        let units = level.price.units();
        let digits = units.max(1).ilog10() + 1;
        let step = 10_i64
            .saturating_pow(digits.saturating_sub(u32::from(figures)))
            .saturating_mul(i64::from(mantissa));
        let down = units - units.rem_euclid(step);
        let price = if is_up && down != units {
            down.saturating_add(step)
        } else {
            down
        };
        let price = Price::from_units(price);
        match sums.last_mut() {
            Some(last) if last.price == price => {
                last.size += level.size;
                last.count += level.count;
            }
            Some(_) | None => sums.push(Level { price, ..*level }),
        }
    }
    sums
}

fn level_json(level: &Level) -> Value {
    json!({"px": num(level.price), "sz": num(level.size), "n": level.count})
}

/// The best of a book; `None` for a coin that is not there.
pub(crate) fn bbo(world: &World, coin: &str) -> Option<Value> {
    let (bid, ask) = match world.assets.market(coin) {
        Some(market) => {
            let book = world.exchange.book(market).unwrap_or_default();
            (
                book.bids.first().map(level_json),
                book.asks.first().map(level_json),
            )
        }
        None => (None, None),
    };
    let time = world.assets.market(coin).map_or(world.start, |market| {
        market_of(world, market).map_or(world.start, |market| {
            market
                .tape
                .latest(1)
                .next()
                .map_or(world.start, |trade| trade.time)
        })
    });
    Some(json!({"coin": coin, "time": time, "bbo": [bid, ask]}))
}

/// `candleSnapshot`.
pub(super) fn candles(world: &mut World, query: &Query) -> Result<Value, NoAnswer> {
    let req = query.req.as_ref().ok_or(NoAnswer::Undecodable)?;
    let interval = Interval::find(&req.interval).ok_or(NoAnswer::Undecodable)?;
    if spot::find(&req.coin).is_some() {
        return Ok(json!([]));
    }
    let market = world
        .assets
        .market(&req.coin)
        .ok_or(NoAnswer::Nothing(500))?;
    let to = TimeMs(req.end_time.unwrap_or(i64::MAX)).min(world.time);
    let name = world.assets.name(market);
    let Some(market) = world.markets.get_mut(market.index()) else {
        return Err(NoAnswer::Nothing(500));
    };
    // Before 1970 there is nothing.
    let from = TimeMs(req.start_time.max(0));
    let candles = market.candles(interval, from, to);
    Ok(candles
        .iter()
        .map(|candle| candle_json(name, interval, candle))
        .collect())
}

/// A candle.
pub(crate) fn candle_json(coin: &str, interval: Interval, candle: &Candle) -> Value {
    json!({
        "t": candle.time,
        "T": candle.time + interval.span - DurationMs(1),
        "s": coin,
        "i": interval.name,
        "o": num(candle.open),
        "c": num(candle.close),
        "h": num(candle.high),
        "l": num(candle.low),
        "v": num(candle.volume),
        "n": candle.trades,
    })
}

/// `recentTrades`.
pub(super) fn recent_trades(world: &World, query: &Query) -> Result<Value, NoAnswer> {
    let coin = query.coin()?;
    if spot::find(coin).is_some() {
        return Ok(json!([]));
    }
    let market = listed(world, query)?;
    let trades = market_of(world, market).map(|market| {
        let latest = market.tape.latest(TRADES);
        latest.map(|trade| trade_json(coin, trade)).collect()
    });
    trades.ok_or(NoAnswer::Nothing(500))
}

/// A trade.
pub(crate) fn trade_json(coin: &str, trade: &Trade) -> Value {
    let other = |number: u64| {
        let hash = wire::hash(trade.trade ^ number);
        hash.get(..42).unwrap_or_default().to_owned()
    };
    let (mut users, mut hash) = ([other(1), other(2)], wire::hash(trade.trade));
    if let Some(party) = &trade.party {
        let [buyer, seller] = &mut users;
        let own = match party.side {
            Side::Buy => buyer,
            Side::Sell => seller,
        };
        *own = party.user.to_string();
        hash = wire::hash(party.order.0);
    }
    json!({
        "coin": coin,
        "side": wire::side(trade.side),
        "px": num(trade.price),
        "sz": num(trade.size),
        "time": trade.time,
        "hash": hash,
        "tid": trade.trade,
        "users": users,
    })
}

/// `fundingHistory`.
pub(super) fn funding_history(world: &World, query: &Query) -> Result<Value, NoAnswer> {
    let range = query.range()?;
    let coin = query.coin()?;
    let market = listed(world, query)?;
    let rows = market_of(world, market).map(|market| {
        let hours = market.funding.iter().filter(|hour| range.has(hour.time));
        hours
            .take(ROWS_MAX)
            .map(|hour| {
                json!({
                    "coin": coin, "fundingRate": num(hour.rate),
                    "premium": num(hour.premium), "time": hour.time,
                })
            })
            .collect()
    });
    rows.ok_or(NoAnswer::Nothing(500))
}

/// `predictedFundings`.
pub(super) fn predicted_fundings(world: &World) -> Value {
    let hour = DurationMs::from_mins(60);
    let next = world.time.floor(hour) + hour;
    world
        .markets
        .iter()
        .map(|market| {
            let rate = json!({
                "fundingRate": num(market.feed.funding_rate()),
                "nextFundingTime": next,
                "fundingIntervalHours": 1,
            });
            json!([market.name, [["HlPerp", rate]]])
        })
        .collect()
}

/// `marginTable`.
pub(super) fn margin_table(world: &World, query: &Query) -> Result<Value, NoAnswer> {
    let id = query.id.ok_or(NoAnswer::Undecodable)?;
    let tables = &world.assets.tables;
    let tiers: Vec<Value> = match tables.iter().find(|(number, _)| *number == id) {
        Some((_, tiers)) => tiers
            .iter()
            .map(|tier| {
                json!({
                    "lowerBound": num(tier.lower_bound),
                    "maxLeverage": tier.max_leverage.times(),
                })
            })
            .collect(),
        None if (1..50).contains(&id) => {
            vec![json!({"lowerBound": decimal(Usd::ZERO), "maxLeverage": id})]
        }
        None => return Err(NoAnswer::Nothing(500)),
    };
    Ok(json!({"description": "", "marginTiers": tiers}))
}

/// `exchangeStatus`.
pub(super) fn exchange_status(world: &World) -> Value {
    json!({"time": world.time, "specialStatuses": null})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_summed_up_away_from_the_middle() {
        let level = |price: &str, size: i64| Level {
            price: price.parse().unwrap(),
            size: Size::from_whole(size),
            count: 1,
        };
        let asks = [level("94251", 1), level("94259", 2), level("94261", 4)];
        let sums: Vec<(String, Size, u32)> = summed(&asks, 4, 1, true)
            .iter()
            .map(|level| (level.price.to_string(), level.size, level.count))
            .collect();
        assert_eq!(
            sums,
            [
                ("94260".to_owned(), Size::from_whole(3), 2),
                ("94270".to_owned(), Size::from_whole(4), 1),
            ]
        );
        let bids = [level("94259", 1), level("94251", 2)];
        assert_eq!(summed(&bids, 3, 1, false)[0].price.to_string(), "94200");
        assert_eq!(summed(&bids, 5, 5, false)[0].price.to_string(), "94255");
    }
}
