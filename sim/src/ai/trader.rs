//! The deterministic trader behind the endpoint: the same view and seed make the same reply. Pure.
//!
//! It is no strategy. It opens with a valid stop, holds, takes stops along, takes half off and closes, often enough that a
//! day of it goes through everything that a bot does, and it keeps what the prompt asks of it, so that nothing that the bot
//! refuses is this trader's fault.

use core::cmp::Ordering;

use aicoin_domain::{Price, Rate};
use serde_json::{Value, json};

use super::chance::mix;
use super::view::{Market, Position, View};

/// How many closes make the average that a price is compared with.
const AVERAGE_OF: usize = 10;
/// A stop is at least so far away, hundredths of a percent: beyond the costs of a trade.
const STOP_BPS_MIN: i64 = 60;
/// And at most so far.
const STOP_BPS_MAX: i64 = 300;
/// Profit is taken so many times as far away as the stop, in tenths.
const TAKE_TENTHS: i64 = 25;
/// After so many candles a position may be given up without a reason.
const LONG_HELD: i64 = 6;
/// How long a decision is good, seconds: the time of a simulation may run fast while a model thinks.
const TTL_S: u32 = 600;

/// The reply to a view.
pub(crate) fn reply(seed: u64, view: &View) -> Value {
    let decisions: Vec<Value> = view
        .markets
        .iter()
        .take(20)
        .map(|market| decision(seed, view, market))
        .collect();
    json!({"schema": 1, "view_id": view.id, "decisions": decisions})
}

fn decision(seed: u64, view: &View, market: &Market) -> Value {
    let whim = mix(seed, &[&view.id.to_le_bytes(), market.symbol.as_bytes()]);
    match &market.position {
        Some(held) => tend(market, held, whim),
        None => open(view, market, whim),
    }
}

fn open(view: &View, market: &Market, whim: u64) -> Value {
    let Some(is_up) = trend(market) else {
        return hold(market, "There are too few candles to see a trend.");
    };
    if !market.may_open {
        return hold(market, "Nothing may be opened here.");
    }
    if whim.is_multiple_of(4) {
        return hold(market, "No clear edge.");
    }
    let distance = stop_distance(market);
    let stop = away(market, -distance, is_up);
    if !stop.is_positive() || stop == market.mark {
        return hold(market, "The price step is too wide for a stop.");
    }
    let confidence = u64::from(view.confidence_min.clamp(55, 90)).saturating_add(whim % 10);
    let mut wish = json!({
        "symbol": market.symbol,
        "action": if is_up { "open_long" } else { "open_short" },
        "confidence": confidence,
        "risk_bps": view.risk_bps_max.div_ceil(2).max(1),
        "leverage": view.leverage_max.min(market.leverage_max).max(1),
        "stop_px": stop.to_string(),
        "max_slippage_bps": 100,
        "ttl_s": TTL_S,
        "reason": if is_up { "The price is above its average." } else { "The price is below its average." },
    });
    if whim % 2 == 1 {
        let take = away(market, distance.saturating_mul(TAKE_TENTHS) / 10, is_up);
        put(&mut wish, "take_px", &take);
    }
    wish
}

fn tend(market: &Market, held: &Position, whim: u64) -> Value {
    let candles = held.age_s / market.interval_s();
    let is_against = trend(market).is_some_and(|is_up| is_up != held.is_long);
    if is_against && candles >= 2 {
        return act(market, "close", "The price crossed its average.");
    }
    if candles >= LONG_HELD && whim.is_multiple_of(3) {
        return act(market, "close", "It was held for long enough.");
    }
    if candles >= 3 && whim % 8 == 1 {
        return act(market, "reduce", "Half of the profit is enough.");
    }
    let nearer = away(market, -stop_distance(market), held.is_long);
    let is_nearer = held.stop.is_some_and(|stop| {
        if held.is_long {
            nearer > stop
        } else {
            nearer < stop
        }
    });
    if is_nearer && nearer.is_positive() && candles >= 1 {
        let mut wish = act(market, "adjust_stop", "The stop goes along with the price.");
        put(&mut wish, "stop_px", &nearer);
        let ahead = held
            .take
            .filter(|take| (*take > market.mark) == held.is_long);
        if let Some(take) = ahead {
            put(&mut wish, "take_px", &take);
        }
        return wish;
    }
    hold(market, "The reason of the position stands.")
}

fn hold(market: &Market, reason: &str) -> Value {
    json!({"symbol": market.symbol, "action": "hold", "confidence": 50, "reason": reason})
}

fn act(market: &Market, action: &str, reason: &str) -> Value {
    json!({
        "symbol": market.symbol, "action": action, "confidence": 60, "max_slippage_bps": 100, "ttl_s": TTL_S, "reason": reason,
    })
}

fn put(wish: &mut Value, name: &str, price: &Price) {
    if let Some(fields) = wish.as_object_mut() {
        fields.insert(name.to_owned(), price.to_string().into());
    }
}

/// Whether the last close is above the average of the last ones; `None` when there is nothing to say.
fn trend(market: &Market) -> Option<bool> {
    let skipped = market.candles.len().saturating_sub(AVERAGE_OF);
    let closes: Vec<i128> = market
        .candles
        .iter()
        .skip(skipped)
        .map(|candle| i128::from(candle.close.units()))
        .collect();
    let last = *closes.last()?;
    let sum: i128 = closes.iter().sum();
    let times = i128::try_from(closes.len()).ok()?;
    // The last against the average, without a division. One candle is its own average.
    match last.saturating_mul(times).cmp(&sum) {
        Ordering::Equal => None,
        Ordering::Greater => Some(true),
        Ordering::Less => Some(false),
    }
}

/// One and a half times the usual range of a candle, within limits; hundredths of a percent of the mark price.
fn stop_distance(market: &Market) -> i64 {
    let range = market.atr.unwrap_or_else(|| {
        let last = market.candles.last();
        last.map_or(Price::ZERO, |candle| candle.high - candle.low)
    });
    let of_mark = market.mark.distance(market.mark + range.abs());
    let bps = of_mark.units().saturating_mul(3) / 2 / Rate::from_bps(1).units();
    bps.clamp(STOP_BPS_MIN, STOP_BPS_MAX)
}

/// The mark price moved by so much in a position's favour (negative: against it), on a valid step, never nearer.
fn away(market: &Market, bps: i64, is_long: bool) -> Price {
    let signed = if is_long { bps } else { bps.saturating_neg() };
    let exact = market.mark.scaled(Rate::from_bps(signed)).units();
    let tick = market.tick.units().max(1);
    let rest = exact.rem_euclid(tick);
    let below = exact.saturating_sub(rest);
    if signed < 0 || rest == 0 {
        Price::from_units(below)
    } else {
        Price::from_units(below.saturating_add(tick))
    }
}

#[cfg(test)]
mod tests {
    use super::super::view::Candle;
    use super::*;

    fn p(text: &str) -> Price {
        text.parse().unwrap()
    }

    /// Ten candles of a minute that go up by 10 each.
    fn rising() -> Market {
        Market {
            symbol: "BTC".into(),
            tick: p("1"),
            leverage_max: 40,
            mark: p("50095"),
            may_open: true,
            position: None,
            atr: Some(p("100")),
            candles: (0..10)
                .map(|nth: i64| Candle {
                    since_s: 600 - 60 * nth,
                    high: Price::from_whole(50_010 + 10 * nth),
                    low: Price::from_whole(49_990 + 10 * nth),
                    close: Price::from_whole(50_000 + 10 * nth),
                })
                .collect(),
        }
    }

    fn falling() -> Market {
        let mut market = rising();
        market.candles.reverse();
        for (nth, candle) in market.candles.iter_mut().enumerate() {
            candle.since_s = 600 - 60 * i64::try_from(nth).unwrap();
        }
        market
    }

    fn view(id: u64, market: Market) -> View {
        View {
            id,
            risk_bps_max: 50,
            leverage_max: 3,
            confidence_min: 60,
            markets: vec![market],
        }
    }

    fn held(is_long: bool, age_s: i64, stop: &str) -> Option<Position> {
        Some(Position {
            is_long,
            stop: Some(p(stop)),
            take: Some(if is_long { p("52000") } else { p("48000") }),
            age_s,
        })
    }

    /// What is decided for the one market, for many views.
    fn decisions(market: &Market) -> Vec<Value> {
        (0..200)
            .map(|id| reply(3, &view(id, market.clone()))["decisions"][0].clone())
            .collect()
    }

    fn actions(market: &Market) -> Vec<String> {
        let mut actions: Vec<String> = decisions(market)
            .iter()
            .map(|wish| wish["action"].as_str().unwrap().to_owned())
            .collect();
        actions.sort();
        actions.dedup();
        actions
    }

    #[test]
    fn it_opens_with_the_trend_and_sometimes_not() {
        assert_eq!(actions(&rising()), ["hold", "open_long"]);
        assert_eq!(actions(&falling()), ["hold", "open_short"]);
    }

    #[test]
    fn what_it_opens_keeps_what_the_prompt_asks() {
        let number = |wish: &Value, name: &str| p(wish[name].as_str().unwrap());
        for (market, sign) in [(rising(), 1), (falling(), -1)] {
            let opened: Vec<Value> = decisions(&market)
                .into_iter()
                .filter(|wish| wish["action"] != "hold")
                .collect();
            assert!(opened.len() > 100 && opened.iter().any(|wish| wish["take_px"].is_string()));
            for wish in opened {
                let risk = (market.mark - number(&wish, "stop_px")).units() * sign;
                let least = market.mark.units() / 10_000 * STOP_BPS_MIN;
                assert!(risk >= least, "{wish}");
                if wish["take_px"].is_string() {
                    let reward = (number(&wish, "take_px") - market.mark).units() * sign;
                    assert!(reward > risk * 3 / 2, "{wish}");
                }
                let confidence = wish["confidence"].as_u64().unwrap();
                assert!((60..=100).contains(&confidence), "{wish}");
                assert_eq!(
                    (&wish["risk_bps"], &wish["leverage"]),
                    (&json!(25), &json!(3))
                );
            }
        }
    }

    #[test]
    fn it_opens_nothing_where_it_may_not_or_sees_nothing() {
        let closed = Market {
            may_open: false,
            ..rising()
        };
        let mut flat = rising();
        flat.candles.truncate(1);
        for market in [closed, flat] {
            assert_eq!(actions(&market), ["hold"]);
        }
    }

    #[test]
    fn it_tends_a_position_to_its_end() {
        let with = |market: Market, position| Market { position, ..market };
        // Young, and its stop is near: it is left alone.
        let young = with(rising(), held(true, 30, "49794"));
        assert_eq!(actions(&young), ["hold"]);
        // The price went its way: the stop goes along, and the take-profit stays.
        let follows = with(rising(), held(true, 90, "49000"));
        let expected = json!({
            "symbol": "BTC", "action": "adjust_stop", "confidence": 60, "max_slippage_bps": 100, "ttl_s": 600,
            "reason": "The stop goes along with the price.", "stop_px": "49794", "take_px": "52000",
        });
        assert!(
            decisions(&follows).iter().all(|wish| *wish == expected),
            "{:?}",
            decisions(&follows)
        );
        let old = with(rising(), held(true, 1000, "49794"));
        assert_eq!(actions(&old), ["close", "hold", "reduce"]);
        // The trend turned.
        for (market, is_long) in [(rising(), false), (falling(), true)] {
            let stop = if is_long { "49000" } else { "51000" };
            assert_eq!(actions(&with(market, held(is_long, 180, stop))), ["close"]);
        }
    }

    #[test]
    fn the_seed_decides() {
        let of =
            |seed| -> Vec<Value> { (0..50).map(|id| reply(seed, &view(id, rising()))).collect() };
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }
}
