//! A signature as it travels.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::hex;

/// A signature: `{"r": "0x…", "s": "0x…", "v": 27 or 28}`.
///
/// It is written with all 64 digits. Reading accepts fewer: some clients drop zeros in front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The first half, big-endian.
    pub r: [u8; 32],
    /// The second half, big-endian, in the lower half of the group's order.
    pub s: [u8; 32],
    /// Which of two keys: 27 or 28.
    pub v: u8,
}

/// What is written is no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a signature has `r` and `s` of up to 64 hexadecimal digits after `0x`, and `v` of 27 or 28"
)]
pub struct SignatureError;

#[derive(Serialize, Deserialize)]
struct Wire<'a> {
    r: std::borrow::Cow<'a, str>,
    s: std::borrow::Cow<'a, str>,
    v: u64,
}

impl Serialize for Signature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Wire {
            r: hex::write(&self.r).into(),
            s: hex::write(&self.s).into(),
            v: self.v.into(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Signature {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        wire.read().ok_or_else(|| de::Error::custom(SignatureError))
    }
}

impl Wire<'_> {
    fn read(&self) -> Option<Signature> {
        let v = match self.v {
            0 | 27 => 27,
            1 | 28 => 28,
            _ => return None,
        };
        Some(Signature {
            r: hex::read_number(&self.r)?,
            s: hex::read_number(&self.s)?,
            v,
        })
    }
}
