//! The second road of control: `aicoin-worker ctl …` inside the worker's pod, for when the operator is gone.
//!
//! For: the command, and in plain words what it did. It sets or lifts the worker's *local hold*, a level of its own: the
//! strongest level wins, and nothing that the operator asked for is weakened by it.
//!
//! Never: executes anything (`exec` does).

use std::time::Duration;

use crate::text;

/// What can be done on the second road.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direct {
    /// Hold it paused.
    Pause,
    /// Lift the local hold.
    Resume,
    /// Hold it flat.
    CloseAll,
}

/// What the program in the pod answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Its exit code.
    pub(crate) code: i32,
    /// What it printed.
    pub(crate) stdout: String,
    /// What it printed beside.
    pub(crate) stderr: String,
}

impl Direct {
    /// The verb of `ctl`.
    pub(crate) const fn verb(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::CloseAll => "close-all",
        }
    }

    /// The command in the pod; with a time, it comes back once it is effective.
    pub(crate) fn command(self, wait: Option<Duration>) -> Vec<String> {
        let mut command = ctl(&[self.verb()]);
        if let Some(limit) = wait {
            command.push("--wait".to_owned());
            command.push("--timeout".to_owned());
            command.push(format!("{}s", limit.as_secs().max(1)));
        }
        command
    }

    /// What it means that it succeeded.
    const fn meaning(self) -> &'static str {
        match self {
            Self::Pause => {
                "The worker's local hold is Paused now, and stays so until `kubectl tradingbot resume NAME --direct`"
            }
            Self::Resume => {
                "The worker's local hold is lifted; what the operator asked for last stays in force"
            }
            Self::CloseAll => {
                "The worker's local hold is CloseAll now, and stays so until `kubectl tradingbot resume NAME --direct`"
            }
        }
    }

    /// The sentence about an answer. `name` is the bot's.
    pub(crate) fn outcome(
        self,
        name: &str,
        pod: &str,
        wait: bool,
        answer: &Answer,
    ) -> Result<String, String> {
        let flag = if wait { " --wait" } else { "" };
        if answer.code == 0 {
            Ok(format!(
                "second road: `aicoin-worker ctl {}{flag}` in pod {} said \"{}\". {}.",
                self.verb(),
                text::line(pod),
                text::line(&answer.stdout),
                self.meaning().replace("NAME", name)
            ))
        } else {
            Err(format!(
                "second road: `aicoin-worker ctl {}{flag}` in pod {} failed: {}",
                self.verb(),
                text::line(pod),
                complaint(answer)
            ))
        }
    }
}

/// A command line of the worker's program.
pub(crate) fn ctl(arguments: &[&str]) -> Vec<String> {
    ["aicoin-worker", "ctl"]
        .iter()
        .chain(arguments)
        .map(|&word| word.to_owned())
        .collect()
}

/// Why a program in the pod failed, in its own words.
pub(crate) fn complaint(answer: &Answer) -> String {
    let said = if answer.stderr.trim().is_empty() {
        &answer.stdout
    } else {
        &answer.stderr
    };
    let said = text::line(said.trim().trim_start_matches("aicoin-worker: "));
    if said.is_empty() {
        format!("it ended with exit code {} and said nothing.", answer.code)
    } else {
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_the_one_that_a_person_would_type() {
        assert_eq!(
            Direct::Pause.command(None),
            ["aicoin-worker", "ctl", "pause"]
        );
        assert_eq!(
            Direct::CloseAll.command(Some(Duration::from_secs(90))),
            [
                "aicoin-worker",
                "ctl",
                "close-all",
                "--wait",
                "--timeout",
                "90s"
            ]
        );
        assert_eq!(
            Direct::Resume.command(Some(Duration::from_millis(10))),
            [
                "aicoin-worker",
                "ctl",
                "resume",
                "--wait",
                "--timeout",
                "1s"
            ]
        );
    }

    #[test]
    fn the_outcome_says_which_road_it_was_and_what_stays() {
        let answer = Answer {
            code: 0,
            stdout: "Paused: accepted, effective (asked Running, local hold Paused)\n".into(),
            stderr: String::new(),
        };
        assert_eq!(
            Direct::Pause.outcome("btc", "btc-worker-x", false, &answer),
            Ok(
                "second road: `aicoin-worker ctl pause` in pod btc-worker-x said \"Paused: accepted, effective (asked \
                 Running, local hold Paused)\". The worker's local hold is Paused now, and stays so until `kubectl \
                 tradingbot resume btc --direct`."
                    .to_owned()
            )
        );
    }

    #[test]
    fn a_failure_on_the_second_road_is_told_in_the_workers_words() {
        let failed = |code, stdout: &str, stderr: &str| {
            Direct::Resume.outcome(
                "btc",
                "p",
                true,
                &Answer {
                    code,
                    stdout: stdout.into(),
                    stderr: stderr.into(),
                },
            )
        };
        assert_eq!(
            failed(
                2,
                "",
                "aicoin-worker: No worker listens on /run/aicoin/aicoin.sock.\u{1b}[0m\n"
            ),
            Err(
                "second road: `aicoin-worker ctl resume --wait` in pod p failed: No worker listens on \
                 /run/aicoin/aicoin.sock.\u{fffd}[0m"
                    .to_owned()
            )
        );
        assert_eq!(
            failed(137, " ", ""),
            Err(
                "second road: `aicoin-worker ctl resume --wait` in pod p failed: it ended with exit code 137 and said nothing."
                    .to_owned()
            )
        );
    }
}
