//! A signed action as it comes, and who signed it.

use aicoin_hyperliquid::{
    Action, Address, Field, Network, Plain, Signature, UserSigned, connection_id, recover_agent,
};
use serde::Deserialize;

use super::operation::Operation;

/// Kinds that only the master's own key may sign, beyond those that a bot could ever need.
const MORE_USER_SIGNED: [UserSigned; 2] = [
    UserSigned {
        action: "tokenDelegate",
        name: "TokenDelegate",
        fields: &[
            ("hyperliquidChain", Field::Text),
            ("validator", Field::Address),
            ("wei", Field::Uint64),
            ("isUndelegate", Field::Bool),
            ("nonce", Field::Uint64),
        ],
    },
    UserSigned {
        action: "convertToMultiSigUser",
        name: "ConvertToMultiSigUser",
        fields: &[
            ("hyperliquidChain", Field::Text),
            ("signers", Field::Text),
            ("nonce", Field::Uint64),
        ],
    },
];

/// A signed action.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The word in `type`.
    pub(crate) kind: String,
    pub(super) operation: Operation,
    pub(super) nonce: u64,
    pub(super) vault: Option<Address>,
    pub(super) expires_after: Option<i64>,
    /// Only the master's own key may sign it.
    pub(super) is_user_signed: bool,
    /// The chain that it is for, and the nonce inside of it.
    pub(super) chain: Option<String>,
    pub(super) inner_nonce: Option<u64>,
    /// Who signed: as it came, and as it would be written by the book. The first one that is known counts.
    pub(crate) signers: Vec<Address>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    action: Plain,
    nonce: u64,
    signature: Signature,
    vault_address: Option<Address>,
    expires_after: Option<u64>,
}

/// The body is no request: 422.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Undecodable;

impl Request {
    /// Reads a body. Finding out the signer takes a tenth of a millisecond: nobody waits for it but the client.
    pub(crate) fn read(body: &[u8], network: Network) -> Result<Self, Undecodable> {
        let envelope: Envelope = serde_json::from_slice(body).map_err(|_| Undecodable)?;
        let action = envelope.action;
        let kind = action.get("type").and_then(Plain::as_text);
        let kind = kind.ok_or(Undecodable)?.to_owned();
        let value = serde_json::to_value(&action).map_err(|_| Undecodable)?;
        let operation = Operation::read(&kind, &value).ok_or(Undecodable)?;
        let user_signed = UserSigned::find(&kind)
            .or_else(|| MORE_USER_SIGNED.iter().find(|known| known.action == kind));
        let signers = match user_signed {
            Some(known) => {
                let signer = known.recover(&action, &envelope.signature);
                signer.map_err(|_| Undecodable)?.into_iter().collect()
            }
            None => {
                let (vault, expires) = (envelope.vault_address, envelope.expires_after);
                let recover = |id| recover_agent(network, id, &envelope.signature);
                let as_it_came = connection_id(&action, envelope.nonce, vault, expires);
                let by_the_book = Action::deserialize(&value)
                    .ok()
                    .and_then(|action| connection_id(&action, envelope.nonce, vault, expires).ok());
                let mut signers: Vec<Address> = as_it_came
                    .ok()
                    .into_iter()
                    .chain(by_the_book)
                    .filter_map(recover)
                    .collect();
                signers.dedup();
                signers
            }
        };
        let text = |name| action.get(name).and_then(Plain::as_text).map(str::to_owned);
        let number = |name| action.get(name).and_then(Plain::as_unsigned);
        Ok(Self {
            kind,
            operation,
            nonce: envelope.nonce,
            vault: envelope.vault_address,
            expires_after: envelope
                .expires_after
                .map(|at| i64::try_from(at).unwrap_or(i64::MAX)),
            is_user_signed: user_signed.is_some(),
            chain: text("hyperliquidChain"),
            inner_nonce: number("nonce").or_else(|| number("time")),
            signers,
        })
    }

    /// What it costs of an IP address's minute.
    pub(crate) fn weight(&self) -> i64 {
        1 + i64::try_from(self.operation.requests() / 40).unwrap_or(0)
    }
}
