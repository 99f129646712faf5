//! Whether the account is one that may be traded, and the key one that may trade for it.

use aicoin_domain::TimeMs;
use aicoin_hyperliquid::Address;

use super::{Asking, BootError};
use crate::wire::request::Question;
use crate::wire::user::{AgentWire, RoleWire, VaultWire};

/// Modes in which an account's value is its perpetuals' own. The venue has said `null` as well.
const PLAIN_MODES: [&str; 2] = ["disabled", "default"];

impl Asking<'_> {
    /// Who signs for the account: itself, or the master of a sub-account or vault.
    pub(super) async fn owner(&self, account: Address) -> Result<Address, BootError> {
        let role: RoleWire = self.ask(Question::UserRole { user: account }).await?;
        match role.role.as_str() {
            "user" => Ok(account),
            "missing" => Err(BootError::AccountUnknown {
                account,
                network: self.config.network,
            }),
            "agent" => Err(BootError::AccountIsAgent {
                account,
                master: role.master(),
            }),
            "subAccount" => role
                .master()
                .ok_or_else(|| self.unreadable("the role `subAccount` names no master")),
            "vault" => {
                let question = Question::VaultDetails {
                    vault_address: account,
                };
                let vault: VaultWire = self.ask(question).await?;
                Ok(vault.leader)
            }
            other => Err(self.unreadable(&format!("the role {other:?} is not known"))),
        }
    }

    /// Whether the key is an agent of the account's owner. Returns when its approval ends.
    pub(super) async fn check_agent(
        &self,
        agent: Address,
        account: Address,
        owner: Address,
        now: TimeMs,
    ) -> Result<Option<TimeMs>, BootError> {
        if agent == owner {
            return Err(BootError::MasterKey { account: owner });
        }
        let agents: Option<Vec<AgentWire>> =
            self.ask(Question::ExtraAgents { user: owner }).await?;
        if let Some(known) = agents.iter().flatten().find(|known| known.address == agent) {
            return match known.valid_until() {
                // The venue itself looks at this only now and then.
                Some(until) if until <= now => Err(BootError::AgentExpired {
                    agent,
                    since: until,
                }),
                until => Ok(until),
            };
        }
        // The agent without a name is in no list: it says itself whose it is.
        let role: RoleWire = self.ask(Question::UserRole { user: agent }).await?;
        match (role.role.as_str(), role.master()) {
            ("agent", Some(master)) if master == owner => Ok(None),
            ("agent", Some(master)) => Err(BootError::AgentOfAnother {
                agent,
                master,
                account: owner,
            }),
            ("user" | "vault" | "subAccount", _) => Err(BootError::MasterKey { account: agent }),
            _ => Err(BootError::AgentUnknown {
                agent,
                account,
                network: self.config.network,
            }),
        }
    }

    pub(super) async fn check_mode(&self, account: Address) -> Result<(), BootError> {
        let mode: Option<String> = self
            .ask(Question::UserAbstraction { user: account })
            .await?;
        match mode {
            Some(mode) if !PLAIN_MODES.contains(&mode.as_str()) => {
                Err(BootError::AccountMode { account, mode })
            }
            Some(_) | None => Ok(()),
        }
    }

    fn unreadable(&self, why: &str) -> BootError {
        BootError::Unreadable {
            url: self.config.base_url.clone(),
            why: why.to_owned(),
        }
    }
}
