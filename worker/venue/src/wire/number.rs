//! Numbers that are texts at one time and numbers at another.

use core::fmt;
use core::marker::PhantomData;
use core::str::FromStr;

use aicoin_domain::{Price, Rate, Size, Usd};
use serde::{Deserialize, Deserializer, de};

/// A number that must be kept exactly: more decimals than its type has are an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Exact<T>(pub(crate) T);

/// An [`Exact`] number that is not below zero: a price, or how much of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unsigned<T>(pub(crate) T);

/// A number whose last decimals do not matter: what people and indicators go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rough<T>(pub(crate) T);

/// What can be cut to its decimals.
pub(crate) trait ParseRough: Sized {
    /// Reads a text.
    fn parse_rough(text: &str) -> Option<Self>;
}

macro_rules! rough {
    ($($name:ty),*) => {
        $(impl ParseRough for $name {
            fn parse_rough(text: &str) -> Option<Self> {
                Self::parse_rounded(text).ok()
            }
        })*
    };
}

rough!(Price, Size, Usd, Rate);

impl<'de, T> Deserialize<'de> for Unsigned<T>
where
    T: FromStr + Default + PartialOrd,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Exact(number) = Exact::<T>::deserialize(deserializer)?;
        if number < T::default() {
            return Err(de::Error::custom("a number below zero makes no sense here"));
        }
        Ok(Self(number))
    }
}

impl<'de, T> Deserialize<'de> for Exact<T>
where
    T: FromStr,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(NumberVisitor(|text: &str| text.parse().ok(), PhantomData))
            .map(Self)
    }
}

impl<'de, T: ParseRough> Deserialize<'de> for Rough<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(NumberVisitor(T::parse_rough, PhantomData))
            .map(Self)
    }
}

struct NumberVisitor<T, F: Fn(&str) -> Option<T>>(F, PhantomData<T>);

impl<T, F: Fn(&str) -> Option<T>> NumberVisitor<T, F> {
    fn read<E: de::Error>(&self, text: &str) -> Result<T, E> {
        (self.0)(text).ok_or_else(|| E::custom(format_args!("{text:?} is no such number")))
    }
}

impl<T, F: Fn(&str) -> Option<T>> de::Visitor<'_> for NumberVisitor<T, F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, or a text that is one")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        self.read(text)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        self.read(&number.to_string())
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        self.read(&number.to_string())
    }

    /// The shortest text that is this float: what the sender had written, up to 15 digits.
    fn visit_f64<E: de::Error>(self, number: f64) -> Result<T, E> {
        self.read(&number.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_from_a_text_and_from_a_number() {
        for json in ["\"0.0353\"", "0.0353"] {
            let size: Exact<Size> = serde_json::from_str(json).unwrap();
            assert_eq!(size.0.to_string(), "0.0353", "{json}");
        }
        assert_eq!(serde_json::from_str::<Exact<u64>>("\"17\"").unwrap().0, 17);
        assert_eq!(serde_json::from_str::<Exact<u64>>("17").unwrap().0, 17);
        assert_eq!(serde_json::from_str::<Exact<u64>>("17.0").unwrap().0, 17);
    }

    #[test]
    fn what_must_be_exact_is_not_cut_and_what_may_be_rough_is() {
        assert!(serde_json::from_str::<Exact<Size>>("\"0.123456789\"").is_err());
        let rough: Rough<Size> = serde_json::from_str("\"605822.2557999999\"").unwrap();
        assert_eq!(rough.0.to_string(), "605822.2558");
        assert!(serde_json::from_str::<Exact<Price>>("\"NaN\"").is_err());
    }

    #[test]
    fn what_cannot_be_below_zero_is_refused_there() {
        for json in ["\"-0.1\"", "-0.1", "-1"] {
            assert!(
                serde_json::from_str::<Unsigned<Size>>(json).is_err(),
                "{json}"
            );
        }
        for json in ["\"0.0\"", "0", "\"2.5\""] {
            assert!(
                serde_json::from_str::<Unsigned<Size>>(json).is_ok(),
                "{json}"
            );
        }
    }
}
