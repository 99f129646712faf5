//! The key of the AI account.
//!
//! Never: a `Debug`, a `Display`, a `Clone` or a `Serialize` of it; it leaves this type as one header only, and is taken
//! out of every text that came from outside.
//!
//! ```compile_fail
//! fn shown<T: std::fmt::Debug>() {}
//! shown::<aicoin_ai::ApiKey>();
//! ```
//! ```compile_fail
//! fn written<T: serde::Serialize>() {}
//! written::<aicoin_ai::ApiKey>();
//! ```

use reqwest::header::HeaderValue;

use crate::text;

/// The longest key that is taken, in bytes: far above any vendor's.
const KEY_BYTES_MAX: usize = 4096;

/// What stands in place of the key in a text.
const REDACTED: &str = "[redacted]";

/// The key of the AI account: without `Debug`, `Display`, `Clone` and `Serialize`.
pub struct ApiKey {
    text: String,
    header: HeaderValue,
}

/// Why a text is not a key. It never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiKeyError {
    /// There is nothing in it.
    #[error("the AI key is empty: put the key into the Secret")]
    Empty,
    /// It cannot be sent in a header.
    #[error(
        "the AI key has a space, a line break or another character that no key has: put only the key into the Secret"
    )]
    Malformed,
    /// It is too long to be a key.
    #[error("the AI key is longer than 4096 bytes: put only the key into the Secret")]
    TooLong,
}

impl ApiKey {
    /// A key as a file or a person gives it; spaces and line breaks around it are dropped.
    ///
    /// # Errors
    /// When there is no key in it, or more than a key.
    pub fn new(text: &str) -> Result<Self, ApiKeyError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ApiKeyError::Empty);
        }
        if text.len() > KEY_BYTES_MAX {
            return Err(ApiKeyError::TooLong);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ApiKeyError::Malformed);
        }
        let mut header =
            HeaderValue::try_from(format!("Bearer {text}")).map_err(|_| ApiKeyError::Malformed)?;
        header.set_sensitive(true);
        Ok(Self {
            text: text.to_owned(),
            header,
        })
    }

    /// The value of the `Authorization` header, marked as sensitive.
    pub(crate) fn header(&self) -> HeaderValue {
        self.header.clone()
    }

    /// The text without the key. Call it before any cut: half of a key is a secret too.
    fn redact(&self, text: &str) -> String {
        text.replace(&self.text, REDACTED)
    }
}

/// The text without the key, where there is one.
pub(crate) fn redact(key: Option<&ApiKey>, text: &str) -> String {
    match key {
        Some(key) => key.redact(text),
        None => text.to_owned(),
    }
}

/// The text as [`text::plain`] makes it, without the key: taking out what nobody sees must not put the key together.
pub(crate) fn redact_plain(key: Option<&ApiKey>, text: &str) -> String {
    redact(key, &text::plain(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_word() {
        let error = |text: &str| ApiKey::new(text).err();
        assert_eq!(error(" sk-1\n"), None);
        assert_eq!(error(" \n"), Some(ApiKeyError::Empty));
        assert_eq!(error("sk-1\nsk-2"), Some(ApiKeyError::Malformed));
        assert_eq!(error("sk-ü"), Some(ApiKeyError::Malformed));
        assert_eq!(error(&"k".repeat(5000)), Some(ApiKeyError::TooLong));
    }

    #[test]
    fn a_key_is_taken_out_of_a_text() {
        let key = ApiKey::new("sk-canary").unwrap();
        assert_eq!(
            key.redact("bad key sk-canary, sk-canary"),
            "bad key [redacted], [redacted]"
        );
        assert_eq!(
            redact_plain(Some(&key), "bad\nkey sk-can\u{200b}ary"),
            "bad key [redacted]"
        );
        assert!(!format!("{:?}", key.header()).contains("canary"));
    }
}
