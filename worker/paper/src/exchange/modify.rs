//! Modifying: one order is cancelled and another is placed, under a number of its own.

use alloc::format;

use aicoin_domain::{AccountId, Refusal, Tif, TimeMs};

use super::Exchange;
use super::submit::refusal;
use crate::answer::Answer;
use crate::order_state::OrderState;
use crate::placing::{NewKind, NewOrder, OrderRef, Placed};
use crate::refusal::*;
use crate::terms::Link;

impl Exchange {
    /// Cancels an order and places another in its stead, under a new number. The new one may keep the client order id.
    ///
    /// Without `always_place` the new order must be one that does not execute: post-only, or good-till-cancelled, which then
    /// counts as post-only. With it, it is placed whether or not the old one was there to be cancelled.
    ///
    /// A new order that is refused only when it is placed leaves neither: the venue's words begin with [`MODIFY_FAILED`] then.
    ///
    /// # Errors
    /// In the venue's words: too late, nothing to modify, what can be told from the new order alone (the old one stays), or
    /// the new one was refused (the old one is gone). In ours: not an order that may take another's place, or a client order
    /// id that was used before.
    ///
    /// # Panics
    /// When no such account was opened here.
    pub fn modify(
        &mut self,
        now: TimeMs,
        account: AccountId,
        old: OrderRef,
        new: &NewOrder,
        always_place: bool,
        expires_after: Option<TimeMs>,
    ) -> Result<Placed, Refusal> {
        if expires_after.is_some_and(|deadline| now > deadline) {
            return Err(refusal(EXPIRED));
        }
        let found = self.find_unfinished(account, old).copied();
        if found.is_none() && !always_place {
            return Err(refusal(CANNOT_MODIFY));
        }
        let mut new = *new;
        if !always_place {
            match new.kind {
                NewKind::Limit(Tif::Gtc | Tif::Alo) => new.kind = NewKind::Limit(Tif::Alo),
                NewKind::Limit(Tif::Ioc) | NewKind::Trigger { .. } => {
                    return Err(refusal(MODIFY_WOULD_EXECUTE));
                }
            }
        }
        self.check_payload(&new)?;
        let keeps_cloid = found.is_some_and(|old| old.cloid() == new.cloid);
        if !keeps_cloid {
            self.check_unused(account, new.cloid)?;
        }
        let mut link = Link::None;
        if let Some(old) = found {
            // A stop-loss of a position stays one when only its prices are moved.
            if new.is_trigger() && matches!(old.report.terms.link, Link::Position { .. }) {
                link = self.link_to_position(account, &new);
            }
            self.end_resting(now, old.market(), old.oid(), OrderState::Canceled);
        }
        let (request, terms) = new.split(link);
        match self.enter(now, account, &request, terms) {
            Answer::Refused(words) => Err(Refusal(format!("{MODIFY_FAILED}{words}"))),
            answer @ (Answer::Resting { .. }
            | Answer::Filled { .. }
            | Answer::WaitingForTrigger { .. }) => Ok(Placed::from(answer)),
        }
    }
}
