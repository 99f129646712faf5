//! What is posted to `/exchange`.

use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::signature::Signature;

/// An action with everything that makes it valid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope<A> {
    /// What is done.
    pub action: A,
    /// Milliseconds since the epoch, rising: used once by a signer.
    pub nonce: u64,
    /// Who signed.
    pub signature: Signature,
    /// The vault or sub-account that is traded for; left out for the master's own account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vault_address: Option<Address>,
    /// Milliseconds since the epoch: refused after this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_after: Option<u64>,
}
