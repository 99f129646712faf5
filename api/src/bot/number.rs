//! Reads a text that people also write as a bare number: `startingBalance: 10000` means `"10000"`.
//!
//! It never lets a binary float change a digit: a bare number that a float cannot hold exactly is refused.

use core::fmt;
use core::marker::PhantomData;
use core::str::FromStr;

use serde::{Deserializer, de};

/// The longest text of an amount, a length of time or a quantity: more than any needs.
pub(crate) const TEXT_CHARS_MAX: usize = 48;

/// Whether a text is a decimal number as the CRD's pattern knows it: a sign, digits, and a point among them.
pub(crate) fn is_plain_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = unsigned.replacen('.', "", 1);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The most significant digits that every binary float keeps.
const FLOAT_DIGITS: usize = 15;

/// The most of a wrong text that a sentence repeats: enough to recognise it, too little to leak a key.
const QUOTE_CHARS_MAX: usize = 24;

/// A wrong text as a sentence shows it.
pub(crate) fn quote(text: &str) -> String {
    if text.chars().count() > QUOTE_CHARS_MAX {
        let start: String = text.chars().take(QUOTE_CHARS_MAX / 3).collect();
        return format!("\"{}…\"", start.escape_debug());
    }
    format!("\"{}\"", text.escape_debug())
}

/// Deserializes `T` from its text, or from a number that stands for the same text.
pub(crate) fn deserialize<'de, D, T>(
    deserializer: D,
    expecting: &'static str,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr,
    T::Err: fmt::Display,
{
    deserializer.deserialize_any(TextVisitor {
        expecting,
        target: PhantomData,
    })
}

struct TextVisitor<T> {
    expecting: &'static str,
    target: PhantomData<T>,
}

impl<T> de::Visitor<'_> for TextVisitor<T>
where
    T: FromStr,
    T::Err: fmt::Display,
{
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expecting)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.parse()
            .map_err(|error| E::custom(format_args!("{} {error}", quote(text))))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<T, E> {
        let text = number.to_string();
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        if digits.trim_matches('0').len() > FLOAT_DIGITS {
            return Err(E::custom(format_args!(
                "the number {text} has more digits than are kept without quotes; put it in quotes"
            )));
        }
        self.visit_str(&text)
    }
}
