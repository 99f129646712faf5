//! An amount of USD in a manifest: a decimal text, or a bare number.

use core::fmt;
use core::str::FromStr;

use aicoin_domain::{DecimalError, Usd};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::number;

/// An amount of USD as a manifest writes it: `"10000"`, without an exponent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dollars(pub Usd);

/// The text is no amount of USD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DollarsError(DecimalError);

impl fmt::Display for DollarsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            DecimalError::NotANumber => {
                f.write_str("is not an amount of USD; write it like \"1000\" or \"0.5\"")
            }
            DecimalError::TooPrecise { .. } | DecimalError::TooLarge => {
                write!(f, "{}; write a shorter number", self.0)
            }
        }
    }
}

impl core::error::Error for DollarsError {}

impl FromStr for Dollars {
    type Err = DollarsError;
    fn from_str(text: &str) -> Result<Self, DollarsError> {
        if text.len() > number::TEXT_CHARS_MAX {
            return Err(DollarsError(DecimalError::TooLarge));
        }
        if !number::is_plain_decimal(text) {
            return Err(DollarsError(DecimalError::NotANumber));
        }
        text.parse().map(Self).map_err(DollarsError)
    }
}

impl fmt::Display for Dollars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Serialize for Dollars {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Dollars {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        number::deserialize(deserializer, "an amount of USD like \"1000\"")
    }
}
