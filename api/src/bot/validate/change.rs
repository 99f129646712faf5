//! What about a bot cannot be changed once it is there. The API server keeps these rules, by the CRD; the operator keeps
//! them where the CRD is older than they are.

use super::{Problem, RuleId, sentences};
use crate::bot::{Hyperliquid, TradingBotSpec};

/// Holds a change against every rule about changes.
///
/// # Errors
/// All problems.
pub fn validate_change(old: &TradingBotSpec, new: &TradingBotSpec) -> Result<(), Vec<Problem>> {
    let mut problems = Vec::new();
    let mut add = |rule, field: &str, message: &str| {
        problems.push(Problem {
            rule,
            field: field.to_owned(),
            message: message.to_owned(),
        });
    };
    if old.mode != new.mode {
        add(RuleId::ModeFixed, "spec.mode", sentences::MODE_FIXED);
    }
    let address = |spec: &TradingBotSpec| -> Option<String> {
        let Hyperliquid {
            account_address, ..
        } = spec.exchange.hyperliquid.clone()?;
        account_address
    };
    // One that was not there may be added: nothing was traded with it.
    if let Some(old) = address(old)
        && Some(old) != address(new)
    {
        add(
            RuleId::AccountFixed,
            "spec.exchange.hyperliquid.accountAddress",
            sentences::ADDRESS_FIXED,
        );
    }
    if old.exchange.paper().starting_balance != new.exchange.paper().starting_balance {
        add(
            RuleId::BalanceFixed,
            "spec.exchange.paper.startingBalance",
            sentences::BALANCE_FIXED,
        );
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}
