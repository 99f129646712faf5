//! Exact decimals, written anew so that nothing of the product judges itself: 18 places in a 128-bit number.

use serde_json::Value;

const PLACES: usize = 18;

/// `-12.5` in units of 10^-18.
#[track_caller]
pub(crate) fn units(text: &str) -> i128 {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    assert!(
        !whole.is_empty() && is_number(whole) && is_number(part) && part.len() <= PLACES,
        "no decimal: {text:?}"
    );
    let all: i128 = format!("{whole}{part:0<PLACES$}").parse().unwrap();
    sign * all
}

/// A decimal *string* of a JSON object.
#[track_caller]
pub(crate) fn amount(object: &Value, key: &str) -> i128 {
    units(
        object[key]
            .as_str()
            .unwrap_or_else(|| panic!("{key} is no string in {object}")),
    )
}

/// A count of a JSON object.
#[track_caller]
pub(crate) fn count(object: &Value, key: &str) -> i64 {
    object[key]
        .as_i64()
        .unwrap_or_else(|| panic!("{key} is no integer in {object}"))
}
