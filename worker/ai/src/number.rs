//! Numbers as text, both ways: as a prompt shows them, and what counts as a plain decimal in a reply. Pure.

use aicoin_domain::Price;

/// How many decimals a price step has.
pub(crate) fn decimals_of_tick(tick: Price) -> u32 {
    let mut units = tick.units();
    if units <= 0 {
        return Price::DECIMALS;
    }
    let mut decimals = Price::DECIMALS;
    while decimals > 0 && units % 10 == 0 {
        units /= 10;
        decimals = decimals.saturating_sub(1);
    }
    decimals
}

/// The price with at most so many decimals, ties away from zero: averages have more than the venue shows.
pub(crate) fn at_decimals(price: Price, decimals: u32) -> Price {
    let step = 10_i64.pow(Price::DECIMALS.saturating_sub(decimals));
    let (steps, rest) = (price.units() / step, price.units() % step);
    let up = if rest.unsigned_abs() * 2 >= step.unsigned_abs() {
        price.units().signum()
    } else {
        0
    };
    steps
        .checked_add(up)
        .and_then(|steps| steps.checked_mul(step))
        .map_or(price, Price::from_units)
}

/// A float for a model to read. What is no number is said, never shown as zero.
pub(crate) fn float(value: f64, decimals: u32) -> String {
    if !value.is_finite() {
        return "unknown".to_owned();
    }
    let text = format!("{value:.*}", usize::try_from(decimals).unwrap_or(0));
    let is_zero = text.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
    match text.strip_prefix('-') {
        Some(positive) if is_zero => positive.to_owned(),
        _ => text,
    }
}

/// What a text says as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plain<'a> {
    /// Digits only.
    Whole(&'a str),
    /// Digits with a decimal point.
    Decimal(&'a str),
    /// A number below zero, or minus zero.
    Negative,
    /// No plain decimal number.
    No,
}

/// Reads `-?(0|[1-9][0-9]*)(\.[0-9]+)?` and nothing else: no exponent, no plus, no spaces, ASCII digits only.
pub(crate) fn plain(text: &str) -> Plain<'_> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (unsigned, None),
    };
    let has_digits =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let has_leading_zero = whole.len() > 1 && whole.starts_with('0');
    if !has_digits(whole)
        || has_leading_zero
        || fraction.is_some_and(|fraction| !has_digits(fraction))
    {
        Plain::No
    } else if negative {
        Plain::Negative
    } else if fraction.is_some() {
        Plain::Decimal(unsigned)
    } else {
        Plain::Whole(unsigned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_shown_at_its_step() {
        let shown = |price: &str, tick: &str| {
            at_decimals(
                price.parse().unwrap(),
                decimals_of_tick(tick.parse().unwrap()),
            )
            .to_string()
        };
        assert_eq!(shown("46319.123456", "1"), "46319");
        assert_eq!(shown("46319.5", "1"), "46320");
        assert_eq!(shown("-46319.5", "1"), "-46320");
        assert_eq!(shown("0.0123456", "0.00001"), "0.01235");
        assert_eq!(shown("3.14", "0"), "3.14");
        assert_eq!(
            at_decimals(Price::from_units(i64::MAX), 0),
            Price::from_units(i64::MAX)
        );
    }

    #[test]
    fn a_float_never_lies() {
        assert_eq!(float(-0.04, 1), "0.0");
        assert_eq!(float(-0.06, 1), "-0.1");
        assert_eq!(float(f64::NAN, 1), "unknown");
        assert_eq!(float(f64::INFINITY, 1), "unknown");
    }

    #[test]
    fn only_plain_decimals_are_numbers() {
        assert_eq!(plain("46319"), Plain::Whole("46319"));
        assert_eq!(plain("46319.50"), Plain::Decimal("46319.50"));
        assert_eq!(plain("0"), Plain::Whole("0"));
        assert_eq!(plain("-1.5"), Plain::Negative);
        let no = [
            "", "-", ".", "1.", ".5", "01", "00", "+1", "1e5", "1E308", "NaN", "inf", "0x1", "1,5",
            " 1", "1 ", "١٢", "１", "1_0", "--1", "1.2.3", "1.-2",
        ];
        for text in no {
            assert_eq!(plain(text), Plain::No, "{text:?}");
        }
    }
}
