//! What is said about a bot after something was asked of it.
//!
//! Never: says more than was seen. *Asked*, *accepted* and *in force* are three things.

use aicoin_api::domain::Desired;

use crate::bot::Bot;
use crate::text;
use crate::wait::Goal;
use crate::waiting::Outcome;

/// The worker accepted what the object asks for.
pub(crate) fn accepted(bot: &Bot) -> String {
    let level = bot.asked();
    let meaning = match level {
        Desired::Running => "it may open positions".to_owned(),
        Desired::Paused => "it opens nothing from now on".to_owned(),
        Desired::CloseAll => match bot.status.remaining {
            Some(left) => format!(
                "it is being closed, {} and {} left",
                text::count(left.positions, "position"),
                text::count(left.orders, "order")
            ),
            None => "it is being closed".to_owned(),
        },
        Desired::Stopped => "its worker is being stopped".to_owned(),
    };
    format!(
        "{} is accepted by the worker: {meaning}.{}",
        level.as_str(),
        stronger(bot)
    )
}

/// What was waited for is true.
pub(crate) fn done(goal: &Goal, bot: &Bot) -> String {
    match goal {
        Goal::Restarted { .. } => "it was restarted, and is ready.".to_owned(),
        Goal::Accepted => accepted(bot),
        Goal::Effective | Goal::Condition(_) | Goal::Resumed => in_force(bot),
    }
}

/// What the object asks for is true.
fn in_force(bot: &Bot) -> String {
    let level = bot.asked();
    let meaning = match level {
        Desired::Running => "it may open positions",
        Desired::Paused => "it opens nothing, and no order of it could",
        Desired::CloseAll => "every position is closed, and no order is open",
        Desired::Stopped => "it has no worker",
    };
    format!(
        "{} is in force: {meaning}.{}",
        level.as_str(),
        stronger(bot)
    )
}

/// A hold that is stronger than the spec, which explains a level that nobody just asked for.
fn stronger(bot: &Bot) -> String {
    match (&bot.hold, bot.asked()) {
        (Some(hold), asked) if asked.as_str() != bot.desired => {
            format!(
                " (aicoin.dev/hold: {}; spec.desiredState: {})",
                text::line(hold),
                text::line(&bot.desired)
            )
        }
        _ => String::new(),
    }
}

/// What is waited for, in words.
pub(crate) fn goal(goal: &Goal) -> String {
    match goal {
        Goal::Accepted => "Acceptance".to_owned(),
        Goal::Effective => "What is asked for".to_owned(),
        Goal::Condition(kind) => format!("Condition {kind}"),
        Goal::Resumed => "Running".to_owned(),
        Goal::Restarted { .. } => "The restart".to_owned(),
    }
}

/// A wait that did not end well, as a sentence. `what` is what was waited for.
pub(crate) fn failed(what: &str, outcome: &Outcome, waited_s: f32) -> Option<String> {
    match outcome {
        Outcome::Met(_) => None,
        Outcome::Late(missing) => Some(format!(
            "{what} is not true after {waited_s} s: {}.",
            missing.trim_end_matches('.')
        )),
        Outcome::Never(why) => Some(format!("{what} does not become true: {why}.")),
        Outcome::Gone => Some(format!("{what} does not become true: the bot was deleted.")),
        Outcome::Blind(fault) => Some(fault.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bot::tests::{bot, running};
    use serde_json::json;

    #[test]
    fn accepted_and_in_force_are_two_things() {
        let mut object = running();
        object["spec"]["desiredState"] = json!("CloseAll");
        object["status"]["remaining"] = json!({"positions": 1, "orders": 0});
        let bot = bot(object);
        assert_eq!(
            accepted(&bot),
            "CloseAll is accepted by the worker: it is being closed, 1 position and 0 orders left."
        );
        assert_eq!(
            in_force(&bot),
            "CloseAll is in force: every position is closed, and no order is open."
        );
    }

    #[test]
    fn a_stronger_hold_explains_itself() {
        let mut object = running();
        object["metadata"]["annotations"] = json!({"aicoin.dev/hold": "Paused"});
        assert_eq!(
            accepted(&bot(object)),
            "Paused is accepted by the worker: it opens nothing from now on. (aicoin.dev/hold: Paused; \
             spec.desiredState: Running)"
        );
    }

    #[test]
    fn a_wait_that_failed_says_what_was_missing() {
        assert_eq!(
            failed(
                "TradingPaused",
                &Outcome::Late("the worker does not answer.".into()),
                1.5
            ),
            Some("TradingPaused is not true after 1.5 s: the worker does not answer.".into())
        );
        assert_eq!(
            failed("Ready", &Outcome::Gone, 1.0),
            Some("Ready does not become true: the bot was deleted.".into())
        );
    }
}
