//! Indicators of closed candles, for a model to read. Pure.
//!
//! Floats are allowed here because nothing of this ever becomes a price, a size or an amount: it is text in a prompt.
//! Too few candles make a feature absent, never zero.

use aicoin_core::Candle;

/// The indicators of one market. `None`: there are too few candles for it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Features {
    /// Exponential average of 20 closes; alpha 2/21, begins at the first close.
    pub ema20: Option<f64>,
    /// Relative strength over 7 candles, 0 to 100, smoothed as Wilder does.
    pub rsi7: Option<f64>,
    /// The same over 14 candles.
    pub rsi14: Option<f64>,
    /// Moving average convergence and divergence, 12/26/9.
    pub macd: Option<Macd>,
    /// Average true range of 14 candles, smoothed as Wilder does.
    pub atr14: Option<f64>,
}

/// Moving average convergence and divergence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Macd {
    /// EMA12 less EMA26.
    pub line: f64,
    /// EMA9 of the line.
    pub signal: f64,
    /// The line less the signal.
    pub histogram: f64,
}

/// The indicators of these candles, oldest first.
#[must_use]
pub fn features(candles: &[Candle]) -> Features {
    let closes: Vec<f64> = candles.iter().map(|candle| candle.close.to_f64()).collect();
    Features {
        ema20: ema(&closes, 20).last().copied(),
        rsi7: rsi(&closes, 7),
        rsi14: rsi(&closes, 14),
        macd: macd(&closes),
        atr14: atr(candles, 14),
    }
}

/// The exponential average at every value, or nothing where there are fewer values than its length.
fn ema(values: &[f64], length: u32) -> Vec<f64> {
    if values.len() < length as usize {
        return Vec::new();
    }
    let alpha = 2.0 / (f64::from(length) + 1.0);
    let mut average: Option<f64> = None;
    let step = |value: &f64| {
        let next = average.map_or(*value, |last| last + alpha * (value - last));
        average = Some(next);
        next
    };
    values.iter().map(step).collect()
}

fn macd(closes: &[f64]) -> Option<Macd> {
    let (fast, slow) = (ema(closes, 12), ema(closes, 26));
    let lines: Vec<f64> = fast
        .iter()
        .zip(&slow)
        .map(|(fast, slow)| fast - slow)
        .collect();
    // The signal is one only when nine lines rest on a whole slow average each.
    let signals = ema(lines.get(25..)?, 9);
    let (line, signal) = (*lines.last()?, *signals.last()?);
    Some(Macd {
        line,
        signal,
        histogram: line - signal,
    })
}

fn rsi(closes: &[f64], length: u32) -> Option<f64> {
    let changes = || {
        closes
            .windows(2)
            .filter_map(|pair| Some(pair.last()? - pair.first()?))
    };
    let gain = wilder(changes().map(|change| change.max(0.0)), length)?;
    let loss = wilder(changes().map(|change| (-change).max(0.0)), length)?;
    // A market that did not move at all is neither strong nor weak.
    Some(if gain + loss == 0.0 {
        50.0
    } else {
        100.0 * gain / (gain + loss)
    })
}

fn atr(candles: &[Candle], length: u32) -> Option<f64> {
    let ranges = candles.windows(2).filter_map(|pair| {
        let before = pair.first()?.close.to_f64();
        let candle = pair.last()?;
        Some(candle.high.to_f64().max(before) - candle.low.to_f64().min(before))
    });
    wilder(ranges, length)
}

/// Wilder's average: the mean of the first values, then each new one with the weight 1/length.
fn wilder(values: impl Iterator<Item = f64>, length: u32) -> Option<f64> {
    let weight = f64::from(length);
    let (mut count, mut average) = (0_u32, 0.0);
    for value in values {
        count = count.saturating_add(1);
        average += if count <= length {
            value / weight
        } else {
            (value - average) / weight
        };
    }
    (count >= length).then_some(average)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aicoin_domain::{Price, TimeMs};

    fn candles(closes: impl Iterator<Item = i64>) -> Vec<Candle> {
        let candle = |(minute, close): (i64, i64)| Candle {
            time: TimeMs(minute * 60_000),
            open: Price::from_whole(close),
            high: Price::from_whole(close + 2),
            low: Price::from_whole(close - 1),
            close: Price::from_whole(close),
            volume: 1.0,
        };
        (0..).zip(closes).map(candle).collect()
    }

    #[test]
    fn a_flat_market_has_flat_features() {
        let flat = features(&candles(std::iter::repeat_n(100, 40)));
        let macd = Macd {
            line: 0.0,
            signal: 0.0,
            histogram: 0.0,
        };
        assert_eq!((flat.ema20, flat.macd), (Some(100.0), Some(macd)));
        assert_eq!((flat.rsi7, flat.rsi14), (Some(50.0), Some(50.0)));
        assert!((flat.atr14.unwrap() - 3.0).abs() < 1e-9);
    }

    #[test]
    fn the_ends_of_the_scale_are_reached() {
        let rising = features(&candles(100..140));
        let falling = features(&candles((100..140).rev()));
        assert_eq!((rising.rsi14, falling.rsi14), (Some(100.0), Some(0.0)));
        assert!(rising.macd.unwrap().line > 0.0 && falling.macd.unwrap().line < 0.0);
    }

    /// Worked by hand: closes 10, 11, 10.
    #[test]
    fn small_series_match_a_calculation_by_hand() {
        assert_eq!(ema(&[10.0, 11.0, 10.0], 3), [10.0, 10.5, 10.25]);
        assert_eq!(wilder([1.0, 3.0, 6.0].into_iter(), 2), Some(4.0));
        // Gains 1 and 0, losses 0 and 1.
        assert_eq!(rsi(&[10.0, 11.0, 10.0], 2), Some(50.0));
    }

    #[test]
    fn too_few_candles_are_no_feature() {
        assert_eq!(features(&[]), Features::default());
        let few = |count: i64| features(&candles(100..100 + count));
        assert_eq!((few(7).rsi7, few(8).rsi7.is_some()), (None, true));
        assert_eq!((few(14).atr14, few(15).atr14.is_some()), (None, true));
        assert_eq!((few(19).ema20, few(20).ema20.is_some()), (None, true));
        assert_eq!((few(33).macd, few(34).macd.is_some()), (None, true));
    }
}
