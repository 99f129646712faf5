//! Fixed-point decimal text: the one parser and the one printer that all amounts use.

use alloc::string::String;
use core::fmt;

/// Why a text is not an amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecimalError {
    /// The text is not a decimal number.
    NotANumber,
    /// The number has more decimals than the amount keeps.
    TooPrecise {
        /// How many decimals the amount keeps.
        decimals: u32,
    },
    /// The number is larger than the amount can hold safely.
    TooLarge,
}

impl fmt::Display for DecimalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotANumber => f.write_str("is not a decimal number"),
            Self::TooPrecise { decimals } => {
                write!(f, "has more than {decimals} decimals")
            }
            Self::TooLarge => f.write_str("is too large"),
        }
    }
}

impl core::error::Error for DecimalError {}

/// What happens to digits behind the last kept decimal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Excess {
    /// They are an error: venue strings and manifests.
    Refuse,
    /// They are rounded, ties away from zero: recorded candles that a program wrote as binary floats.
    Round,
}

/// Parses `[+-]digits[.digits][e[+-]digits]` into an integer count of 10^-decimals.
pub(crate) fn parse(text: &str, decimals: u32, excess: Excess) -> Result<i128, DecimalError> {
    let text = text.trim_matches(' ');
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa_text, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            let exponent: i32 = exponent.parse().map_err(|_| DecimalError::NotANumber)?;
            if exponent.unsigned_abs() > 40 {
                return Err(DecimalError::TooLarge);
            }
            (mantissa, exponent)
        }
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa_text.split_once('.').unwrap_or((mantissa_text, ""));
    if whole.is_empty() && fraction.is_empty() {
        return Err(DecimalError::NotANumber);
    }
    // The digit at `power` stands for digit * 10^power units of the last kept decimal.
    let scale = i32::try_from(decimals).map_err(|_| DecimalError::TooLarge)?;
    let whole_len = i32::try_from(whole.len()).map_err(|_| DecimalError::TooLarge)?;
    let mut power = whole_len - 1 + exponent + scale;
    let mut units: i128 = 0;
    let mut first_dropped: Option<u8> = None;
    for byte in whole.bytes().chain(fraction.bytes()) {
        if !byte.is_ascii_digit() {
            return Err(DecimalError::NotANumber);
        }
        let digit = byte - b'0';
        if power >= 0 {
            units = units
                .checked_mul(10)
                .and_then(|u| u.checked_add(i128::from(digit)))
                .ok_or(DecimalError::TooLarge)?;
        } else {
            if digit != 0 && excess == Excess::Refuse {
                return Err(DecimalError::TooPrecise { decimals });
            }
            if power == -1 {
                first_dropped = Some(digit);
            }
        }
        power -= 1;
    }
    // Digits that were not written, up to the last kept decimal.
    if power >= 0 {
        let missing = u32::try_from(power + 1).map_err(|_| DecimalError::TooLarge)?;
        let factor = 10_i128.checked_pow(missing).ok_or(DecimalError::TooLarge)?;
        units = units.checked_mul(factor).ok_or(DecimalError::TooLarge)?;
    }
    if first_dropped.is_some_and(|digit| digit >= 5) {
        units = units.checked_add(1).ok_or(DecimalError::TooLarge)?;
    }
    Ok(if negative { -units } else { units })
}

/// Writes `units` of 10^-decimals without an exponent and without trailing zeros.
pub(crate) fn write(f: &mut fmt::Formatter<'_>, units: i128, decimals: u32) -> fmt::Result {
    let factor = 10_u128.pow(decimals);
    let magnitude = units.unsigned_abs();
    let (whole, fraction) = (magnitude / factor, magnitude % factor);
    let mut text = String::new();
    if fraction != 0 {
        text = alloc::format!("{fraction:0width$}", width = decimals as usize);
        text.truncate(text.trim_end_matches('0').len());
        text.insert(0, '.');
    }
    f.pad_integral(units >= 0, "", &alloc::format!("{whole}{text}"))
}

/// `value * numerator / denominator`, rounded to the nearest, ties away from zero; `denominator` is positive.
///
/// The quotient and the remainder are multiplied apart, so that the product of two wide numbers does not overflow.
pub(crate) fn mul_div_round(value: i128, numerator: i128, denominator: i128) -> i128 {
    let (quotient, remainder) = (value / denominator, value % denominator);
    quotient * numerator + div_round(remainder * numerator, denominator)
}

/// Division rounded to the nearest, ties away from zero; `denominator` is positive.
pub(crate) fn div_round(value: i128, denominator: i128) -> i128 {
    let (quotient, remainder) = (value / denominator, value % denominator);
    if remainder.unsigned_abs() * 2 >= denominator.unsigned_abs() {
        quotient + value.signum()
    } else {
        quotient
    }
}
