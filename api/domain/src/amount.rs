//! Prices, sizes, rates and dollar amounts as checked fixed-point integers.
//!
//! The scales are chosen so that a price times a size is *exactly* an amount in dollars:
//! 10 decimals of [`Price`] and 8 of [`Size`] make the 18 of [`Usd`]. No rounding ever happens between an order and
//! its notional value.

use core::fmt;
use core::iter::Sum;
use core::ops::{Add, AddAssign, Neg, Sub, SubAssign};
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::decimal::{self, DecimalError, Excess};

macro_rules! fixed_point {
    ($(#[$doc:meta])* $name:ident, $repr:ty, $decimals:literal, $limit:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($repr);

        impl $name {
            /// Nothing.
            pub const ZERO: Self = Self(0);
            /// How many decimals are kept.
            pub const DECIMALS: u32 = $decimals;
            /// One whole unit, as a count of the last decimal.
            pub const ONE_UNITS: $repr = (10 as $repr).pow($decimals);
            /// The largest magnitude that the parsers accept, as a count of the last decimal.
            pub const LIMIT_UNITS: $repr = $limit;

            /// From a count of the last kept decimal.
            #[inline]
            #[must_use]
            pub const fn from_units(units: $repr) -> Self {
                Self(units)
            }

            /// From a whole number.
            #[inline]
            #[must_use]
            pub const fn from_whole(whole: $repr) -> Self {
                Self(whole * Self::ONE_UNITS)
            }

            /// The count of the last kept decimal.
            #[inline]
            #[must_use]
            pub const fn units(self) -> $repr {
                self.0
            }

            /// The magnitude.
            #[inline]
            #[must_use]
            pub const fn abs(self) -> Self {
                Self(self.0.abs())
            }

            /// Whether it is zero.
            #[inline]
            #[must_use]
            pub const fn is_zero(self) -> bool {
                self.0 == 0
            }

            /// Whether it is above zero.
            #[inline]
            #[must_use]
            pub const fn is_positive(self) -> bool {
                self.0 > 0
            }

            /// Whether it is below zero.
            #[inline]
            #[must_use]
            pub const fn is_negative(self) -> bool {
                self.0 < 0
            }

            /// Parses a decimal text; digits behind the last kept decimal are rounded, ties away from zero.
            ///
            /// For recorded candles only: a program may have written them as binary floats.
            ///
            /// # Errors
            /// When the text is not a number or too large.
            pub fn parse_rounded(text: &str) -> Result<Self, DecimalError> {
                Self::checked(decimal::parse(text, $decimals, Excess::Round)?)
            }

            /// The sum, or the largest amount there is: for what others say, whose sum may be anything.
            #[inline]
            #[must_use]
            pub const fn saturating_add(self, other: Self) -> Self {
                Self(self.0.saturating_add(other.0))
            }

            fn checked(units: i128) -> Result<Self, DecimalError> {
                let units = <$repr>::try_from(units).map_err(|_| DecimalError::TooLarge)?;
                if units.abs() > Self::LIMIT_UNITS {
                    return Err(DecimalError::TooLarge);
                }
                Ok(Self(units))
            }
        }

        impl FromStr for $name {
            type Err = DecimalError;
            fn from_str(text: &str) -> Result<Self, DecimalError> {
                Self::checked(decimal::parse(text, $decimals, Excess::Refuse)?)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                decimal::write(f, i128::from(self.0), $decimals)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{self}")
            }
        }

        impl Add for $name {
            type Output = Self;
            #[inline]
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }

        impl Sub for $name {
            type Output = Self;
            #[inline]
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }

        impl Neg for $name {
            type Output = Self;
            #[inline]
            fn neg(self) -> Self {
                Self(-self.0)
            }
        }

        impl AddAssign for $name {
            #[inline]
            fn add_assign(&mut self, other: Self) {
                self.0 += other.0;
            }
        }

        impl SubAssign for $name {
            #[inline]
            fn sub_assign(&mut self, other: Self) {
                self.0 -= other.0;
            }
        }

        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
                amounts.fold(Self::ZERO, Add::add)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct TextVisitor;
                impl de::Visitor<'_> for TextVisitor {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a decimal number as a string")
                    }
                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse()
                            .map_err(|error: DecimalError| E::custom(format_args!("{text:?} {error}")))
                    }
                }
                deserializer.deserialize_str(TextVisitor)
            }
        }
    };
}

fixed_point!(
    /// A price in USD per unit of the coin, 10 decimals, at most 100 million in text.
    Price,
    i64,
    10,
    10_i64.pow(18)
);
fixed_point!(
    /// A quantity of a coin, 8 decimals, at most 10 billion in text. Positions use the sign: negative is short.
    Size,
    i64,
    8,
    10_i64.pow(18)
);
fixed_point!(
    /// An amount of USD(C), 18 decimals, at most 10^15 in text.
    Usd,
    i128,
    18,
    10_i128.pow(33)
);
fixed_point!(
    /// A plain ratio (a fee rate, a funding rate, a fraction of equity), 12 decimals. 0.045 % is 0.00045.
    Rate,
    i64,
    12,
    10_i64.pow(17)
);

impl Price {
    /// The notional value of `size` at this price, exact. Its sign is the size's.
    #[inline]
    #[must_use]
    pub const fn notional(self, size: Size) -> Usd {
        Usd(self.0 as i128 * size.0 as i128)
    }

    /// This price times `1 + rate`, rounded to the last kept decimal, ties away from zero.
    #[must_use]
    pub fn scaled(self, rate: Rate) -> Self {
        let one = i128::from(Rate::ONE_UNITS);
        let product = i128::from(self.0) * (one + i128::from(rate.0));
        let units = decimal::div_round(product, one);
        // A price of at most 2^63 moved by a rate that a caller bounds to a few hundred percent.
        Self(i64::try_from(units).unwrap_or(i64::MAX))
    }

    /// For indicators only: never on the way to an order.
    #[inline]
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / Self::ONE_UNITS as f64
    }

    /// The distance to `other` as a ratio of this price (0 when this price is 0).
    #[must_use]
    pub fn distance(self, other: Self) -> Rate {
        if self.0 == 0 {
            return Rate::ZERO;
        }
        let difference = i128::from((other.0 - self.0).abs()) * i128::from(Rate::ONE_UNITS);
        Rate(i64::try_from(difference / i128::from(self.0)).unwrap_or(i64::MAX))
    }
}

impl Size {
    /// The smaller of two sizes.
    #[inline]
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        Self(self.0.min(other.0))
    }
}

impl Usd {
    /// This amount times a rate, rounded to the last kept decimal (10^-18), ties away from zero.
    #[must_use]
    pub fn times(self, rate: Rate) -> Self {
        Self(decimal::mul_div_round(
            self.0,
            i128::from(rate.0),
            i128::from(Rate::ONE_UNITS),
        ))
    }

    /// The part `part / whole` of this amount, rounded to the last kept decimal; zero when `whole` is zero.
    #[must_use]
    pub fn share(self, part: Size, whole: Size) -> Self {
        if whole.0 == 0 {
            return Self::ZERO;
        }
        if part == whole {
            return self;
        }
        let sign = i128::from(whole.0.signum());
        Self(decimal::mul_div_round(
            self.0,
            i128::from(part.0) * sign,
            i128::from(whole.0.abs()),
        ))
    }

    /// This amount divided by a whole number above zero, rounded to the last kept decimal.
    #[must_use]
    pub fn divided(self, by: u32) -> Self {
        Self(decimal::div_round(self.0, i128::from(by.max(1))))
    }

    /// The average price of `size` that this amount paid for, rounded to the last kept decimal; zero for no size.
    #[must_use]
    pub fn average_price(self, size: Size) -> Price {
        if size.0 == 0 {
            return Price::ZERO;
        }
        let units = decimal::div_round(self.0.abs(), i128::from(size.0.abs()));
        Price(i64::try_from(units).unwrap_or(i64::MAX))
    }

    /// The ratio of this amount to `whole`, cut to the last kept decimal; zero when `whole` is zero.
    #[must_use]
    pub fn ratio(self, whole: Self) -> Rate {
        if whole.0 == 0 {
            return Rate::ZERO;
        }
        // Nine digits are taken off both before the multiplication: 10^-9 USD does not show in a ratio.
        const COARSE: i128 = 1_000_000_000;
        let (part, whole) = (self.0 / COARSE, whole.0 / COARSE);
        if whole == 0 {
            return Rate::ZERO;
        }
        let units = part
            .checked_mul(i128::from(Rate::ONE_UNITS))
            .map_or(i128::from(i64::MAX), |product| product / whole);
        Rate(i64::try_from(units).unwrap_or(i64::MAX))
    }

    /// The largest size that this amount buys at `price`, cut to 8 decimals; zero for no price.
    #[must_use]
    pub fn size_at(self, price: Price) -> Size {
        if price.0 <= 0 {
            return Size::ZERO;
        }
        Size(i64::try_from(self.0 / i128::from(price.0)).unwrap_or(i64::MAX))
    }

    /// The same amount with at most `decimals` decimals, ties away from zero: for people, never for bookkeeping.
    #[must_use]
    pub fn rounded(self, decimals: u32) -> Self {
        let factor = 10_i128.pow(Self::DECIMALS.saturating_sub(decimals));
        Self(decimal::div_round(self.0, factor) * factor)
    }

    /// For charts and statistics only: never for bookkeeping.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / Self::ONE_UNITS as f64
    }
}

impl Rate {
    /// From basis points: 50 is 0.5 %.
    #[must_use]
    pub const fn from_bps(bps: i64) -> Self {
        Self(bps * (Self::ONE_UNITS / 10_000))
    }

    /// From a percentage with up to 10 decimals: `"0.045"` is 0.00045.
    ///
    /// # Errors
    /// When the text is not a number, too precise or too large.
    pub fn from_percent(text: &str) -> Result<Self, DecimalError> {
        Self::checked(decimal::parse(text, Self::DECIMALS - 2, Excess::Refuse)?)
    }

    /// For statistics and charts only.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / Self::ONE_UNITS as f64
    }
}

/// Leverage as a whole multiple, at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Leverage(u32);

impl Leverage {
    /// Leverage of `times`; 0 counts as 1.
    #[must_use]
    pub const fn new(times: u32) -> Self {
        Self(if times == 0 { 1 } else { times })
    }

    /// The multiple.
    #[must_use]
    pub const fn times(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Leverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use proptest::prelude::*;

    #[test]
    fn a_price_times_a_size_is_exact() {
        let price: Price = "46319.1234567891".parse().unwrap();
        let size: Size = "0.02158769".parse().unwrap();
        assert_eq!(price.notional(size).to_string(), "999.922878256891486179");
    }

    #[test]
    fn text_that_is_no_amount_is_refused() {
        let refused = [
            "", ".", "-", "1.2.3", "1,5", "NaN", "inf", "1e", "١", "0x10", "1 2", "--1",
        ];
        for text in refused {
            assert_eq!(
                text.parse::<Price>(),
                Err(DecimalError::NotANumber),
                "{text:?}"
            );
        }
        assert_eq!(
            "0.00000000001".parse::<Price>(),
            Err(DecimalError::TooPrecise { decimals: 10 })
        );
        assert_eq!("100000001".parse::<Price>(), Err(DecimalError::TooLarge));
        assert_eq!("1e39".parse::<Usd>(), Err(DecimalError::TooLarge));
    }

    #[test]
    fn excess_digits_are_rounded_only_when_asked() {
        assert_eq!(
            Price::parse_rounded("1.00000000005").unwrap().to_string(),
            "1.0000000001"
        );
        assert_eq!(
            Price::parse_rounded("46319.12345678901")
                .unwrap()
                .to_string(),
            "46319.123456789"
        );
        assert_eq!(
            Price::parse_rounded("4.6319e4").unwrap().to_string(),
            "46319"
        );
        assert_eq!(Price::parse_rounded("1e-11").unwrap(), Price::ZERO);
    }

    #[test]
    fn a_fee_is_exact_at_venue_precision() {
        let fee = Price::from_whole(46_319)
            .notional("0.02158".parse().unwrap())
            .times(Rate::from_percent("0.045").unwrap());
        assert_eq!(fee.to_string(), "0.449803809");
    }

    proptest! {
        #[test]
        fn text_comes_back_unchanged(units in -(10_i64.pow(18))..10_i64.pow(18)) {
            let price = Price::from_units(units);
            prop_assert_eq!(price.to_string().parse::<Price>().unwrap(), price);
            let json = serde_json::to_string(&price).unwrap();
            prop_assert_eq!(serde_json::from_str::<Price>(&json).unwrap(), price);
        }

        #[test]
        fn a_share_and_the_rest_make_the_whole(usd in any::<i64>(), part in 0_i64..1_000_000, rest in 0_i64..1_000_000) {
            let total = Usd::from_units(i128::from(usd) * 1_000_000_007);
            let share = total.share(Size::from_units(part), Size::from_units(part + rest));
            prop_assert!(share.abs() <= total.abs());
        }
    }
}
