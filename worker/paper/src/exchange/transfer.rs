//! Money that leaves an account, and money that goes from one to another.

use aicoin_domain::{AccountId, Refusal, Usd};

use super::Exchange;
use super::submit::refusal;
use crate::refusal::{INSUFFICIENT_BALANCE, INVALID_AMOUNT};

impl Exchange {
    /// Pays out, at most what [`crate::AccountView::withdrawable`] says.
    ///
    /// # Errors
    /// In the venue's words when that is not there; in ours when the amount is not above zero.
    ///
    /// # Panics
    /// When no such account was opened here.
    pub fn withdraw(&mut self, account: AccountId, amount: Usd) -> Result<(), Refusal> {
        if !amount.is_positive() {
            return Err(refusal(INVALID_AMOUNT));
        }
        if amount > self.account(account).withdrawable {
            return Err(refusal(INSUFFICIENT_BALANCE));
        }
        self.account_mut(account).withdraw(amount);
        Ok(())
    }

    /// Pays out of one account and into another: nothing is made or lost on the way.
    ///
    /// # Errors
    /// As [`Exchange::withdraw`].
    ///
    /// # Panics
    /// When one of the accounts was not opened here.
    pub fn transfer(&mut self, from: AccountId, to: AccountId, amount: Usd) -> Result<(), Refusal> {
        // Before anything is booked: an account that is not there is a bug of the caller.
        let _ = self.account_ref(to);
        self.withdraw(from, amount)?;
        self.deposit(to, amount);
        Ok(())
    }
}
