//! Agents ("API wallets"): keys that may trade for an account and do nothing else.

use std::collections::BTreeMap;

use aicoin_domain::{AccountId, DurationMs, TimeMs};
use aicoin_hyperliquid::Address;

/// How long a name may be.
const NAME_MAX: usize = 16;
/// How many named agents an account has.
const NAMED_MAX: usize = 3;
/// More for each sub-account.
const NAMED_PER_SUB: usize = 2;
/// How long one lives that names no end.
const LIFE: DurationMs = DurationMs::from_mins(90 * 24 * 60);
/// How long one may live.
const LIFE_MAX: DurationMs = DurationMs::from_mins(180 * 24 * 60);
/// Agents that were ever made; more is a mistake of a client.
const EVER_MAX: usize = 100_000;
/// Stands before the end in a name.
const VALID_UNTIL: &str = " valid_until ";

/// One agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Agent {
    pub(crate) address: Address,
    pub(crate) master: AccountId,
    /// Without one it is the account's only unnamed agent.
    pub(crate) name: Option<String>,
    pub(crate) valid_until: TimeMs,
}

/// All agents.
#[derive(Clone, Debug, Default)]
pub(crate) struct Agents {
    by_address: BTreeMap<Address, Agent>,
    /// Gone: an address is never an agent twice.
    gone: BTreeMap<Address, AccountId>,
}

impl Agents {
    /// Whose agent this is, when it may still sign.
    pub(crate) fn master_of(&self, address: Address, now: TimeMs) -> Option<AccountId> {
        self.by_address
            .get(&address)
            .filter(|agent| agent.valid_until >= now)
            .map(|agent| agent.master)
    }

    /// The same, expired ones too.
    pub(crate) fn get(&self, address: Address) -> Option<&Agent> {
        self.by_address.get(&address)
    }

    /// Of one account.
    pub(crate) fn of(&self, master: AccountId) -> impl Iterator<Item = &Agent> {
        self.by_address
            .values()
            .filter(move |agent| agent.master == master)
    }

    /// Puts one there, or changes its end: nobody asked for it in the venue's way.
    pub(crate) fn put(&mut self, agent: Agent) {
        self.by_address.insert(agent.address, agent);
    }

    /// An account approves an agent: a name that is there already passes to it at once, and the zero address ends it.
    ///
    /// # Errors
    /// In the venue's words.
    pub(crate) fn approve(
        &mut self,
        master: AccountId,
        address: Address,
        full_name: &str,
        sub_accounts: usize,
        now: TimeMs,
    ) -> Result<(), String> {
        let (name, valid_until) = parse(full_name, now)?;
        if self.by_address.len() + self.gone.len() >= EVER_MAX {
            return Err("Too many extra agents.".to_owned());
        }
        let is_used = self.gone.contains_key(&address)
            || self
                .by_address
                .get(&address)
                .is_some_and(|agent| agent.master != master || agent.name != name);
        if address != Address::ZERO && is_used {
            return Err("Extra agent already used.".to_owned());
        }
        let same = self
            .of(master)
            .find(|agent| agent.name == name)
            .map(|agent| agent.address);
        if address == Address::ZERO {
            self.retire(same);
            return Ok(());
        }
        let limit = NAMED_MAX + NAMED_PER_SUB * sub_accounts;
        let named = self.of(master).filter(|agent| agent.name.is_some()).count();
        if name.is_some() && same.is_none() && named >= limit {
            return Err(format!(
                "Too many extra agents for cumulative volume traded. Current limit is {limit}"
            ));
        }
        self.retire(same.filter(|old| *old != address));
        self.put(Agent {
            address,
            master,
            name,
            valid_until,
        });
        Ok(())
    }

    fn retire(&mut self, address: Option<Address>) {
        if let Some(agent) = address.and_then(|address| self.by_address.remove(&address)) {
            self.gone.insert(agent.address, agent.master);
        }
    }
}

/// The name, and the end that stands in it.
fn parse(full_name: &str, now: TimeMs) -> Result<(Option<String>, TimeMs), String> {
    let (name, valid_until) = match full_name.split_once(VALID_UNTIL) {
        None => (full_name, now + LIFE),
        Some((name, until)) => {
            let until = until
                .parse()
                .map(TimeMs)
                .map_err(|_| "Invalid agent valid_until.".to_owned())?;
            if until <= now {
                return Err("Agent valid_until already expired.".to_owned());
            }
            if until > now + LIFE_MAX {
                return Err("Agent valid_until is too far in the future.".to_owned());
            }
            (name, until)
        }
    };
    if name.len() > NAME_MAX {
        return Err("Agent name is too long.".to_owned());
    }
    Ok(((!name.is_empty()).then(|| name.to_owned()), valid_until))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MASTER: AccountId = AccountId(0);
    const NOW: TimeMs = TimeMs(1_000);

    fn address(byte: u8) -> Address {
        Address([byte; 20])
    }

    #[test]
    fn a_name_passes_on_at_once_and_an_address_is_never_used_twice() {
        let mut agents = Agents::default();
        agents.approve(MASTER, address(1), "bot", 0, NOW).unwrap();
        agents.approve(MASTER, address(2), "bot", 0, NOW).unwrap();
        assert_eq!(agents.master_of(address(1), NOW), None);
        assert_eq!(agents.master_of(address(2), NOW), Some(MASTER));
        assert_eq!(
            agents.approve(MASTER, address(1), "", 0, NOW).unwrap_err(),
            "Extra agent already used."
        );
        agents
            .approve(MASTER, Address::ZERO, "bot", 0, NOW)
            .unwrap();
        assert_eq!(agents.of(MASTER).count(), 0);
    }

    #[test]
    fn there_are_one_unnamed_and_three_named_ones() {
        let mut agents = Agents::default();
        for (byte, name) in [(1, ""), (2, "a"), (3, "b"), (4, "c")] {
            agents.approve(MASTER, address(byte), name, 0, NOW).unwrap();
        }
        assert_eq!(
            agents.approve(MASTER, address(5), "d", 0, NOW).unwrap_err(),
            "Too many extra agents for cumulative volume traded. Current limit is 3"
        );
        agents.approve(MASTER, address(5), "d", 1, NOW).unwrap();
    }

    #[test]
    fn an_end_in_the_name_is_the_end() {
        let mut agents = Agents::default();
        agents
            .approve(MASTER, address(1), "bot valid_until 5000", 0, NOW)
            .unwrap();
        assert_eq!(agents.get(address(1)).unwrap().name.as_deref(), Some("bot"));
        assert_eq!(agents.master_of(address(1), TimeMs(5_000)), Some(MASTER));
        assert_eq!(agents.master_of(address(1), TimeMs(5_001)), None);
        assert_eq!(
            agents
                .approve(MASTER, address(2), "x valid_until 900", 0, NOW)
                .unwrap_err(),
            "Agent valid_until already expired."
        );
    }
}
