//! The typed confirmation of `close-all`.
//!
//! Never: accepts a `y`, or anything else that a hand types by habit.

use crate::bot::Bot;
use crate::fault::Fault;
use crate::text;

/// The most bots that a question lists by name.
const LISTED_MAX: usize = 20;

/// What must be typed before it happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    /// What is shown.
    pub(crate) text: String,
    /// What must be typed, exactly.
    pub(crate) answer: String,
}

/// The question for these bots; `None` after `--yes`.
///
/// # Errors
/// Nobody is there to type.
pub(crate) fn question(bots: &[Bot], yes: bool, terminal: bool) -> Result<Option<Question>, Fault> {
    if yes {
        return Ok(None);
    }
    if !terminal {
        return Err(Fault::usage(
            "close-all asks for a typed confirmation, and standard input is not a terminal: give --yes if it is meant. \
             Nothing was changed.",
        ));
    }
    let answer = match bots {
        [bot] => bot.id.name.clone(),
        bots => format!("close all {} bots", bots.len()),
    };
    let mut text = "This closes every position and cancels every order of:\n".to_owned();
    for bot in bots.iter().take(LISTED_MAX) {
        text.push_str(&format!("  {} ({})\n", bot.id, text::line(&bot.mode)));
    }
    if bots.len() > LISTED_MAX {
        text.push_str(&format!("  and {} more\n", bots.len() - LISTED_MAX));
    }
    text.push_str(&format!("Type `{answer}` to go on: "));
    Ok(Some(Question { text, answer }))
}

impl Question {
    /// Was it answered?
    ///
    /// # Errors
    /// Something else was typed.
    pub(crate) fn check(&self, typed: &str) -> Result<(), Fault> {
        if typed.trim() == self.answer {
            Ok(())
        } else {
            Err(Fault::failed(format!(
                "That is not `{}`. Nothing was changed.",
                self.answer
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bot::tests::{bot, running};
    use serde_json::json;

    fn bots(count: usize) -> Vec<Bot> {
        (0..count)
            .map(|number| {
                let mut object = running();
                object["metadata"]["name"] = json!(format!("b{number}"));
                bot(object)
            })
            .collect()
    }

    #[test]
    fn one_bot_is_closed_by_its_name() {
        let question = question(&bots(1), false, true).unwrap().unwrap();
        assert_eq!(
            question,
            Question {
                text: "This closes every position and cancels every order of:\n  trading/b0 (Testnet)\nType `b0` to go on: "
                    .into(),
                answer: "b0".into(),
            }
        );
        assert_eq!(question.check(" b0\n"), Ok(()));
        for typed in ["", "y", "yes", "B0", "b0 b0", "trading/b0"] {
            assert_eq!(
                question.check(typed),
                Err(Fault::failed("That is not `b0`. Nothing was changed.")),
                "{typed:?}"
            );
        }
    }

    #[test]
    fn many_bots_are_closed_by_their_number() {
        let question = question(&bots(22), false, true).unwrap().unwrap();
        assert_eq!(question.answer, "close all 22 bots");
        assert!(
            question
                .text
                .contains("  trading/b19 (Testnet)\n  and 2 more\n"),
            "{question:?}"
        );
    }

    #[test]
    fn yes_asks_nothing() {
        assert_eq!(question(&bots(3), true, false), Ok(None));
    }

    #[test]
    fn without_a_terminal_and_without_yes_nothing_happens() {
        assert_eq!(question(&bots(1), false, false).unwrap_err().code(), 2);
    }
}
