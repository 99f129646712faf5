//! Candles of the past.

use aicoin_core::Candle;
use aicoin_domain::{DurationMs, Price, TimeMs};
use serde::Deserialize;

use super::number::{Exact, Rough};

/// The lengths that the venue has, with their words. Months are no fixed length and are left out.
const INTERVALS: [(DurationMs, &str); 13] = [
    (DurationMs::from_mins(1), "1m"),
    (DurationMs::from_mins(3), "3m"),
    (DurationMs::from_mins(5), "5m"),
    (DurationMs::from_mins(15), "15m"),
    (DurationMs::from_mins(30), "30m"),
    (DurationMs::from_mins(60), "1h"),
    (DurationMs::from_mins(2 * 60), "2h"),
    (DurationMs::from_mins(4 * 60), "4h"),
    (DurationMs::from_mins(8 * 60), "8h"),
    (DurationMs::from_mins(12 * 60), "12h"),
    (DurationMs::from_mins(24 * 60), "1d"),
    (DurationMs::from_mins(3 * 24 * 60), "3d"),
    (DurationMs::from_mins(7 * 24 * 60), "1w"),
];

/// The venue's word for a length; `None` when it has no such candles.
pub(crate) fn interval_word(interval: DurationMs) -> Option<&'static str> {
    INTERVALS
        .iter()
        .find(|(length, _)| *length == interval)
        .map(|(_, word)| *word)
}

/// A candle.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct CandleWire {
    t: Exact<i64>,
    #[serde(rename = "T")]
    end: Exact<i64>,
    o: Rough<Price>,
    h: Rough<Price>,
    l: Rough<Price>,
    c: Rough<Price>,
    v: Option<Exact<f64>>,
}

impl CandleWire {
    /// Nothing happens in it any more.
    pub(crate) fn is_closed(&self, now: TimeMs) -> bool {
        self.end.0 < now.0
    }

    /// `None` when the numbers are no candle: prices that are none or do not enclose each other, a volume that is no
    /// number.
    pub(crate) fn to_candle(&self) -> Option<Candle> {
        let candle = Candle {
            time: TimeMs(self.t.0),
            open: self.o.0,
            high: self.h.0,
            low: self.l.0,
            close: self.c.0,
            volume: self.v.map_or(0.0, |volume| volume.0),
        };
        let range = candle.low..=candle.high;
        let encloses = range.contains(&candle.open) && range.contains(&candle.close);
        let is_volume = candle.volume.is_finite() && candle.volume >= 0.0;
        (candle.low.is_positive() && encloses && is_volume).then_some(candle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_no_candle_are_none() {
        let read = |json: &str| {
            let candle: CandleWire = serde_json::from_str(json).unwrap();
            candle.to_candle().is_some()
        };
        let candle = |low: &str, volume: &str| {
            format!(r#"{{"t":0,"T":59999,"o":"10","h":"12","l":"{low}","c":"11","v":{volume}}}"#)
        };
        assert!(read(&candle("9", "\"3.5\"")));
        assert!(read(&candle("10", "0")));
        for (low, volume) in [
            ("-1", "1"),
            ("0", "1"),
            ("10.5", "1"),
            ("9", "\"NaN\""),
            ("9", "\"inf\""),
            ("9", "-1"),
        ] {
            assert!(!read(&candle(low, volume)), "{low} {volume}");
        }
    }
}
