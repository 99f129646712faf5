//! What the core hears of an action that was sent.

use aicoin_core::SendResult;
use aicoin_domain::Refusal;

use crate::rest::Outcome;
use crate::send::About;
use crate::wire::exchange::{Answer, Status};

/// The refusal of a cancel that has nothing to cancel.
const NOTHING_TO_CANCEL: &str = "Order was never placed, already canceled, or filled";
/// The venue has seen the nonce: some copy of it arrived, and nobody knows which.
const DUPLICATE_NONCE: &str = "Invalid nonce: duplicate nonce";

/// What an action came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// For the core.
    Sent(SendResult),
    /// Nothing waits for it: why it was not done, or `None` when it was.
    Unheard(Option<String>),
}

/// What an outcome means for what the action was about.
pub(crate) fn verdict(about: About, outcome: &Outcome) -> Verdict {
    match about {
        About::Place(_) => Verdict::Sent(placed(outcome)),
        About::Cancel(_) => Verdict::Sent(canceled(outcome)),
        About::CancelForeign(_) | About::Leverage(_) => Verdict::Unheard(failure(outcome)),
    }
}

fn placed(outcome: &Outcome) -> SendResult {
    match outcome {
        Outcome::Answered(Answer::Taken(statuses)) => match statuses.as_slice() {
            [Status::Resting(order)] => SendResult::Resting { order: *order },
            [Status::Filled(order, size)] => SendResult::Filled {
                order: *order,
                size: *size,
            },
            [Status::Refused(words)] => refused(words),
            // Accepted without a number, or nothing that an order is answered with: it is looked up.
            _ => SendResult::NoAnswer,
        },
        Outcome::Answered(Answer::Refused(_)) | Outcome::NotDone(_) | Outcome::Unknown(_) => {
            whole(outcome)
        }
    }
}

fn canceled(outcome: &Outcome) -> SendResult {
    match outcome {
        Outcome::Answered(Answer::Taken(statuses)) => match statuses.as_slice() {
            [Status::Success] => SendResult::Canceled,
            [Status::Refused(words)] if words.starts_with(NOTHING_TO_CANCEL) => {
                SendResult::NothingToCancel
            }
            [Status::Refused(words)] => refused(words),
            _ => SendResult::NoAnswer,
        },
        Outcome::Answered(Answer::Refused(_)) | Outcome::NotDone(_) | Outcome::Unknown(_) => {
            whole(outcome)
        }
    }
}

/// What is said of the action as a whole. `Action already expired` and a nonce that is too low are definite: the venue
/// will never do it. A nonce that was used is not: a copy of the action, made on the way, may have used it.
fn whole(outcome: &Outcome) -> SendResult {
    match outcome {
        Outcome::Answered(Answer::Refused(words)) if is_duplicate(words) => SendResult::NoAnswer,
        Outcome::Answered(Answer::Refused(words)) | Outcome::NotDone(words) => refused(words),
        Outcome::Answered(Answer::Taken(_)) | Outcome::Unknown(_) => SendResult::NoAnswer,
    }
}

fn is_duplicate(words: &str) -> bool {
    words.contains(DUPLICATE_NONCE)
}

fn refused(words: &str) -> SendResult {
    SendResult::Refused(Refusal(words.to_owned()))
}

fn failure(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Answered(Answer::Taken(statuses)) => statuses.iter().find_map(|status| {
            let Status::Refused(words) = status else {
                return None;
            };
            Some(words.clone())
        }),
        Outcome::Answered(Answer::Refused(words))
        | Outcome::NotDone(words)
        | Outcome::Unknown(words) => Some(words.clone()),
    }
}

/// The venue's words that say that the key may sign for the account no more.
pub(crate) fn says_agent_is_unknown(outcome: &Outcome) -> bool {
    let Outcome::Answered(Answer::Refused(words)) = outcome else {
        return false;
    };
    // Sometimes after `L1 error: `.
    words.contains("User or API Wallet") && words.contains("does not exist")
}

/// The venue's words that say that the account's allowance is used up.
pub(crate) fn says_allowance_is_used_up(outcome: &Outcome) -> bool {
    let is_said = |words: &str| words.starts_with("Too many cumulative requests sent");
    match outcome {
        Outcome::Answered(Answer::Refused(words)) => is_said(words),
        Outcome::Answered(Answer::Taken(statuses)) => statuses
            .iter()
            .any(|status| matches!(status, Status::Refused(words) if is_said(words))),
        Outcome::NotDone(_) | Outcome::Unknown(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aicoin_domain::{Cloid, OrderId};

    fn taken(status: Status) -> Outcome {
        Outcome::Answered(Answer::Taken(vec![status]))
    }

    fn said(words: &str) -> Outcome {
        Outcome::Answered(Answer::Refused(words.to_owned()))
    }

    fn of_order(outcome: &Outcome) -> SendResult {
        match verdict(About::Place(Cloid(1)), outcome) {
            Verdict::Sent(result) => result,
            Verdict::Unheard(_) => panic!("an order is always answered"),
        }
    }

    #[test]
    fn an_order_is_answered_by_what_the_venue_proved() {
        let size = "0.5".parse().unwrap();
        let order = OrderId(9);
        let table = [
            (taken(Status::Resting(order)), SendResult::Resting { order }),
            (
                taken(Status::Filled(order, size)),
                SendResult::Filled { order, size },
            ),
            (
                taken(Status::Refused(
                    "Insufficient margin to place order.".to_owned(),
                )),
                refused("Insufficient margin to place order."),
            ),
            (taken(Status::Waiting), SendResult::NoAnswer),
            (
                said("Action already expired"),
                refused("Action already expired"),
            ),
            (
                said("Invalid nonce: nonce too low 5 < 9"),
                refused("Invalid nonce: nonce too low 5 < 9"),
            ),
            (
                said("Invalid nonce: duplicate nonce 5"),
                SendResult::NoAnswer,
            ),
            (
                Outcome::Unknown("HTTP 502".to_owned()),
                SendResult::NoAnswer,
            ),
            (
                Outcome::NotDone("HTTP 422: no".to_owned()),
                refused("HTTP 422: no"),
            ),
        ];
        for (outcome, expected) in table {
            assert_eq!(of_order(&outcome), expected, "{outcome:?}");
        }
    }

    #[test]
    fn a_cancel_with_nothing_to_cancel_is_told_from_a_refused_one() {
        let of_cancel = |outcome: &Outcome| verdict(About::Cancel(Cloid(1)), outcome);
        assert_eq!(
            of_cancel(&taken(Status::Success)),
            Verdict::Sent(SendResult::Canceled)
        );
        let words = "Order was never placed, already canceled, or filled. asset=3";
        assert_eq!(
            of_cancel(&taken(Status::Refused(words.to_owned()))),
            Verdict::Sent(SendResult::NothingToCancel)
        );
        assert_eq!(
            of_cancel(&said("Trading is halted")),
            Verdict::Sent(refused("Trading is halted"))
        );
    }

    #[test]
    fn a_revoked_agent_and_a_used_up_allowance_are_heard() {
        let revoked = said("L1 error: User or API Wallet 0xabc does not exist.");
        assert!(says_agent_is_unknown(&revoked) && !says_allowance_is_used_up(&revoked));
        let words =
            "Too many cumulative requests sent (10001 > 10000) for cumulative volume traded $1.";
        assert!(says_allowance_is_used_up(&said(words)));
        assert!(says_allowance_is_used_up(&taken(Status::Refused(
            words.to_owned()
        ))));
    }
}
