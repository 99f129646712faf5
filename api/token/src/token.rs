//! The compact form: `header.claims.signature`, each part in base64url.
//!
//! The algorithm is ours, not the token's: a header that names another one is refused before anything is computed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::claims::{Claims, Scope};
use crate::jwks::Keys;
use crate::key::SigningKey;
use crate::refused::Refused;

/// Who makes control tokens.
pub const ISSUER: &str = "aicoin-operator";
/// How long a token that we make lives, s.
pub const LIFE_S: u64 = 60;
/// A token that lives longer is refused, s.
pub const LIFE_S_MAX: u64 = 300;
/// How far the clocks of two nodes may be apart, s.
pub const SKEW_S: u64 = 30;
/// A longer token is refused unread, bytes: one of ours is about 350.
pub const TOKEN_BYTES_MAX: usize = 2048;

const ALGORITHM: &str = "EdDSA";
const TYPE: &str = "JWT";

#[derive(Serialize)]
struct HeaderWritten<'a> {
    alg: &'a str,
    typ: &'a str,
    kid: &'a str,
}

#[derive(Deserialize)]
struct HeaderRead {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
    /// Extensions that a reader must understand: we know none.
    crit: Option<serde_json::Value>,
}

#[derive(Serialize)]
struct ClaimsWritten<'a> {
    iss: &'a str,
    aud: &'a str,
    scope: Scope,
    iat: u64,
    nbf: u64,
    exp: u64,
}

/// A claim that is not here is passed over, so that a later operator may add one.
#[derive(Deserialize)]
struct ClaimsRead {
    iss: String,
    aud: String,
    scope: Scope,
    iat: u64,
    nbf: u64,
    exp: u64,
}

pub(crate) fn mint(key: &SigningKey, claims: &Claims<'_>, now_s: u64) -> String {
    let kid = key.public().kid();
    let header = HeaderWritten {
        alg: ALGORITHM,
        typ: TYPE,
        kid: &kid,
    };
    let claims = ClaimsWritten {
        iss: ISSUER,
        aud: claims.audience,
        scope: claims.scope,
        iat: now_s,
        nbf: now_s,
        exp: now_s.saturating_add(LIFE_S),
    };
    let mut token = part(&header);
    token.push('.');
    token.push_str(&part(&claims));
    let signature = key.sign(token.as_bytes());
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    token
}

pub(crate) fn verify(
    keys: &Keys,
    token: &str,
    audience: &str,
    need: Scope,
    now_s: u64,
) -> Result<(), Refused> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(Refused::TooLong);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(Refused::Malformed)?;
    let (header, claims) = signed.split_once('.').ok_or(Refused::Malformed)?;
    if claims.contains('.') {
        return Err(Refused::Malformed);
    }

    let header: HeaderRead = parsed(header)?;
    if header.alg != ALGORITHM || header.crit.is_some() {
        return Err(Refused::WrongAlgorithm);
    }
    if header.typ.as_deref() != Some(TYPE) {
        return Err(Refused::Malformed);
    }
    let kid = header.kid.ok_or(Refused::UnknownKey)?;
    let key = keys.by_kid(&kid).ok_or(Refused::UnknownKey)?;
    let signature = URL_SAFE_NO_PAD
        .decode(signature)
        .map_err(|_| Refused::Malformed)?;
    if !key.signed(signed.as_bytes(), &signature) {
        return Err(Refused::BadSignature);
    }

    // From here on it is what the operator said.
    check(&parsed(claims)?, audience, need, now_s)
}

fn check(claims: &ClaimsRead, audience: &str, need: Scope, now_s: u64) -> Result<(), Refused> {
    if claims.iss != ISSUER {
        return Err(Refused::WrongIssuer);
    }
    // An empty one on both sides would be a bot that does not know who it is.
    if audience.is_empty() || claims.aud != audience {
        return Err(Refused::WrongAudience);
    }
    let begin = claims.iat.min(claims.nbf);
    if claims.exp.saturating_sub(begin) > LIFE_S_MAX {
        return Err(Refused::LivesTooLong);
    }
    if claims.iat.max(claims.nbf) > now_s.saturating_add(SKEW_S) {
        return Err(Refused::NotYetValid);
    }
    if claims.exp.saturating_add(SKEW_S) <= now_s {
        return Err(Refused::Expired);
    }
    if claims.scope < need {
        return Err(Refused::WrongScope);
    }
    Ok(())
}

fn part(value: &impl Serialize) -> String {
    // Strings and numbers in a flat object: there is nothing that JSON could not write.
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).unwrap_or_default())
}

fn parsed<T: DeserializeOwned>(part: &str) -> Result<T, Refused> {
    let bytes = URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| Refused::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| Refused::Malformed)
}
