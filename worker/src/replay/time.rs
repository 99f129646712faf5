//! Points in time on the command line and in reports.

use aicoin_domain::TimeMs;

/// RFC 3339, or milliseconds since 1970.
pub(crate) fn parse(text: &str) -> Result<TimeMs, String> {
    if let Ok(ms) = text.parse::<i64>() {
        return Ok(TimeMs(ms));
    }
    text.parse::<jiff::Timestamp>()
        .map(|time| TimeMs(time.as_millisecond()))
        .map_err(|_| {
            "it must be RFC 3339 with an offset (2026-11-25T14:00:00Z) or milliseconds since 1970"
                .to_owned()
        })
}

/// ISO 8601, UTC, milliseconds.
pub(super) fn iso(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms)
        .map_or_else(|_| format!("{ms} ms"), |time| format!("{time:.3}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_a_time_are_read_and_anything_else_is_refused() {
        assert_eq!(parse("1795615200000"), Ok(TimeMs(1_795_615_200_000)));
        assert_eq!(parse("2026-11-25T14:00:00Z"), Ok(TimeMs(1_795_615_200_000)));
        assert_eq!(
            parse("2026-11-25T15:00:00.250+01:00"),
            Ok(TimeMs(1_795_615_200_250))
        );
        assert_eq!(iso(1_795_615_200_250), "2026-11-25T14:00:00.250Z");
        for text in ["", "yesterday", "2026-11-25", "2026-11-25T14:00:00", "1.5"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
