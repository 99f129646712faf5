//! What opens a worker and what does not.
//!
//! Forged tokens are framed here by hand, with the keys' own library, so that a mistake in the product's framing cannot
//! hide itself.

#![allow(clippy::unwrap_used)]

use aicoin_token::{Claims, KeyError, Keys, PublicKey, Refused, Scope, SigningKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::Signer as _;
use ed25519_dalek::pkcs8::DecodePrivateKey as _;
use serde_json::{Value, json};

/// As `openssl genpkey -algorithm ed25519` printed it; Helm's `genPrivateKey "ed25519"` writes the same form.
const CURRENT: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIOVWPTeTSXRPL2n3c+K1MDfEkTjv3UYjBLyZND3TxHWU\n\
    -----END PRIVATE KEY-----\n";
const NEXT: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIANA9HyEwkjVs89jrK2b35RJd8TZ/yq35dVnacnxCLZ4\n\
    -----END PRIVATE KEY-----\n";
/// The key of RFC 8037, appendix A.1.
const RFC_8037: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
    -----END PRIVATE KEY-----\n";
const X25519: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VuBCIEICA2YroRSCoI8g2Hs7rgbh76HINPZx1jtBrsP/ufhy1s\n\
    -----END PRIVATE KEY-----\n";

const BOT: &str = "1d2f6c0e-8f6d-4b57-9a52-0a4a5c4a7d11";
const NOW: u64 = 1_800_000_000;

fn key(pem: &str) -> SigningKey {
    SigningKey::from_pem(pem).unwrap()
}

fn keys(of: &[&str]) -> Keys {
    let public: Vec<PublicKey> = of.iter().map(|pem| key(pem).public()).collect();
    Keys::from_jwks(&Keys::to_jwks(&public)).unwrap()
}

fn header() -> Value {
    json!({"alg": "EdDSA", "typ": "JWT", "kid": key(CURRENT).public().kid()})
}

fn claims() -> Value {
    json!({
        "iss": "aicoin-operator", "aud": BOT, "scope": "control", "iat": NOW, "nbf": NOW, "exp": NOW + 60,
    })
}

/// `base` with some members changed; `null` takes one out.
fn with(mut base: Value, changes: Value) -> Value {
    let members = base.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
    base
}

/// A token with these parts, signed by the current key.
fn forged(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let key = ed25519_dalek::SigningKey::from_pkcs8_pem(CURRENT).unwrap();
    let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()).to_bytes());
    format!("{signed}.{signature}")
}

/// The token with one character of its signature changed.
fn tampered(token: &str) -> String {
    let (rest, signature) = token.rsplit_once('.').unwrap();
    let (first, others) = signature.split_at(1);
    let other = if first == "A" { "B" } else { "A" };
    format!("{rest}.{other}{others}")
}

/// The claims of one token under the signature of another.
fn transplanted() -> String {
    let mine = forged(&header(), &claims());
    let theirs = forged(&header(), &with(claims(), json!({"aud": "another"})));
    let (signed, _) = mine.rsplit_once('.').unwrap();
    let (_, signature) = theirs.rsplit_once('.').unwrap();
    format!("{signed}.{signature}")
}

#[test]
fn each_bad_token_is_refused_and_says_why() {
    let good = forged(&header(), &claims());
    let of_header = |changes: Value| forged(&with(header(), changes), &claims());
    let of_claims = |changes: Value| forged(&header(), &with(claims(), changes));
    let unsigned = {
        let (signed, _) = good.rsplit_once('.').unwrap();
        format!("{signed}.")
    };
    let cases: Vec<(&str, String, Refused)> = vec![
        ("nothing", String::new(), Refused::Malformed),
        ("words", "let me in".to_owned(), Refused::Malformed),
        ("two parts", "e30.e30".to_owned(), Refused::Malformed),
        ("four parts", format!("{good}.e30"), Refused::Malformed),
        ("no JSON", "aGk.aGk.aGk".to_owned(), Refused::Malformed),
        ("padding", format!("{good}=="), Refused::Malformed),
        ("too long", "a".repeat(2049), Refused::TooLong),
        (
            "alg none",
            of_header(json!({"alg": "none"})),
            Refused::WrongAlgorithm,
        ),
        (
            "alg none, unsigned",
            {
                let token = of_header(json!({"alg": "none"}));
                format!("{}.", token.rsplit_once('.').unwrap().0)
            },
            Refused::WrongAlgorithm,
        ),
        (
            "alg HS256",
            of_header(json!({"alg": "HS256"})),
            Refused::WrongAlgorithm,
        ),
        (
            "alg RS256",
            of_header(json!({"alg": "RS256"})),
            Refused::WrongAlgorithm,
        ),
        (
            "alg eddsa",
            of_header(json!({"alg": "eddsa"})),
            Refused::WrongAlgorithm,
        ),
        (
            "no alg",
            of_header(json!({"alg": null})),
            Refused::Malformed,
        ),
        (
            "an extension",
            of_header(json!({"crit": ["b64"], "b64": false})),
            Refused::WrongAlgorithm,
        ),
        (
            "another type",
            of_header(json!({"typ": "at+jwt"})),
            Refused::Malformed,
        ),
        (
            "no type",
            of_header(json!({"typ": null})),
            Refused::Malformed,
        ),
        (
            "unknown key",
            of_header(json!({"kid": "0123456789abcdef"})),
            Refused::UnknownKey,
        ),
        (
            "no kid",
            of_header(json!({"kid": null})),
            Refused::UnknownKey,
        ),
        (
            "the kid of another key",
            of_header(json!({"kid": key(NEXT).public().kid()})),
            Refused::BadSignature,
        ),
        ("unsigned", unsigned, Refused::BadSignature),
        ("bad signature", tampered(&good), Refused::BadSignature),
        (
            "transplanted signature",
            transplanted(),
            Refused::BadSignature,
        ),
        (
            "wrong issuer",
            of_claims(json!({"iss": "somebody"})),
            Refused::WrongIssuer,
        ),
        (
            "wrong audience",
            of_claims(json!({"aud": "another"})),
            Refused::WrongAudience,
        ),
        (
            "audience in other letters",
            of_claims(json!({"aud": BOT.to_uppercase()})),
            Refused::WrongAudience,
        ),
        (
            "audience as a list",
            of_claims(json!({"aud": [BOT]})),
            Refused::Malformed,
        ),
        (
            "no audience",
            of_claims(json!({"aud": null})),
            Refused::Malformed,
        ),
        (
            "expired",
            of_claims(json!({"iat": NOW - 90, "nbf": NOW - 90, "exp": NOW - 30})),
            Refused::Expired,
        ),
        (
            "no expiry",
            of_claims(json!({"exp": null})),
            Refused::Malformed,
        ),
        (
            "not valid yet",
            of_claims(json!({"nbf": NOW + 31, "exp": NOW + 60})),
            Refused::NotYetValid,
        ),
        (
            "made in the future",
            of_claims(json!({"iat": NOW + 31, "exp": NOW + 60})),
            Refused::NotYetValid,
        ),
        (
            "too long a life",
            of_claims(json!({"exp": NOW + 301})),
            Refused::LivesTooLong,
        ),
        (
            "too long a life, moved",
            of_claims(json!({"iat": NOW - 300, "exp": NOW + 60})),
            Refused::LivesTooLong,
        ),
        (
            "for ever",
            of_claims(json!({"exp": u64::MAX})),
            Refused::LivesTooLong,
        ),
        (
            "a time that is no number",
            of_claims(json!({"exp": "soon"})),
            Refused::Malformed,
        ),
        (
            "a time before 1970",
            of_claims(json!({"nbf": -1})),
            Refused::Malformed,
        ),
        (
            "to look only",
            of_claims(json!({"scope": "read"})),
            Refused::WrongScope,
        ),
        (
            "an unknown scope",
            of_claims(json!({"scope": "admin"})),
            Refused::Malformed,
        ),
        (
            "no scope",
            of_claims(json!({"scope": null})),
            Refused::Malformed,
        ),
    ];
    let trusted = keys(&[CURRENT, NEXT]);
    for (what, token, why) in cases {
        assert_eq!(
            trusted.verify(&token, BOT, Scope::Control, NOW),
            Err(why),
            "{what}"
        );
    }
    assert_eq!(trusted.verify(&good, BOT, Scope::Control, NOW), Ok(()));
    assert_eq!(
        keys(&[NEXT]).verify(&good, BOT, Scope::Control, NOW),
        Err(Refused::UnknownKey)
    );
}

#[test]
fn what_the_operator_mints_is_admitted_for_a_minute_and_the_skew() {
    let token = key(CURRENT).mint(
        &Claims {
            audience: BOT,
            scope: Scope::Control,
        },
        NOW,
    );
    let trusted = keys(&[CURRENT]);
    for (now, verdict) in [
        (NOW - 31, Err(Refused::NotYetValid)),
        (NOW - 30, Ok(())),
        (NOW, Ok(())),
        (NOW + 89, Ok(())),
        (NOW + 90, Err(Refused::Expired)),
    ] {
        assert_eq!(
            trusted.verify(&token, BOT, Scope::Control, now),
            verdict,
            "{now}"
        );
    }
}

#[test]
fn control_admits_reading_and_reading_admits_no_control() {
    let trusted = keys(&[CURRENT]);
    let admits = |has, needs| {
        let token = key(CURRENT).mint(
            &Claims {
                audience: BOT,
                scope: has,
            },
            NOW,
        );
        trusted.verify(&token, BOT, needs, NOW)
    };
    assert_eq!(admits(Scope::Control, Scope::Read), Ok(()));
    assert_eq!(admits(Scope::Control, Scope::Control), Ok(()));
    assert_eq!(admits(Scope::Read, Scope::Read), Ok(()));
    assert_eq!(
        admits(Scope::Read, Scope::Control),
        Err(Refused::WrongScope)
    );
}

#[test]
fn a_worker_that_does_not_know_its_bot_admits_nobody() {
    let token = key(CURRENT).mint(
        &Claims {
            audience: "",
            scope: Scope::Control,
        },
        NOW,
    );
    assert_eq!(
        keys(&[CURRENT]).verify(&token, "", Scope::Read, NOW),
        Err(Refused::WrongAudience)
    );
}

#[test]
fn both_keys_of_a_rotation_are_admitted() {
    let trusted = keys(&[CURRENT, NEXT]);
    for pem in [CURRENT, NEXT] {
        let token = key(pem).mint(
            &Claims {
                audience: BOT,
                scope: Scope::Control,
            },
            NOW,
        );
        assert_eq!(trusted.verify(&token, BOT, Scope::Control, NOW), Ok(()));
    }
}

#[test]
fn a_claim_that_a_later_operator_adds_locks_nobody_out() {
    let token = forged(
        &header(),
        &with(claims(), json!({"jti": "7", "for": {"later": true}})),
    );
    assert_eq!(
        keys(&[CURRENT]).verify(&token, BOT, Scope::Control, NOW),
        Ok(())
    );
}

#[test]
fn the_key_set_is_the_one_of_rfc_8037() {
    // The public key and its JSON form stand in appendix A.2 of the RFC; the name is ours.
    let jwks: Value = serde_json::from_str(&Keys::to_jwks(&[key(RFC_8037).public()])).unwrap();
    assert_eq!(
        jwks,
        json!({"keys": [{
            "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig",
            "kid": "21fe31dfa154a261",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        }]})
    );
}

#[test]
fn only_an_ed25519_private_key_is_taken() {
    let crlf = CURRENT.replace('\n', "\r\n");
    let spaced = format!("\n{CURRENT}\n\n");
    for pem in [CURRENT, &crlf, &spaced, CURRENT.trim_end()] {
        assert!(SigningKey::from_pem(pem).is_ok(), "{pem}");
    }
    let public = CURRENT.replace("PRIVATE", "PUBLIC");
    let rsa = CURRENT.replace("PRIVATE", "RSA PRIVATE");
    let long = format!("{CURRENT}{}", "a".repeat(5000));
    for pem in ["", "changeme", X25519, &public, &rsa, &long] {
        assert_eq!(
            SigningKey::from_pem(pem).err(),
            Some(KeyError::NotAPrivateKey),
            "{pem}"
        );
    }
}

#[test]
fn each_bad_key_set_is_refused() {
    let good: Value = serde_json::from_str(&Keys::to_jwks(&[key(CURRENT).public()])).unwrap();
    let one = good.get("keys").unwrap().get(0).unwrap().clone();
    let set = |keys: Vec<Value>| json!({ "keys": keys }).to_string();
    let changed = |changes: Value| set(vec![with(one.clone(), changes)]);
    let zero_point = URL_SAFE_NO_PAD.encode([0_u8; 32]);
    let cases = [
        ("nothing", String::new(), KeyError::NotAKeySet),
        ("a list", "[]".to_owned(), KeyError::NotAKeySet),
        ("no key", set(vec![]), KeyError::NoKey),
        (
            "another kind only",
            changed(json!({"kty": "RSA"})),
            KeyError::NoKey,
        ),
        (
            "another curve only",
            changed(json!({"crv": "X25519"})),
            KeyError::NoKey,
        ),
        (
            "a damaged key",
            changed(json!({"x": "11qY"})),
            KeyError::DamagedKey(1),
        ),
        (
            "no key in it",
            changed(json!({"x": null})),
            KeyError::DamagedKey(1),
        ),
        (
            "a key that signs everything",
            changed(json!({"x": zero_point})),
            KeyError::DamagedKey(1),
        ),
        (
            "another name",
            changed(json!({"kid": "0123456789abcdef"})),
            KeyError::DamagedKey(1),
        ),
        (
            "no name",
            changed(json!({"kid": null})),
            KeyError::DamagedKey(1),
        ),
        ("five keys", set(vec![one.clone(); 5]), KeyError::TooMany),
        ("too long", " ".repeat(20_000), KeyError::TooMany),
    ];
    for (what, text, why) in cases {
        assert_eq!(Keys::from_jwks(&text), Err(why), "{what}");
    }
    let beside = json!({"kty": "AKP", "alg": "ML-DSA-65", "kid": "later", "pub": "…"});
    assert_eq!(
        Keys::from_jwks(&set(vec![beside, one])),
        Ok(keys(&[CURRENT])),
        "a key of a later kind is passed over"
    );
}
