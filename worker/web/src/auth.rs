//! Who may ask. Local mode: whoever has the token that was printed at the start. In a cluster: whoever has a token that
//! the operator signed.
//!
//! For: one decision, [`Auth::admits`]. Never: a variant that admits everybody, a token in a log line, a comparison that
//! tells by its time how much of a guess was right.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use subtle::ConstantTimeEq;

use crate::signed::Signed;

/// Bytes of randomness in a generated token.
const TOKEN_BYTES: usize = 32;
/// The shortest token that is taken from elsewhere: 128 bits as hexadecimal digits.
const TOKEN_CHARS_MIN: usize = 32;
/// The longest one.
const TOKEN_CHARS_MAX: usize = 256;

/// How requests prove that they may read and control. Another way joins as another variant.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Auth {
    /// Local mode: one token for everything.
    Token(Token),
    /// In a cluster: a token of the operator's, for this bot, for a minute.
    Signed(Signed),
}

impl Auth {
    /// Whether this credential opens `access`.
    pub(crate) fn admits(&self, credential: &str, access: Need) -> bool {
        match (self, access) {
            (Self::Token(token), Need::Read | Need::Control) => token.matches(credential),
            (Self::Signed(signed), need) => signed.admits(credential, need),
        }
    }

    /// Whether only names of this machine may stand in a request.
    ///
    /// The name guards against DNS rebinding: a foreign page whose name is pointed at us. It matters where a browser on
    /// the same machine is the way in. In a cluster the worker has many names (its pod's address, a Service, a forwarded
    /// port), and such a page has nothing to send: it knows no token, and a browser gives it no cookie of another name.
    pub(crate) const fn asks_for_our_name(&self) -> bool {
        match self {
            Self::Token(_) => true,
            Self::Signed(_) => false,
        }
    }

    /// What to do for whoever has no credential, or a wrong one.
    pub(crate) const fn how_to_get_in(&self) -> &'static str {
        match self {
            Self::Token(_) => {
                "This needs the token of the address that the worker printed when it started: send it as \
                 Authorization: Bearer, or open that address in a browser."
            }
            Self::Signed(_) => {
                "This needs a token that the operator signed for this bot, and that is still valid, as Authorization: \
                 Bearer."
            }
        }
    }
}

/// What a credential is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// To look.
    Read,
    /// To change what the bot does.
    Control,
}

/// The token of local mode. It is never written by `Debug`; only [`Token::url`] lets it out.
#[derive(Clone)]
pub struct Token(Arc<str>);

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The system gave no random bytes.
    #[error("The system gave no random bytes for the token: {0}")]
    Random(getrandom::Error),
    /// The text is no token.
    #[error("A token is {TOKEN_CHARS_MIN} to {TOKEN_CHARS_MAX} letters and digits.")]
    Malformed,
}

impl Token {
    /// A new random token of 256 bits.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn generate() -> Result<Self, TokenError> {
        let mut bytes = [0_u8; TOKEN_BYTES];
        getrandom::fill(&mut bytes).map_err(TokenError::Random)?;
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self(hex.into()))
    }

    /// A token that was made elsewhere, for example by [`Token::generate`] at an earlier start.
    ///
    /// # Errors
    /// When it is too short to be safe, too long, or has characters that a URL or a cookie would change.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        let length_fits = (TOKEN_CHARS_MIN..=TOKEN_CHARS_MAX).contains(&text.len());
        if length_fits && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            Ok(Self(text.into()))
        } else {
            Err(TokenError::Malformed)
        }
    }

    /// The address to print: it opens the dashboard once, and the token then leaves the address bar.
    #[must_use]
    pub fn url(&self, address: SocketAddr) -> String {
        let ip = address.ip();
        let host = if ip.is_unspecified() {
            "127.0.0.1".to_owned()
        } else {
            address_host(address)
        };
        format!("http://{host}:{}/?token={}", address.port(), self.0)
    }

    /// The token itself.
    #[cfg(test)]
    fn reveal(&self) -> &str {
        &self.0
    }

    fn matches(&self, guess: &str) -> bool {
        // Lengths are no secret; equal lengths are compared in constant time.
        self.0.as_bytes().ct_eq(guess.as_bytes()).into()
    }
}

fn address_host(address: SocketAddr) -> String {
    match address {
        SocketAddr::V4(v4) => v4.ip().to_string(),
        SocketAddr::V6(v6) => format!("[{}]", v6.ip()),
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_long_random_and_never_shown_by_debug() {
        let token = Token::generate().unwrap();
        let other = Token::generate().unwrap();
        assert_eq!(token.reveal().len(), 64);
        assert_ne!(token.reveal(), other.reveal());
        assert!(!format!("{:?}", Auth::Token(token.clone())).contains(token.reveal()));
    }

    #[test]
    fn only_the_whole_token_is_admitted() {
        let token = Token::generate().unwrap();
        let auth = Auth::Token(token.clone());
        let half = token.reveal().get(..32).unwrap();
        assert!(auth.admits(token.reveal(), Need::Control));
        for guess in ["", half, "0", &format!("{}0", token.reveal())] {
            assert!(!auth.admits(guess, Need::Read), "{guess}");
        }
    }

    #[test]
    fn placeholders_and_short_secrets_are_refused() {
        for text in [
            "",
            "changeme",
            "secret",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "a b;c=d,aaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ] {
            assert!(Token::parse(text).is_err(), "{text}");
        }
        assert!(Token::parse(&"0123456789abcdef".repeat(2)).is_ok());
    }

    #[test]
    fn the_url_names_an_address_that_a_browser_can_open() {
        let token = Token::parse(&"0123456789abcdef".repeat(2)).unwrap();
        let url = |address: &str| token.url(address.parse().unwrap());
        assert_eq!(
            url("127.0.0.1:8000"),
            "http://127.0.0.1:8000/?token=0123456789abcdef0123456789abcdef"
        );
        assert!(url("0.0.0.0:9").starts_with("http://127.0.0.1:9/"));
        assert!(url("[::1]:9").starts_with("http://[::1]:9/"));
    }
}
