//! The lengths of candles that can be asked for.

use aicoin_domain::DurationMs;

/// The venue's intervals. A month counts as 30 days.
const ALL: [(&str, i64); 14] = [
    ("1m", 1),
    ("3m", 3),
    ("5m", 5),
    ("15m", 15),
    ("30m", 30),
    ("1h", 60),
    ("2h", 120),
    ("4h", 240),
    ("8h", 480),
    ("12h", 720),
    ("1d", 1_440),
    ("3d", 4_320),
    ("1w", 10_080),
    ("1M", 43_200),
];

/// A length of candles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Interval {
    pub(crate) name: &'static str,
    pub(crate) span: DurationMs,
}

impl Interval {
    /// The one of that name.
    pub(crate) fn find(name: &str) -> Option<Self> {
        let (name, minutes) = ALL.into_iter().find(|(known, _)| *known == name)?;
        Some(Self {
            name,
            span: DurationMs::from_mins(minutes),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_not_minutes() {
        assert_eq!(
            Interval::find("1M").unwrap().span,
            DurationMs::from_mins(43_200)
        );
        assert_eq!(Interval::find("1m").unwrap().span, DurationMs::from_mins(1));
        assert_eq!(Interval::find("7m"), None);
    }
}
