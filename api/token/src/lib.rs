//! Control tokens: the operator signs them, the worker checks them.
//!
//! A token is a compact JWT (RFC 7519) with one algorithm, Ed25519 (RFC 8037). It is for one bot (`aud` is the bot's uid),
//! for a minute, and to look or to control. The worker holds public keys only, so nothing in a worker can make a token.
//!
//! Never: an algorithm that the token chooses; a private key that can be shown, written or copied; a clock (the time is
//! an argument); a sentence that repeats a token.
//!
//! ```
//! use aicoin_token::{Claims, Keys, Scope, SigningKey};
//!
//! let key = SigningKey::from_pem(
//!     "-----BEGIN PRIVATE KEY-----\n\
//!      MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
//!      -----END PRIVATE KEY-----\n",
//! )?;
//! let keys = Keys::from_jwks(&Keys::to_jwks(&[key.public()]))?;
//! let token = key.mint(&Claims { audience: "6ba7b810", scope: Scope::Control }, 1_800_000_000);
//! assert_eq!(keys.verify(&token, "6ba7b810", Scope::Control, 1_800_000_010), Ok(()));
//! # Ok::<(), aicoin_token::KeyError>(())
//! ```

mod claims;
mod jwks;
mod key;
mod refused;
mod token;

pub use claims::{Claims, Scope};
pub use jwks::{KEYS_MAX, Keys};
pub use key::{KeyError, PublicKey, SigningKey};
pub use refused::Refused;
pub use token::{ISSUER, LIFE_S, LIFE_S_MAX, SKEW_S, TOKEN_BYTES_MAX};
