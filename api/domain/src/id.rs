//! Ids as types of their own, so that one cannot be passed for another.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A market's place in the list of markets that this process knows. The name is kept beside that list.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct MarketId(pub u16);

impl MarketId {
    /// As an index into the list of markets.
    #[inline]
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A decision of one bot, counted from 1.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct DecisionId(pub u64);

/// The venue's number of an order (`oid`).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct OrderId(pub u64);

/// The venue's number of a fill (`tid`): fills are told apart by it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct TradeId(pub u64);

/// An account's place in an exchange model.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct AccountId(pub u32);

/// A client order id: 128 bits, written as `0x` and 32 lower-case hexadecimal digits (Hyperliquid's `cloid`).
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cloid(pub u128);

/// The text is not `0x` and 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloidError;

impl fmt::Display for CloidError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("is not 0x and 32 hexadecimal digits")
    }
}

impl core::error::Error for CloidError {}

impl fmt::Display for Cloid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#034x}", self.0)
    }
}

impl fmt::Debug for Cloid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Cloid {
    type Err = CloidError;
    fn from_str(text: &str) -> Result<Self, CloidError> {
        let digits = text.strip_prefix("0x").ok_or(CloidError)?;
        if digits.len() != 32 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(CloidError);
        }
        u128::from_str_radix(digits, 16)
            .map(Self)
            .map_err(|_| CloidError)
    }
}

impl Serialize for Cloid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cloid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl de::Visitor<'_> for TextVisitor {
            type Value = Cloid;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a client order id as a string")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Cloid, E> {
                text.parse()
                    .map_err(|error: CloidError| E::custom(format_args!("{text:?} {error}")))
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn a_cloid_keeps_its_leading_zeros() {
        let text = "0x00000000000000000000000000000001";
        let cloid: Cloid = text.parse().unwrap();
        assert_eq!((cloid, cloid.to_string().as_str()), (Cloid(1), text));
        assert_eq!("0x1".parse::<Cloid>(), Err(CloidError));
    }
}
