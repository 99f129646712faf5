//! Why a token was refused.

use crate::token::{ISSUER, LIFE_S_MAX, TOKEN_BYTES_MAX};

/// Why a token was refused. For logs and tests: whoever sent it is told only that it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is longer than any token of ours.
    #[error("the token is longer than {TOKEN_BYTES_MAX} bytes")]
    TooLong,
    /// It is no compact JWT, or a field is missing or of another type.
    #[error("the token is no compact JWT with the fields that a control token has")]
    Malformed,
    /// Its header names another algorithm than Ed25519, or asks for an extension.
    #[error("the token's algorithm is not EdDSA")]
    WrongAlgorithm,
    /// Its key is not among the public keys.
    #[error("the token is signed by a key that is not among the control keys")]
    UnknownKey,
    /// The signature does not belong to it.
    #[error("the token's signature is wrong")]
    BadSignature,
    /// Somebody else made it.
    #[error("the token's issuer is not {ISSUER}")]
    WrongIssuer,
    /// It is for another bot.
    #[error("the token is for another bot")]
    WrongAudience,
    /// It lives longer than any token of ours.
    #[error("the token lives longer than {LIFE_S_MAX} s")]
    LivesTooLong,
    /// Its time has not come: a clock is off.
    #[error("the token is not valid yet: compare the clocks of the nodes")]
    NotYetValid,
    /// Its time is over.
    #[error("the token is no longer valid")]
    Expired,
    /// It is good to look only.
    #[error("the token is good to look, not to control")]
    WrongScope,
}
