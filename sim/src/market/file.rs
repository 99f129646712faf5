//! A file of candles as a market: it begins with the first one, and turns around at each end, so that prices never jump.

use std::path::Path;

use aicoin_domain::{DurationMs, Price, TimeMs};
use aicoin_paper::SimulatedCandle;

/// More than ten years of minutes is no file for this.
const CANDLES_MAX: usize = 6_000_000;
/// The past is made of at most so many candles of the file.
const PAST_MAX: i64 = 2_000_000;
/// Through how many points a candle is walked: open, one extreme, the other one, close.
const LEGS: i64 = 3;

/// Candles of one length, one after the other.
#[derive(Clone, Debug)]
pub(crate) struct CandleFile {
    candles: Vec<Prices>,
    step: DurationMs,
    /// When the first one begins, in simulated time.
    start: TimeMs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Prices {
    open: Price,
    high: Price,
    low: Price,
    close: Price,
}

impl CandleFile {
    /// Reads a CSV with a header: `time,open,high,low,close`, in any order, and columns that do not matter.
    ///
    /// # Errors
    /// A sentence that names the file, the line and what is wrong.
    pub(crate) fn read(path: &Path, start: TimeMs) -> Result<Self, String> {
        let name = path.display();
        let unreadable = |error: csv::Error| format!("{name}: {error}.");
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_path(path)
            .map_err(unreadable)?;
        let headers = reader.headers().map_err(unreadable)?.clone();
        let column = |wanted: &str| {
            headers
                .iter()
                .position(|header| header.eq_ignore_ascii_case(wanted))
                .ok_or_else(|| {
                    format!("{name}: the first line has no column `{wanted}`; write time,open,high,low,close.")
                })
        };
        let time = column("time")?;
        let columns = [
            column("open")?,
            column("high")?,
            column("low")?,
            column("close")?,
        ];
        let mut candles = Vec::new();
        let mut times = Vec::new();
        for row in reader.records() {
            let row = row.map_err(unreadable)?;
            let line = row.position().map_or(0, csv::Position::line);
            let wrong = |what: &str| format!("{name}, line {line}: {what}.");
            if candles.len() >= CANDLES_MAX {
                return Err(wrong("too many candles"));
            }
            if times.len() < 2 {
                let text = row.get(time).unwrap_or_default();
                let at: i64 = text
                    .parse()
                    .map_err(|_| wrong("`time` is no number of milliseconds since 1970"))?;
                times.push(at);
            }
            let mut prices = [Price::ZERO; 4];
            for (price, column) in prices.iter_mut().zip(columns) {
                let text = row.get(column).unwrap_or_default();
                *price = Price::parse_rounded(text)
                    .ok()
                    .filter(|price| price.is_positive())
                    .ok_or_else(|| wrong(&format!("{text:?} is no price above zero")))?;
            }
            let [open, high, low, close] = prices;
            candles.push(Prices {
                open,
                high: high.max(open).max(close),
                low: low.min(open).min(close),
                close,
            });
        }
        let step = match times.as_slice() {
            [first, second] if second > first => DurationMs(second - first),
            _ => {
                return Err(format!(
                    "{name}: it takes two candles, the earlier one first."
                ));
            }
        };
        Ok(Self {
            candles,
            step,
            start: start.floor(step),
        })
    }

    /// The price at a time.
    pub(crate) fn price(&self, now: TimeMs) -> Price {
        let since = (now - self.start).0;
        let (candle, is_back) = self.candle(since.div_euclid(self.step.0));
        let within = since.rem_euclid(self.step.0);
        let within = if is_back {
            self.step.0 - 1 - within
        } else {
            within
        };
        // Down first when it ends higher, up first when it ends lower.
        let rises = candle.close >= candle.open;
        let points = if rises {
            [candle.open, candle.low, candle.high, candle.close]
        } else {
            [candle.open, candle.high, candle.low, candle.close]
        };
        let leg = within * LEGS / self.step.0;
        let index = usize::try_from(leg).unwrap_or(0);
        let (Some(from), Some(to)) = (points.get(index), points.get(index + 1)) else {
            return candle.close;
        };
        let done = i128::from(within * LEGS - leg * self.step.0);
        let way = i128::from((*to - *from).units()) * done / i128::from(self.step.0);
        Price::from_units(from.units() + i64::try_from(way).unwrap_or(0))
    }

    /// Finished candles from before the beginning: those of the file, backwards.
    pub(crate) fn past(&self, interval: DurationMs, count: usize) -> Vec<SimulatedCandle> {
        let each = (interval.0 / self.step.0).max(1);
        let count = i64::try_from(count)
            .unwrap_or(i64::MAX)
            .min(PAST_MAX / each);
        let end = self.start.floor(interval);
        (1..=count)
            .rev()
            .filter_map(|back| {
                let time = end - DurationMs(interval.0.saturating_mul(back));
                let first = (time - self.start).0.div_euclid(self.step.0);
                let mut parts = (first..first + each).map(|index| self.forward(index));
                let mut whole = parts.next()?;
                for part in parts {
                    whole.high = whole.high.max(part.high);
                    whole.low = whole.low.min(part.low);
                    whole.close = part.close;
                }
                Some(SimulatedCandle {
                    time,
                    open: whole.open,
                    high: whole.high,
                    low: whole.low,
                    close: whole.close,
                })
            })
            .collect()
    }

    /// The candle that many steps after the start, as time goes.
    fn forward(&self, index: i64) -> Prices {
        let (candle, is_back) = self.candle(index);
        if is_back {
            Prices {
                open: candle.close,
                close: candle.open,
                ..candle
            }
        } else {
            candle
        }
    }

    /// The candle that many steps after the start, and whether it is walked backwards.
    fn candle(&self, index: i64) -> (Prices, bool) {
        let count = i64::try_from(self.candles.len()).unwrap_or(i64::MAX);
        let round = index.rem_euclid(count.saturating_mul(2));
        let is_back = round >= count;
        let place = if is_back {
            2 * count - 1 - round
        } else {
            round
        };
        let found = usize::try_from(place)
            .ok()
            .and_then(|place| self.candles.get(place));
        let nothing = Prices {
            open: Price::ZERO,
            high: Price::ZERO,
            low: Price::ZERO,
            close: Price::ZERO,
        };
        (found.copied().unwrap_or(nothing), is_back)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> CandleFile {
        let candle = |open, high, low, close| Prices {
            open: Price::from_whole(open),
            high: Price::from_whole(high),
            low: Price::from_whole(low),
            close: Price::from_whole(close),
        };
        CandleFile {
            candles: vec![candle(100, 110, 90, 105), candle(105, 106, 80, 85)],
            step: DurationMs(60_000),
            start: TimeMs(0),
        }
    }

    #[test]
    fn prices_go_through_the_candles_and_back_without_a_jump() {
        let file = file();
        let at = |ms| file.price(TimeMs(ms));
        assert_eq!(at(0), Price::from_whole(100));
        assert_eq!(at(20_000), Price::from_whole(90));
        assert_eq!(at(40_000), Price::from_whole(110));
        assert_eq!(at(60_000), Price::from_whole(105));
        let mut last = at(0);
        for ms in (-240_000..480_000).step_by(100) {
            let price = at(ms);
            if ms > -240_000 {
                assert!(
                    (price - last).abs() < Price::from_whole(1),
                    "{ms}: {last} {price}"
                );
            }
            last = price;
        }
    }

    #[test]
    fn the_past_is_the_file_backwards() {
        let past = file().past(DurationMs(60_000), 2);
        let closes: Vec<(i64, Price, Price)> = past
            .iter()
            .map(|candle| (candle.time.0, candle.open, candle.close))
            .collect();
        assert_eq!(
            closes,
            [
                (-120_000, Price::from_whole(85), Price::from_whole(105)),
                (-60_000, Price::from_whole(105), Price::from_whole(100)),
            ]
        );
        let two = file().past(DurationMs(120_000), 1);
        assert_eq!(two[0].low, Price::from_whole(80));
    }
}
