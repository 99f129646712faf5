//! How values travel: decimals as strings, sides as letters, and fields that no client knows.

use core::fmt::Display;

use aicoin_domain::Side;
use serde_json::Value;

/// The field that no client knows. Its value is a number as a text, so that what adds all fields up is not disturbed.
const UNKNOWN: &str = "simReserved";
/// Objects below this size are alternatives (`{"error": …}`, `{"resting": …}`), where another field would be another answer.
const RECORD_FIELDS_MIN: usize = 3;

/// A decimal as a string. Whole numbers have one decimal, as the venue writes them.
pub(crate) fn decimal(value: impl Display) -> String {
    let mut text = value.to_string();
    if !text.contains('.') {
        text.push_str(".0");
    }
    text
}

/// The same as JSON.
pub(crate) fn num(value: impl Display) -> Value {
    Value::String(decimal(value))
}

/// `B` buys, `A` sells.
pub(crate) const fn side(side: Side) -> &'static str {
    match side {
        Side::Buy => "B",
        Side::Sell => "A",
    }
}

/// 32 bytes that look like the hash of something with this number.
pub(crate) fn hash(number: u64) -> String {
    let mut random = crate::random::Random::new(number, "hash");
    let words: [u64; 4] = core::array::from_fn(|_| random.next());
    words.iter().fold("0x".to_owned(), |mut text, word| {
        text.push_str(&format!("{word:016x}"));
        text
    })
}

/// Adds the unknown field to every record in a response. Maps by coin, levels of books and candles stay as they are:
/// people read those by position, or all of their values.
pub(crate) fn add_unknown_fields(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(add_unknown_fields),
        Value::Object(fields) => {
            let is_map = ["BTC", "px", "T"]
                .iter()
                .any(|name| fields.contains_key(*name))
                && !fields.contains_key("oid")
                && !fields.contains_key("tid");
            if is_map {
                return;
            }
            fields.values_mut().for_each(add_unknown_fields);
            if fields.len() >= RECORD_FIELDS_MIN {
                fields.insert(UNKNOWN.to_owned(), Value::String("0".to_owned()));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use aicoin_domain::{Price, Usd};
    use serde_json::json;

    use super::*;

    #[test]
    fn whole_numbers_have_one_decimal() {
        assert_eq!(decimal(Price::from_whole(30_135)), "30135.0");
        assert_eq!(decimal("0.5".parse::<Usd>().unwrap()), "0.5");
        assert_eq!(decimal(Usd::ZERO), "0.0");
    }

    #[test]
    fn records_get_an_unknown_field_and_alternatives_do_not() {
        let mut value = json!({
            "statuses": [{"resting": {"oid": 1}}, {"filled": {"oid": 1, "totalSz": "1.0", "avgPx": "1.0"}}],
            "mids": {"BTC": "1.0", "ETH": "1.0", "SOL": "1.0"},
            "levels": [[{"px": "1.0", "sz": "1.0", "n": 1}]],
        });
        add_unknown_fields(&mut value);
        assert_eq!(
            value,
            json!({
                "simReserved": "0",
                "statuses": [
                    {"resting": {"oid": 1}},
                    {"filled": {"oid": 1, "totalSz": "1.0", "avgPx": "1.0", "simReserved": "0"}}
                ],
                "mids": {"BTC": "1.0", "ETH": "1.0", "SOL": "1.0"},
                "levels": [[{"px": "1.0", "sz": "1.0", "n": 1}]],
            })
        );
    }

    #[test]
    fn a_hash_is_32_bytes() {
        assert_eq!(hash(1).len(), 66);
        assert_ne!(hash(1), hash(2));
    }
}
