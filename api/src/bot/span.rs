//! A length of time in a manifest: `500ms`, `90s`, `3m`, `1h`, `1d`, and sums like `1h30m`.

use core::fmt;
use core::str::FromStr;

use aicoin_domain::DurationMs;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::number;

/// A length of time as a manifest writes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(pub DurationMs);

/// The text is no length of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpanError {
    /// A number alone.
    NoUnit {
        /// The number.
        number: String,
    },
    /// Anything else.
    NotASpan,
    /// More than [`Span::MAX`].
    TooLong,
}

/// The units, longest first, and how many milliseconds each has.
const UNITS: [(&str, i64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
];

impl Span {
    /// The longest length of time that is understood: no field needs more, and no sum of two overflows.
    pub const MAX: Self = Self(DurationMs(3650 * 86_400_000));
}

impl fmt::Display for SpanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoUnit { number } => write!(f, "has no unit; write {number}s for seconds"),
            Self::NotASpan => {
                f.write_str("is not a length of time; write it like 500ms, 90s, 3m or 1h")
            }
            Self::TooLong => f.write_str("is too long; write at most 3650d"),
        }
    }
}

impl core::error::Error for SpanError {}

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        if text.len() > number::TEXT_CHARS_MAX {
            return Err(SpanError::TooLong);
        }
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(SpanError::NoUnit {
                number: text.to_owned(),
            });
        }
        let (mut rest, mut total) = (text, 0_i64);
        // Units come in falling order and once each, so `3m1h` is refused and the loop is short.
        let mut units = UNITS.iter();
        while !rest.is_empty() {
            let digits_end = rest
                .find(|c: char| !c.is_ascii_digit())
                .ok_or(SpanError::NotASpan)?;
            let (digits, tail) = rest.split_at(digits_end);
            let unit_end = tail
                .find(|c: char| c.is_ascii_digit())
                .unwrap_or(tail.len());
            let (unit, next) = tail.split_at(unit_end);
            let (_, unit_ms) = units
                .find(|(name, _)| *name == unit)
                .ok_or(SpanError::NotASpan)?;
            if digits.is_empty() {
                return Err(SpanError::NotASpan);
            }
            let count: i64 = digits.parse().map_err(|_| SpanError::TooLong)?;
            total = count
                .checked_mul(*unit_ms)
                .and_then(|part| total.checked_add(part))
                .ok_or(SpanError::TooLong)?;
            rest = next;
        }
        if text.is_empty() {
            return Err(SpanError::NotASpan);
        }
        if total > Self::MAX.0.0 {
            return Err(SpanError::TooLong);
        }
        Ok(Self(DurationMs(total)))
    }
}

impl fmt::Display for Span {
    /// In the largest unit that leaves no rest: `90s`, `3m`, `1d`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.0.0;
        let (name, unit_ms) = UNITS
            .iter()
            .find(|(_, unit_ms)| total != 0 && total % unit_ms == 0)
            .unwrap_or(&("s", 1000));
        write!(f, "{}{name}", total / unit_ms)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        number::deserialize(deserializer, "a length of time like 3m")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read_and_written() {
        let table = [
            ("500ms", 500, "500ms"),
            ("90s", 90_000, "90s"),
            ("3m", 180_000, "3m"),
            ("1h", 3_600_000, "1h"),
            ("1d", 86_400_000, "1d"),
            ("1h30m", 5_400_000, "90m"),
            ("1m500ms", 60_500, "60500ms"),
            ("0s", 0, "0s"),
        ];
        for (text, ms, written) in table {
            let span: Span = text.parse().unwrap();
            assert_eq!(
                (span, span.to_string().as_str()),
                (Span(DurationMs(ms)), written),
                "{text}"
            );
        }
    }

    #[test]
    fn a_text_that_is_no_length_of_time_is_refused() {
        for text in [
            "", " ", "m", "3", "3 m", "3min", "-3m", "1.5h", "3m1h", "1m1m", "3M", "٣m", "3m ",
            " 3m",
        ] {
            let error = text.parse::<Span>();
            match text {
                "3" => assert_eq!(
                    error,
                    Err(SpanError::NoUnit {
                        number: "3".to_owned()
                    })
                ),
                _ => assert_eq!(error, Err(SpanError::NotASpan), "{text:?}"),
            }
        }
        for text in ["3651d", "99999999999999999999s", "9223372036854775807h"] {
            assert_eq!(text.parse::<Span>(), Err(SpanError::TooLong), "{text:?}");
        }
    }
}
