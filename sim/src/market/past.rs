//! Candles from before the beginning. Days are drawn, and each is split into smaller ones when somebody asks: candles of
//! all lengths tell the same story.

use aicoin_domain::{DurationMs, MarketRules, Price, Rate, Size, TimeMs, Usd};
use aicoin_paper::{Listed, SimulatedCandle};

use super::interval::Interval;
use super::tape::Candle;
use crate::random::Random;

/// Days from before the beginning.
pub(super) const DAYS: usize = 5_000;
const MINUTE: DurationMs = DurationMs::from_mins(1);
pub(super) const DAY: DurationMs = DurationMs::from_mins(1_440);
/// Into how many of which length a candle is split, from days down to minutes.
const SPLITS: [(usize, i64); 6] = [(6, 240), (2, 120), (2, 60), (2, 30), (2, 15), (15, 1)];
/// The price is pulled to the usual one over so many days.
const PULL_DAYS: i64 = 120;
/// Trades of others in a minute, about.
const TRADES_PER_MINUTE: u32 = 60;

/// The past of one market.
#[derive(Clone, Debug)]
pub(super) struct Past {
    seed: u64,
    rules: MarketRules,
    /// Whole days, the oldest first.
    days: Vec<Candle>,
    /// The minutes of the day of the beginning, before it.
    today: Vec<Candle>,
}

/// What a past is made of.
pub(super) struct Origin<'a> {
    pub(super) seed: u64,
    pub(super) listed: &'a Listed,
    /// The market's price at the beginning.
    pub(super) price: Price,
    pub(super) start: TimeMs,
    /// What is traded in a day, about.
    pub(super) daily: Usd,
    /// The days that something else tells of, the oldest first; without them they are drawn.
    pub(super) days: Option<Vec<SimulatedCandle>>,
}

impl Past {
    pub(super) fn new(origin: &Origin<'_>) -> Self {
        let midnight = origin.start.day();
        let mut random = Random::new(origin.seed, "volumes");
        let drawn = match &origin.days {
            Some(days) => days.clone(),
            None => draw_days(origin),
        };
        let count = i64::try_from(drawn.len()).unwrap_or(0);
        let first = midnight - DurationMs(DAY.0 * count);
        let days: Vec<Candle> = drawn
            .iter()
            .zip(0_i64..)
            .map(|(day, number)| {
                let usual = origin.daily.size_at(day.close);
                let part = 50 + i64::try_from(random.below(100)).unwrap_or(0);
                Candle {
                    time: first + DurationMs(DAY.0 * number),
                    open: day.open,
                    high: day.high.max(day.open).max(day.close),
                    low: day.low.min(day.open).min(day.close),
                    close: day.close,
                    volume: origin
                        .listed
                        .rules
                        .floor_size(Size::from_units(usual.units() / 100 * part)),
                    trades: TRADES_PER_MINUTE * 1_440,
                }
            })
            .collect();
        let mut past = Self {
            seed: origin.seed,
            rules: origin.listed.rules,
            days,
            today: Vec::new(),
        };
        past.today = past.first_minutes(origin, midnight);
        past
    }

    /// From midnight to the beginning: a day like any other that ends at the beginning's price, cut where it begins.
    fn first_minutes(&self, origin: &Origin<'_>, midnight: TimeMs) -> Vec<Candle> {
        let minutes =
            usize::try_from((origin.start.floor(MINUTE) - midnight).0 / MINUTE.0).unwrap_or(0);
        if minutes == 0 {
            return Vec::new();
        }
        let last = self.days.last();
        let from = last.map_or(origin.price, |day| day.close);
        let range = last.map_or(Price::ZERO, |day| day.high - day.low);
        let half = Price::from_units(range.units() / 4);
        let part = i64::try_from(minutes).unwrap_or(0);
        let whole = Candle {
            time: midnight,
            open: from,
            high: self.rules.nearest_price(from.max(origin.price) + half),
            low: self
                .rules
                .nearest_price(from.min(origin.price) - half)
                .max(self.rules.tick(Price::ZERO)),
            close: origin.price,
            volume: last.map_or(Size::ZERO, |day| {
                self.rules
                    .floor_size(Size::from_units(day.volume.units() / 1_440 * part))
            }),
            trades: TRADES_PER_MINUTE * u32::try_from(minutes).unwrap_or(0),
        };
        self.split(&whole, minutes, MINUTE)
    }

    /// Candles that overlap what comes after `from`, of lengths that make up those of the interval, the oldest first.
    pub(super) fn pieces(&self, interval: Interval, from: TimeMs) -> Vec<Candle> {
        let first = self.days.partition_point(|day| day.time + DAY <= from);
        let mut pieces = Vec::new();
        for day in self.days.get(first..).unwrap_or_default() {
            self.descend(day, &SPLITS, interval, from, &mut pieces);
        }
        let first = self.today.partition_point(|minute| minute.time < from);
        pieces.extend_from_slice(self.today.get(first..).unwrap_or_default());
        pieces
    }

    /// Splits a candle until its parts make up those of the interval; parts that ended before `from` are left out.
    fn descend(
        &self,
        candle: &Candle,
        splits: &[(usize, i64)],
        interval: Interval,
        from: TimeMs,
        pieces: &mut Vec<Candle>,
    ) {
        // The largest length that the interval is a multiple of.
        let fits = |minutes: i64| interval.span.0 % DurationMs::from_mins(minutes).0 == 0;
        let length = candle_length(splits);
        match splits.split_first() {
            Some(((count, minutes), rest)) if !fits(length) => {
                let span = DurationMs::from_mins(*minutes);
                for part in self.split(candle, *count, span) {
                    if part.time + span > from {
                        self.descend(&part, rest, interval, from, pieces);
                    }
                }
            }
            Some(_) | None => pieces.push(*candle),
        }
    }

    /// Splits a candle into parts that begin where the one before ends, and that together are the candle.
    fn split(&self, whole: &Candle, count: usize, span: DurationMs) -> Vec<Candle> {
        let mut random = Random::new(self.seed ^ whole.time.0.unsigned_abs(), "split");
        let parts = u64::try_from(count).unwrap_or(1).max(1);
        let (at_high, at_low) = (random.below(parts), random.below(parts));
        let walk = self.walk(whole, parts, &mut random);
        let mut left = (whole.volume, whole.trades);
        let mut time = whole.time;
        let mut open = whole.open;
        let mut candles = Vec::with_capacity(count);
        for (number, close) in (0..parts).zip(walk) {
            let (top, bottom) = (open.max(close), open.min(close));
            let reach = |random: &mut Random, room: Price| {
                let part = i64::try_from(random.below(40)).unwrap_or(0);
                Price::from_units(room.units() / 100 * part)
            };
            let high = if number == at_high {
                whole.high
            } else {
                self.rules
                    .nearest_price(top + reach(&mut random, whole.high - top))
                    .clamp(top, whole.high)
            };
            let low = if number == at_low {
                whole.low
            } else {
                self.rules
                    .nearest_price(bottom - reach(&mut random, bottom - whole.low))
                    .clamp(whole.low, bottom)
            };
            let rest = parts - number;
            let (volume, trades) = if rest == 1 {
                left
            } else {
                let share = i64::try_from(rest).unwrap_or(1);
                let part = 50 + i64::try_from(random.below(100)).unwrap_or(0);
                let usual = left.0.units() / share;
                let volume = self.rules.floor_size(Size::from_units(usual / 100 * part));
                (
                    volume.min(left.0),
                    left.1 / u32::try_from(rest).unwrap_or(1),
                )
            };
            left = (left.0 - volume, left.1 - trades);
            candles.push(Candle {
                time,
                open,
                high,
                low,
                close,
                volume,
                trades,
            });
            time = time + span;
            open = close;
        }
        candles
    }

    /// Where each part ends: a walk from open to close that stays between low and high.
    fn walk(&self, whole: &Candle, parts: u64, random: &mut Random) -> Vec<Price> {
        let range = (whole.high - whole.low).units();
        let mut steps = Vec::new();
        let mut sum = 0_i64;
        for _ in 0..parts {
            // Two dice: small steps are more frequent.
            let dice = random.below(101) + random.below(101);
            let step = i64::try_from(dice).unwrap_or(100) - 100;
            sum += range / 400 * step;
            steps.push(sum);
        }
        let count = i128::from(parts);
        let way = i128::from((whole.close - whole.open).units()) - i128::from(sum);
        steps
            .iter()
            .zip(1_i128..)
            .map(|(step, number)| {
                if number == count {
                    return whole.close;
                }
                let straight = i64::try_from(way * number / count).unwrap_or(0);
                let units = whole
                    .open
                    .units()
                    .saturating_add(straight)
                    .saturating_add(*step);
                let price = Price::from_units(units.max(1)).clamp(whole.low, whole.high);
                self.rules.nearest_price(price).clamp(whole.low, whole.high)
            })
            .collect()
    }
}

/// How long the candles are that these splits are for, in minutes.
fn candle_length(splits: &[(usize, i64)]) -> i64 {
    splits.first().map_or(1, |(count, minutes)| {
        minutes * i64::try_from(*count).unwrap_or(1)
    })
}

/// Days that end at the beginning's price, drawn backwards: about as wild as the market, and pulled to its usual price.
fn draw_days(origin: &Origin<'_>) -> Vec<SimulatedCandle> {
    let rules = origin.listed.rules;
    let usual = origin.listed.start_price;
    let mut random = Random::new(origin.seed, "days");
    // A day's standard deviation: a year's by the root of 365.
    let daily = i64::from(origin.listed.volatility_percent) * (Rate::ONE_UNITS / 100) * 10 / 191;
    let mut close = origin.price;
    let mut days: Vec<SimulatedCandle> = (0..DAYS)
        .map(|_| {
            let pull = close.distance(usual).units() / PULL_DAYS;
            let pull = if close > usual { -pull } else { pull };
            let change = daily / 100 * dice(&mut random) + pull;
            let smallest = rules.tick(Price::ZERO);
            let open = rules
                .nearest_price(close.scaled(Rate::from_units(change)))
                .max(smallest);
            let mut reach = || {
                let part = dice(&mut random).abs();
                Rate::from_units(daily / 200 * part)
            };
            let day = SimulatedCandle {
                time: TimeMs(0),
                open,
                high: rules.nearest_price(open.max(close).scaled(reach())),
                low: rules
                    .nearest_price(open.min(close).scaled(-reach()))
                    .max(smallest),
                close,
            };
            close = open;
            day
        })
        .collect();
    days.reverse();
    days
}

/// A number around zero whose standard deviation is 100.
fn dice(random: &mut Random) -> i64 {
    // Twelve numbers below one have a variance of one.
    let sum: u64 = (0..12).map(|_| random.below(100)).sum();
    i64::try_from(sum).unwrap_or(594) - 594
}

/// Candles of an interval, made of pieces in rising order; an unfinished one is the last.
pub(super) fn gather(pieces: impl Iterator<Item = Candle>, interval: Interval) -> Vec<Candle> {
    let mut candles: Vec<Candle> = Vec::new();
    for piece in pieces {
        let time = piece.time.floor(interval.span);
        match candles.last_mut() {
            Some(candle) if candle.time == time => candle.add(&piece),
            Some(_) | None => candles.push(Candle { time, ..piece }),
        }
    }
    candles
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: TimeMs = TimeMs(1_795_618_834_532);

    fn past() -> Past {
        let listed = aicoin_paper::find("BTC").unwrap();
        Past::new(&Origin {
            seed: 1,
            listed,
            price: listed.start_price,
            start: START,
            daily: Usd::from_whole(100_000_000),
            days: None,
        })
    }

    #[test]
    fn candles_of_all_lengths_tell_the_same_story() {
        let past = past();
        let listed = aicoin_paper::find("BTC").unwrap();
        let from = (START - DurationMs(DAY.0 * 60)).day();
        let minute = Interval::find("1m").unwrap();
        let minutes = gather(past.pieces(minute, from).into_iter(), minute);
        assert_eq!(minutes[0].time, from);
        for pair in minutes.windows(2) {
            assert_eq!(pair[1].time - pair[0].time, MINUTE);
            assert_eq!(pair[1].open, pair[0].close);
        }
        for candle in &minutes {
            for price in [candle.open, candle.high, candle.low, candle.close] {
                assert!(listed.rules.is_valid_price(price), "{candle:?}");
                assert!(price <= candle.high && price >= candle.low, "{candle:?}");
            }
            assert!(!candle.volume.is_negative());
        }
        for name in [
            "3m", "5m", "15m", "30m", "1h", "2h", "4h", "8h", "12h", "1d", "3d", "1w", "1M",
        ] {
            let interval = Interval::find(name).unwrap();
            let whole = gather(past.pieces(interval, from).into_iter(), interval);
            let made = gather(minutes.iter().copied(), interval);
            assert_eq!(whole, made, "{name}");
        }
    }

    #[test]
    fn days_are_about_as_wild_as_their_market() {
        let past = past();
        assert_eq!(past.days.len(), DAYS);
        let listed = aicoin_paper::find("BTC").unwrap();
        let change = |day: &Candle| day.open.distance(day.close).to_f64();
        let squares: f64 = past.days.iter().map(|day| change(day).powi(2)).sum();
        let days = u32::try_from(DAYS).unwrap();
        let yearly = (squares / f64::from(days) * 365.0).sqrt() * 100.0;
        let usual = f64::from(listed.volatility_percent);
        assert!((usual * 0.8..usual * 1.2).contains(&yearly), "{yearly}");
        for day in &past.days {
            let ratio = day.close.to_f64() / listed.start_price.to_f64();
            assert!((0.2..5.0).contains(&ratio), "{ratio}");
        }
        assert_eq!(past.days.last().unwrap().close, listed.start_price);
    }

    #[test]
    fn what_is_asked_for_late_is_the_same() {
        let past = past();
        let hour = Interval::find("1h").unwrap();
        let from = START.floor(hour.span) - DurationMs(hour.span.0 * 30);
        let early = from - DurationMs(DAY.0 * 9);
        let late = gather(past.pieces(hour, from).into_iter(), hour);
        let all = gather(past.pieces(hour, early).into_iter(), hour);
        assert_eq!(all[all.len() - late.len()..], late);
    }
}
