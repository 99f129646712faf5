//! The moving-average cross: the deterministic baseline that every model has to beat.

use core::hash::{Hash, Hasher};

use aicoin_domain::Usd;
use serde::{Deserialize, Serialize};

use super::rule::{Rule, Wish};
use crate::hash::hash_float;
use crate::input::Candle;
use crate::record::Why;

/// An exponential moving average with alpha `2 / (n + 1)` that starts at the first close.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Ema {
    alpha: f64,
    value: Option<f64>,
}

impl Hash for Ema {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash_float(self.alpha, state);
        hash_float(self.value.unwrap_or(-1.0), state);
    }
}

impl Ema {
    fn new(length: u32) -> Self {
        Self {
            alpha: 2.0 / (f64::from(length) + 1.0),
            value: None,
        }
    }

    #[inline]
    fn update(&mut self, close: f64) -> f64 {
        let value = match self.value {
            // In this form a constant price gives exactly that price, so that equal averages compare as equal.
            Some(value) => value + self.alpha * (close - value),
            None => close,
        };
        self.value = Some(value);
        value
    }
}

/// Long while the fast average is above the slow one, short while it is below; equal keeps.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize)]
pub(crate) struct EmaCross {
    fast: Ema,
    slow: Ema,
    fast_length: u32,
    slow_length: u32,
    /// Closed candles so far; nothing is wanted before there are `slow_length`.
    candles: u32,
    notional: Usd,
}

impl EmaCross {
    pub(crate) fn new(fast: u32, slow: u32, notional: Usd) -> Self {
        Self {
            fast: Ema::new(fast),
            slow: Ema::new(slow),
            fast_length: fast,
            slow_length: slow,
            candles: 0,
            notional,
        }
    }

    pub(crate) const fn fits(&self, fast: u32, slow: u32) -> bool {
        self.fast_length == fast && self.slow_length == slow
    }

    pub(crate) const fn set_notional(&mut self, notional: Usd) {
        self.notional = notional;
    }
}

impl Rule for EmaCross {
    #[inline]
    fn on_candle(&mut self, candle: &Candle) -> Option<Wish> {
        let close = candle.close.to_f64();
        let (fast, slow) = (self.fast.update(close), self.slow.update(close));
        self.candles = self.candles.saturating_add(1);
        if self.candles < self.slow_length {
            None
        } else if fast > slow {
            Some(Wish::Long)
        } else if fast < slow {
            Some(Wish::Short)
        } else {
            None
        }
    }

    fn why(&self) -> Why {
        Why::EmaCross {
            fast: self.fast.value.unwrap_or_default(),
            slow: self.slow.value.unwrap_or_default(),
        }
    }

    fn notional(&self) -> Usd {
        self.notional
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aicoin_domain::{Price, TimeMs};
    use alloc::vec::Vec;

    fn wishes(closes: &[i64]) -> Vec<Option<Wish>> {
        let mut rule = EmaCross::new(2, 3, Usd::from_whole(1000));
        closes
            .iter()
            .map(|close| {
                let close = Price::from_whole(*close);
                rule.on_candle(&Candle {
                    time: TimeMs(0),
                    open: close,
                    high: close,
                    low: close,
                    close,
                    volume: 0.0,
                })
            })
            .collect()
    }

    #[test]
    fn nothing_is_wanted_before_the_slow_average_has_its_candles() {
        assert_eq!(wishes(&[100, 101, 102]), [None, None, Some(Wish::Long)]);
        assert_eq!(
            wishes(&[100, 99, 98, 120]),
            [None, None, Some(Wish::Short), Some(Wish::Long)]
        );
    }

    #[test]
    fn equal_averages_keep_the_wish() {
        assert_eq!(wishes(&[100; 50]), [None; 50]);
    }
}
