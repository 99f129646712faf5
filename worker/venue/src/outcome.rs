//! What the core hears of an action that was sent.

use aicoin_core::SendResult;
use aicoin_domain::{Cloid, Refusal};

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
    /// For the core: of each order that waits for it.
    Sent(Vec<(Cloid, SendResult)>),
    /// Nothing waits for it: why it was not done, or `None` when it was.
    Unheard(Option<String>),
}

/// What an outcome means for what the action was about.
pub(crate) fn verdict(about: About, outcome: &Outcome) -> Verdict {
    match about {
        About::Place(cloid) => Verdict::Sent(vec![(cloid, placed(outcome))]),
        About::Enter { entry, stop } => {
            let [first, second] = entered(outcome);
            Verdict::Sent(vec![(entry, first), (stop, second)])
        }
        About::Cancel(cloid) => Verdict::Sent(vec![(cloid, canceled(outcome))]),
        About::CancelForeign(_) => Verdict::Unheard(failure(outcome)),
    }
}

fn placed(outcome: &Outcome) -> SendResult {
    match outcome {
        Outcome::Answered(Answer::Taken(statuses)) => match statuses.as_slice() {
            [status] => one(status),
            _ => SendResult::NoAnswer,
        },
        Outcome::Answered(Answer::Refused(_)) | Outcome::NotDone(_) | Outcome::Unknown(_) => {
            whole(outcome)
        }
    }
}

/// An entry with its stop. One error for the whole action counts for both.
fn entered(outcome: &Outcome) -> [SendResult; 2] {
    match outcome {
        Outcome::Answered(Answer::Taken(statuses)) => match statuses.as_slice() {
            [entry, stop] => [one(entry), one(stop)],
            [Status::Refused(words)] => [refused(words), refused(words)],
            _ => [SendResult::NoAnswer, SendResult::NoAnswer],
        },
        Outcome::Answered(Answer::Refused(_)) | Outcome::NotDone(_) | Outcome::Unknown(_) => {
            [whole(outcome), whole(outcome)]
        }
    }
}

fn one(status: &Status) -> SendResult {
    match status {
        Status::Resting(order) => SendResult::Resting { order: *order },
        Status::Filled(order, size) => SendResult::Filled {
            order: *order,
            size: *size,
        },
        Status::Refused(words) => refused(words),
        // Accepted without a number, or nothing that an order is answered with: it is looked up.
        Status::Waiting | Status::Success => SendResult::NoAnswer,
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

/// Why something was not done that the venue answers with no number; `None` when it was.
pub(crate) fn failure(outcome: &Outcome) -> Option<String> {
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
        let Verdict::Sent(results) = verdict(About::Place(Cloid(1)), outcome) else {
            panic!("an order is always answered")
        };
        let [(Cloid(1), result)] = results.as_slice() else {
            panic!("it is about one order: {results:?}")
        };
        result.clone()
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
    fn an_entry_and_its_stop_are_answered_each_and_one_error_counts_for_both() {
        let (entry, stop) = (Cloid(1), Cloid(2));
        let of_pair = |outcome: &Outcome| verdict(About::Enter { entry, stop }, outcome);
        let both = |first, second| Verdict::Sent(vec![(entry, first), (stop, second)]);
        let (order, size) = (OrderId(9), "0.5".parse().unwrap());
        let filled = || Status::Filled(order, size);
        let statuses = |statuses| Outcome::Answered(Answer::Taken(statuses));
        let margin = "Insufficient margin to place order.";
        let table = [
            // The stop was taken and has no number yet: it is looked up.
            (
                statuses(vec![filled(), Status::Waiting]),
                both(SendResult::Filled { order, size }, SendResult::NoAnswer),
            ),
            (
                statuses(vec![
                    filled(),
                    Status::Refused("Invalid TP/SL price.".to_owned()),
                ]),
                both(
                    SendResult::Filled { order, size },
                    refused("Invalid TP/SL price."),
                ),
            ),
            (
                statuses(vec![Status::Refused(margin.to_owned())]),
                both(refused(margin), refused(margin)),
            ),
            (
                said("Action already expired"),
                both(
                    refused("Action already expired"),
                    refused("Action already expired"),
                ),
            ),
            (
                Outcome::Unknown("HTTP 502".to_owned()),
                both(SendResult::NoAnswer, SendResult::NoAnswer),
            ),
        ];
        for (outcome, expected) in table {
            assert_eq!(of_pair(&outcome), expected, "{outcome:?}");
        }
    }

    #[test]
    fn a_cancel_with_nothing_to_cancel_is_told_from_a_refused_one() {
        let of_cancel = |outcome: &Outcome| verdict(About::Cancel(Cloid(1)), outcome);
        assert_eq!(
            of_cancel(&taken(Status::Success)),
            Verdict::Sent(vec![(Cloid(1), SendResult::Canceled)])
        );
        let words = "Order was never placed, already canceled, or filled. asset=3";
        assert_eq!(
            of_cancel(&taken(Status::Refused(words.to_owned()))),
            Verdict::Sent(vec![(Cloid(1), SendResult::NothingToCancel)])
        );
        assert_eq!(
            of_cancel(&said("Trading is halted")),
            Verdict::Sent(vec![(Cloid(1), refused("Trading is halted"))])
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
