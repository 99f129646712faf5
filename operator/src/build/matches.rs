//! Whether an object of the cluster still is what was asked for: it holds all of it, and may hold more.
//!
//! The API server adds defaults and other controllers add their own fields: what was not asked for is not looked at.

use serde_json::Value;

/// Maps that are one value: an entry more selects something else.
const WHOLE: [&str; 5] = [
    "selector",
    "matchLabels",
    "podSelector",
    "namespaceSelector",
    "nodeSelector",
];

/// Whether `actual` holds everything of `asked`.
#[must_use]
pub fn holds(actual: &Value, asked: &Value) -> bool {
    match (actual, asked) {
        // An empty thing that was asked for may be left out by the server.
        (Value::Null, Value::Object(asked)) => asked.is_empty(),
        (Value::Null, Value::Array(asked)) => asked.is_empty(),
        (Value::Object(actual), Value::Object(asked)) => asked.iter().all(|(key, asked)| {
            let actual = actual.get(key).unwrap_or(&Value::Null);
            holds(actual, asked)
                && (!WHOLE.contains(&key.as_str()) || entries(actual) == entries(asked))
        }),
        (Value::Array(actual), Value::Array(asked)) => {
            actual.len() == asked.len()
                && actual
                    .iter()
                    .zip(asked)
                    .all(|(actual, asked)| holds(actual, asked))
        }
        (Value::String(actual), Value::String(asked)) => {
            actual == asked || same_quantity(actual, asked)
        }
        (actual, asked) => actual == asked,
    }
}

fn entries(value: &Value) -> usize {
    value.as_object().map_or(0, serde_json::Map::len)
}

/// The server writes quantities its own way: `1000m` comes back as `1`.
fn same_quantity(one: &str, other: &str) -> bool {
    match (thousandths(one), thousandths(other)) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

/// A quantity in thousandths; `None` when it is none, or an uncommon one: then it is compared as it is written.
fn thousandths(text: &str) -> Option<i128> {
    const UNITS: [(&str, i128); 12] = [
        ("Ki", 1000 << 10),
        ("Mi", 1000 << 20),
        ("Gi", 1000 << 30),
        ("Ti", 1000 << 40),
        ("Pi", 1000 << 50),
        ("m", 1),
        ("k", 1_000_000),
        ("M", 1_000_000_000),
        ("G", 1_000_000_000_000),
        ("T", 1_000_000_000_000_000),
        ("P", 1_000_000_000_000_000_000),
        ("", 1000),
    ];
    let (digits, unit) = UNITS
        .iter()
        .find_map(|(name, unit)| text.strip_suffix(name).map(|digits| (digits, *unit)))?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty()
        || !whole
            .bytes()
            .chain(fraction.bytes())
            .all(|it| it.is_ascii_digit())
    {
        return None;
    }
    let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let number: i128 = format!("{whole}{fraction}").parse().ok()?;
    let product = number.checked_mul(unit)?;
    (product % scale == 0).then_some(product / scale)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_was_added_does_not_matter_and_what_was_changed_does() {
        let asked = json!({"spec": {"replicas": 1, "list": [{"a": "1"}], "empty": {}}});
        for (actual, same) in [
            (
                json!({"spec": {"replicas": 1, "list": [{"a": "1", "b": 2}], "more": 3}}),
                true,
            ),
            (
                json!({"spec": {"replicas": 2, "list": [{"a": "1"}]}}),
                false,
            ),
            (json!({"spec": {"replicas": 1, "list": []}}), false),
            (
                json!({"spec": {"replicas": 1, "list": [{"a": "1"}, {"a": "2"}]}}),
                false,
            ),
            (json!({"spec": {"replicas": 1}}), false),
            (json!({}), false),
        ] {
            assert_eq!(holds(&actual, &asked), same, "{actual}");
        }
    }

    #[test]
    fn a_selector_is_one_value() {
        for (actual, same) in [
            (json!({"selector": {"a": "1"}}), true),
            (json!({"selector": {"a": "1", "b": "2"}}), false),
            (json!({"selector": {"a": "2"}}), false),
            (json!({"selector": null}), false),
        ] {
            assert_eq!(
                holds(&actual, &json!({"selector": {"a": "1"}})),
                same,
                "{actual}"
            );
        }
        assert!(holds(&json!({}), &json!({"podSelector": {}})));
        assert!(!holds(
            &json!({"podSelector": {"matchLabels": {}}}),
            &json!({"podSelector": {}})
        ));
    }

    #[test]
    fn a_quantity_is_the_same_however_it_is_written() {
        for (one, other, same) in [
            ("1", "1000m", true),
            ("0.5", "500m", true),
            ("1Gi", "1024Mi", true),
            ("1G", "1Gi", false),
            ("2", "2000m", true),
            ("1e3", "1000", false),
            ("abc", "abd", false),
            ("m", "0", false),
        ] {
            assert_eq!(holds(&json!(one), &json!(other)), same, "{one} {other}");
        }
    }
}
