//! Actions that only the master's own key may sign: they are EIP-712 messages field by field.

use crate::address::Address;
use crate::eip712::{recover, typed_digest};
use crate::hash::keccak;
use crate::hex;
use crate::key::AgentKey;
use crate::plain::Plain;
use crate::signature::Signature;

/// The type of a signed field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// A text: its hash is signed.
    Text,
    /// An address.
    Address,
    /// A whole number below 2^64.
    Uint64,
    /// True or false.
    Bool,
}

impl Field {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Address => "address",
            Self::Uint64 => "uint64",
            Self::Bool => "bool",
        }
    }
}

/// A kind of action that only the master's own key may sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserSigned {
    /// The word in `type`.
    pub action: &'static str,
    /// The name in the signed type, after `HyperliquidTransaction:`.
    pub name: &'static str,
    /// What is signed, in order. The first is always `hyperliquidChain`.
    pub fields: &'static [(&'static str, Field)],
}

/// Why an action is none of this kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserSignedError {
    /// A field is missing, or is something else.
    #[error("the field `{0}` is missing or is no {1}")]
    Field(&'static str, &'static str),
    /// The chain that the wallet signed on is no number.
    #[error("`signatureChainId` is no hexadecimal number after `0x`")]
    Chain,
}

impl UserSigned {
    /// The kinds that are known here.
    pub const ALL: [Self; 9] = [
        Self {
            action: "approveAgent",
            name: "ApproveAgent",
            fields: &[
                ("hyperliquidChain", Field::Text),
                ("agentAddress", Field::Address),
                ("agentName", Field::Text),
                ("nonce", Field::Uint64),
            ],
        },
        Self {
            action: "approveBuilderFee",
            name: "ApproveBuilderFee",
            fields: &[
                ("hyperliquidChain", Field::Text),
                ("maxFeeRate", Field::Text),
                ("builder", Field::Address),
                ("nonce", Field::Uint64),
            ],
        },
        Self {
            action: "usdSend",
            name: "UsdSend",
            fields: &[
                ("hyperliquidChain", Field::Text),
                ("destination", Field::Text),
                ("amount", Field::Text),
                ("time", Field::Uint64),
            ],
        },
        Self {
            action: "spotSend",
            name: "SpotSend",
            fields: &[
                ("hyperliquidChain", Field::Text),
                ("destination", Field::Text),
                ("token", Field::Text),
                ("amount", Field::Text),
                ("time", Field::Uint64),
            ],
        },
        Self {
            action: "withdraw3",
            name: "Withdraw",
            fields: &[
                ("hyperliquidChain", Field::Text),
                ("destination", Field::Text),
                ("amount", Field::Text),
                ("time", Field::Uint64),
            ],
        },
        Self {
            action: "usdClassTransfer",
            name: "UsdClassTransfer",
            fields: &[
                ("hyperliquidChain", Field::Text),
                ("amount", Field::Text),
                ("toPerp", Field::Bool),
                ("nonce", Field::Uint64),
            ],
        },
        Self {
            action: "sendAsset",
            name: "SendAsset",
            fields: &[
                ("hyperliquidChain", Field::Text),
                ("destination", Field::Text),
                ("sourceDex", Field::Text),
                ("destinationDex", Field::Text),
                ("token", Field::Text),
                ("amount", Field::Text),
                ("fromSubAccount", Field::Text),
                ("nonce", Field::Uint64),
            ],
        },
        Self {
            action: "userDexAbstraction",
            name: "UserDexAbstraction",
            fields: &[
                ("hyperliquidChain", Field::Text),
                ("user", Field::Address),
                ("enabled", Field::Bool),
                ("nonce", Field::Uint64),
            ],
        },
        Self {
            action: "userSetAbstraction",
            name: "UserSetAbstraction",
            fields: &[
                ("hyperliquidChain", Field::Text),
                ("user", Field::Address),
                ("abstraction", Field::Text),
                ("nonce", Field::Uint64),
            ],
        },
    ];

    /// The kind of this word in `type`.
    #[must_use]
    pub fn find(action: &str) -> Option<&'static Self> {
        const ALL: &[UserSigned] = &UserSigned::ALL;
        ALL.iter().find(|kind| kind.action == action)
    }

    /// The 32 bytes that are signed. An unnamed agent is signed with an empty name and sent without one: a missing
    /// `agentName` counts as empty.
    ///
    /// # Errors
    /// When a field is missing or has another type.
    pub fn digest(&self, action: &Plain) -> Result<[u8; 32], UserSignedError> {
        let chain = action
            .get("signatureChainId")
            .and_then(Plain::as_text)
            .and_then(hex::read_number::<32>)
            .ok_or(UserSignedError::Chain)?;
        let mut message = keccak(&[self.type_text().as_bytes()]).to_vec();
        for (name, field) in self.fields {
            let word = word(action.get(name), *field);
            let word = match word {
                None if *name == "agentName" && action.get(name).is_none() => keccak(&[]),
                None => return Err(UserSignedError::Field(name, field.as_str())),
                Some(word) => word,
            };
            message.extend_from_slice(&word);
        }
        Ok(typed_digest(&domain(&chain), &keccak(&[&message])))
    }

    /// Whose key signed an action of this kind.
    ///
    /// # Errors
    /// When the action is none of this kind; `Ok(None)` when the signature is none of any key.
    pub fn recover(
        &self,
        action: &Plain,
        signature: &Signature,
    ) -> Result<Option<Address>, UserSignedError> {
        Ok(recover(&self.digest(action)?, signature))
    }

    /// Signs an action of this kind, for tests and tools: a worker never has a key that may.
    ///
    /// # Errors
    /// When the action is none of this kind.
    pub fn sign(&self, key: &AgentKey, action: &Plain) -> Result<Signature, UserSignedError> {
        Ok(key.sign_digest(&self.digest(action)?))
    }

    fn type_text(&self) -> String {
        let fields: Vec<String> = self
            .fields
            .iter()
            .map(|(name, field)| format!("{} {name}", field.as_str()))
            .collect();
        format!("HyperliquidTransaction:{}({})", self.name, fields.join(","))
    }
}

/// The domain of this kind: the chain is whichever the wallet was on.
fn domain(chain: &[u8; 32]) -> [u8; 32] {
    let kind = keccak(&[
        b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)",
    ]);
    let name = keccak(&[b"HyperliquidSignTransaction"]);
    let version = keccak(&[b"1"]);
    keccak(&[&kind, &name, &version, chain, &[0; 32]])
}

/// A field as the 32 bytes that are hashed.
fn word(value: Option<&Plain>, field: Field) -> Option<[u8; 32]> {
    let value = value?;
    let mut word = [0; 32];
    let mut put = |bytes: &[u8]| {
        for (to, from) in word.iter_mut().rev().zip(bytes.iter().rev()) {
            *to = *from;
        }
    };
    match (field, value) {
        (Field::Text, Plain::Text(text)) => return Some(keccak(&[text.as_bytes()])),
        (Field::Address, Plain::Text(text)) => put(&text.parse::<Address>().ok()?.0),
        (Field::Uint64, Plain::Unsigned(number)) => put(&number.to_be_bytes()),
        (Field::Bool, Plain::Bool(value)) => put(&[u8::from(*value)]),
        _ => return None,
    }
    Some(word)
}
