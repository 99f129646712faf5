//! Whether the venue takes this key's signatures. Questions cannot tell: a market, an account and its agents may have the
//! same names on both networks, and a signature for one is a stranger's on the other.

use std::time::Instant;

use aicoin_domain::{DurationMs, TimeMs};
use aicoin_hyperliquid::{Action, AgentKey, Envelope, connection_id};

use super::{BootError, Booted};
use crate::config::VenueConfig;
use crate::health::Board;
use crate::outcome::says_agent_is_unknown;
use crate::rest::Outcome;
use crate::wire::exchange::Answer;

/// After this the venue refuses it: it says nothing any more then.
const EXPIRES_AFTER: DurationMs = DurationMs::from_secs(60);

/// Sends an action that does nothing, signed as an order is. It costs one request of the account's allowance.
///
/// # Errors
/// When the venue finds another signer than the key's, does not know the key, or does not answer.
pub async fn prove(config: &VenueConfig, booted: &Booted, key: &AgentKey) -> Result<(), BootError> {
    let unreachable = |why: String| BootError::Unreachable {
        url: config.base_url.clone(),
        why,
    };
    let body = signed(config, booted, key, Action::Noop, booted.time).map_err(unreachable)?;
    let until = Instant::now() + config.limits.exchange_timeout;
    // Nothing waits in a connection that is about to begin; it is no order, and nothing is held back for it.
    let outcome = booted.rest.act(body, 0, until, &Board::new()).await;
    if says_agent_is_unknown(&outcome) {
        let is_ours = matches!(&outcome, Outcome::Answered(Answer::Refused(words))
            if words.to_ascii_lowercase().contains(&key.address().to_string().to_ascii_lowercase()));
        let agent = key.address();
        return Err(if is_ours {
            BootError::AgentUnknown {
                agent,
                account: config.account.unwrap_or(agent),
                network: config.network,
            }
        } else {
            BootError::WrongNetwork {
                url: config.base_url.clone(),
                network: config.network,
            }
        });
    }
    match outcome {
        // Whatever else it says of the action, it knows who signed it.
        Outcome::Answered(_) | Outcome::NotDone(_) => Ok(()),
        Outcome::Unknown(why) => Err(unreachable(format!("a signed call has no answer: {why}"))),
    }
}

/// An action of the start as a body that can be posted.
pub(super) fn signed(
    config: &VenueConfig,
    booted: &Booted,
    key: &AgentKey,
    action: Action,
    nonce: TimeMs,
) -> Result<Vec<u8>, String> {
    let nonce = u64::try_from(nonce.0).unwrap_or(0);
    let expires_after = u64::try_from((booted.time + EXPIRES_AFTER).0).unwrap_or(0);
    let id = connection_id(&action, nonce, booted.vault, Some(expires_after))
        .map_err(|error| error.to_string())?;
    let envelope = Envelope {
        signature: key.sign(config.network, id),
        action,
        nonce,
        vault_address: booted.vault,
        expires_after: Some(expires_after),
    };
    serde_json::to_vec(&envelope).map_err(|error| error.to_string())
}
