//! Simulated markets: the same seed gives the same market, and it looks like one.

use aicoin_domain::{DurationMs, Price, Rate, TimeMs};
use aicoin_paper::{Quote, SimulatedMarket, find, names};

const START: TimeMs = TimeMs(1_790_000_000_000);

fn quotes(name: &str, seed: u64, count: i64) -> Vec<Quote> {
    let mut market = SimulatedMarket::new(find(name).unwrap(), seed, START);
    (1..=count)
        .map(|second| market.step(TimeMs(START.0 + second * 1_000)))
        .collect()
}

#[test]
fn the_same_seed_gives_the_same_market() {
    assert_eq!(quotes("BTC", 1, 500), quotes("BTC", 1, 500));
    assert_ne!(quotes("BTC", 1, 5), quotes("BTC", 2, 5));
    assert_ne!(quotes("ETH", 1, 5)[4].mark, quotes("BTC", 1, 5)[4].mark);
}

#[test]
fn a_market_that_was_saved_goes_on_alike() {
    let mut market = SimulatedMarket::new(find("SOL").unwrap(), 3, START);
    market.step(TimeMs(START.0 + 777_000));
    let text = serde_json::to_string(&market).unwrap();
    let mut restored: SimulatedMarket = serde_json::from_str(&text).unwrap();
    assert_eq!(restored, market);
    let later = TimeMs(START.0 + 5_000_000);
    assert_eq!(restored.step(later), market.step(later));
    assert!(serde_json::from_str::<SimulatedMarket>(&text.replace("SOL", "LUNA")).is_err());
}

#[test]
fn how_often_it_is_asked_does_not_matter() {
    let mut often = SimulatedMarket::new(find("BTC").unwrap(), 1, START);
    let mut seldom = often.clone();
    for second in 1..=3_600 {
        often.step(TimeMs(START.0 + second * 1_000));
    }
    assert_eq!(seldom.step(TimeMs(START.0 + 3_600_000)), often.quote());
    // Time that stands still or goes backwards changes nothing.
    assert_eq!(seldom.step(START), often.quote());
}

#[test]
fn every_price_is_one_that_the_venue_could_quote() {
    for name in names() {
        let listed = find(name).unwrap();
        for seed in 0..3 {
            for quote in quotes(name, seed, 2_000) {
                let prices = [quote.bid, quote.ask, quote.mark, quote.oracle];
                assert!(
                    prices
                        .iter()
                        .all(|price| listed.rules.is_valid_price(*price)),
                    "{name} {quote:?}"
                );
                assert!(quote.bid < quote.ask, "{name} {quote:?}");
                assert!(
                    listed.rules.is_valid_size(quote.bid_size),
                    "{name} {quote:?}"
                );
                assert!(
                    listed.rules.is_valid_size(quote.ask_size),
                    "{name} {quote:?}"
                );
                // Mark and oracle stay near the book: a trigger that the book passed goes off soon.
                let limit = Rate::from_bps(300);
                assert!(quote.mark.distance(quote.bid) < limit, "{name} {quote:?}");
                assert!(quote.oracle.distance(quote.bid) < limit, "{name} {quote:?}");
            }
        }
    }
}

#[test]
fn a_year_stays_within_bounds_and_is_as_wild_as_it_says() {
    let hour = DurationMs::from_mins(60);
    for name in ["BTC", "kPEPE", "TRX"] {
        let listed = find(name).unwrap();
        let (mut squares, mut count) = (0.0, 0.0);
        for seed in 0..6 {
            let candles = SimulatedMarket::history(listed, seed, START, hour, 5_000);
            assert_eq!(candles.len(), 5_000);
            for pair in candles.windows(2) {
                let change = (pair[1].close.to_f64() / pair[0].close.to_f64()).ln();
                squares += change * change;
                count += 1.0;
                let ratio = pair[1].close.to_f64() / listed.start_price.to_f64();
                assert!((0.05..20.0).contains(&ratio), "{name} {ratio}");
            }
        }
        let yearly = 100.0 * (squares / count * 8_766.0_f64).sqrt();
        let stated = f64::from(listed.volatility_percent);
        assert!(
            yearly > 0.6 * stated && yearly < 1.9 * stated,
            "{name}: {yearly} instead of {stated}"
        );
    }
}

#[test]
fn history_ends_where_the_market_begins() {
    let listed = find("ETH").unwrap();
    let interval = DurationMs::from_mins(3);
    let candles = SimulatedMarket::history(listed, 9, START, interval, 300);
    let market = SimulatedMarket::new(listed, 9, START);
    let last = candles.last().unwrap();
    assert!(last.close.distance(market.quote().mark) < Rate::from_bps(10));
    assert!(last.time.0 + interval.0 <= START.0 && last.time.0 + 2 * interval.0 > START.0);
    for pair in candles.windows(2) {
        assert_eq!(
            (pair[1].time - pair[0].time, pair[1].open),
            (interval, pair[0].close)
        );
    }
    for candle in &candles {
        assert_eq!(candle.time, candle.time.floor(interval));
        assert!(
            candle.low <= candle.open.min(candle.close)
                && candle.high >= candle.open.max(candle.close)
        );
    }
    assert_eq!(
        candles,
        SimulatedMarket::history(listed, 9, START, interval, 300)
    );
    assert_eq!(SimulatedMarket::history(listed, 9, START, interval, 0), []);
    assert_eq!(
        SimulatedMarket::history(listed, 9, START, DurationMs(0), 5),
        []
    );
}

#[test]
fn markets_of_one_seed_move_together_but_not_alike() {
    let change = |name: &str| -> Vec<f64> {
        quotes(name, 5, 20_000)
            .windows(60)
            .step_by(60)
            .map(|minute| (minute[59].mark.to_f64() / minute[0].mark.to_f64()).ln())
            .collect()
    };
    let (one, other) = (change("BTC"), change("ETH"));
    let product = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(x, y)| x * y).sum() };
    let correlation =
        product(&one, &other) / (product(&one, &one) * product(&other, &other)).sqrt();
    assert!((0.2..0.9).contains(&correlation), "{correlation}");
}

#[test]
fn funding_is_small_and_usually_positive() {
    let mut market = SimulatedMarket::new(find("BTC").unwrap(), 1, START);
    let mut positive = 0;
    for hour in 1..=24 {
        market.step(TimeMs(START.0 + hour * 3_600_000));
        let rate = market.funding_rate();
        assert!(rate.abs() < Rate::from_bps(4), "{rate}");
        positive += i32::from(rate.is_positive());
    }
    assert!(positive > 12, "{positive}");
}

#[test]
fn a_long_gap_is_walked_quickly_and_alike() {
    let month = TimeMs(START.0 + 30 * 86_400_000);
    let mut one = SimulatedMarket::new(find("BTC").unwrap(), 1, START);
    let mut other = one.clone();
    assert_eq!(one.step(month), other.step(month));
    assert!(one.quote().mark > Price::ZERO && one.time() == month);
}
