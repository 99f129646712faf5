//! The few query parameters there are, read by hand, so that each mistake gets its own sentence.

use axum::http::Uri;

use crate::error::ApiError;

/// Rows in a list when nobody says how many.
const LIMIT_DEFAULT: u32 = 100;
/// Rows in a list at most: about 200 kB.
const LIMIT_MAX: u32 = 1000;

/// The first value of a parameter, as it stands there: our values need no percent-decoding.
pub(crate) fn value<'a>(uri: &'a Uri, name: &str) -> Option<&'a str> {
    uri.query()?
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// `?limit=`.
pub(crate) fn limit(uri: &Uri) -> Result<u32, ApiError> {
    let Some(text) = value(uri, "limit") else {
        return Ok(LIMIT_DEFAULT);
    };
    text.parse()
        .ok()
        .filter(|limit| (1..=LIMIT_MAX).contains(limit))
        .ok_or_else(|| {
            ApiError::bad_request(format!("limit is a whole number from 1 to {LIMIT_MAX}."))
        })
}
