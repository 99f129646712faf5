//! Kubernetes' quantities: `1Gi`, `500m`, `2`. Kept as they were written; only sizes are ever computed with.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::number;

/// A quantity as Kubernetes writes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(pub String);

/// The text is no quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuantityError;

impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("is not a quantity; write it like 1Gi, 500m or 2")
    }
}

impl core::error::Error for QuantityError {}

/// The suffixes of sizes, and how many bytes each stands for.
const SUFFIXES: [(&str, u64); 11] = [
    ("Ki", 1 << 10),
    ("Mi", 1 << 20),
    ("Gi", 1 << 30),
    ("Ti", 1 << 40),
    ("Pi", 1 << 50),
    ("k", 1000),
    ("M", 1_000_000),
    ("G", 1_000_000_000),
    ("T", 1_000_000_000_000),
    ("P", 1_000_000_000_000_000),
    ("", 1),
];

impl Quantity {
    /// The quantity as a count of bytes, a fraction of a byte cut off; `None` when it is no size (`500m`) or too large.
    #[must_use]
    pub fn bytes(&self) -> Option<u64> {
        let (number, suffix) = split(&self.0);
        let (_, unit) = SUFFIXES.iter().find(|(name, _)| *name == suffix)?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let mut bytes = whole.parse::<u64>().ok()?.checked_mul(*unit)?;
        if !fraction.is_empty() {
            let scale = 10_u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
            let part = fraction
                .parse::<u128>()
                .ok()?
                .checked_mul(u128::from(*unit))?
                / scale;
            bytes = bytes.checked_add(u64::try_from(part).ok()?)?;
        }
        Some(bytes)
    }
}

fn split(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    text.split_at(end)
}

impl FromStr for Quantity {
    type Err = QuantityError;
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let (number, suffix) = split(text);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if text.len() > number::TEXT_CHARS_MAX {
            return Err(QuantityError);
        }
        let known = suffix == "m" || SUFFIXES.iter().any(|(name, _)| *name == suffix);
        if is_number(whole) && is_number(fraction) && known {
            Ok(Self(text.to_owned()))
        } else {
            Err(QuantityError)
        }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        number::deserialize(deserializer, "a quantity like 1Gi")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_its_count_of_bytes() {
        let table = [
            ("1Gi", Some(1 << 30)),
            ("1.5Gi", Some(1_610_612_736)),
            ("500M", Some(500_000_000)),
            ("1024", Some(1024)),
            ("500m", None),
            ("99999999Pi", None),
        ];
        for (text, bytes) in table {
            assert_eq!(text.parse::<Quantity>().unwrap().bytes(), bytes, "{text}");
        }
    }

    #[test]
    fn a_text_that_is_no_quantity_is_refused() {
        for text in [
            "", "Gi", "1GB", "1.", ".5Gi", "1.2.3Gi", "-1Gi", "1 Gi", "1e3",
        ] {
            assert_eq!(text.parse::<Quantity>(), Err(QuantityError), "{text:?}");
        }
    }
}
