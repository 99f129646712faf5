//! A percentage in a manifest: a decimal text, or a bare number. Inside it is a ratio.

use core::fmt;
use core::str::FromStr;

use aicoin_domain::{DecimalError, Rate};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::number;

/// A percentage as a manifest writes it, without an exponent: `"0.045"` is the ratio 0.00045.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(pub Rate);

/// The text is no percentage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PercentError(DecimalError);

impl fmt::Display for PercentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            DecimalError::NotANumber => {
                f.write_str("is not a percentage; write it like \"2.5\", without a percent sign")
            }
            DecimalError::TooPrecise { .. } | DecimalError::TooLarge => {
                write!(f, "{}; write a shorter number", self.0)
            }
        }
    }
}

impl core::error::Error for PercentError {}

impl FromStr for Percent {
    type Err = PercentError;
    fn from_str(text: &str) -> Result<Self, PercentError> {
        if text.len() > number::TEXT_CHARS_MAX {
            return Err(PercentError(DecimalError::TooLarge));
        }
        if !number::is_plain_decimal(text) {
            return Err(PercentError(DecimalError::NotANumber));
        }
        Rate::from_percent(text).map(Self).map_err(PercentError)
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A ratio keeps 12 decimals: as a percentage the same count has 10.
        const DECIMALS: usize = Rate::DECIMALS as usize - 2;
        const ONE: u64 = 10_u64.pow(Rate::DECIMALS - 2);
        let units = self.0.units();
        let (whole, fraction) = (units.unsigned_abs() / ONE, units.unsigned_abs() % ONE);
        let text = if fraction == 0 {
            whole.to_string()
        } else {
            format!("{whole}.{fraction:0DECIMALS$}")
                .trim_end_matches('0')
                .to_owned()
        };
        f.pad_integral(units >= 0, "", &text)
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        number::deserialize(deserializer, "a percentage like \"2.5\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_comes_back_as_it_was_written() {
        for text in [
            "0.045",
            "100",
            "-0.003",
            "2.5",
            "0",
            "0.0000000001",
            "12.3400000001",
        ] {
            assert_eq!(text.parse::<Percent>().unwrap().to_string(), text);
        }
        assert_eq!("0.045".parse(), Ok(Percent(Rate::from_units(450_000_000))));
    }
}
