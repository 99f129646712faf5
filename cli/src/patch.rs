//! What a verb changes: one merge patch, which a person could type.
//!
//! Never: more than one field. What is printed with `--dry-run` and `-v` is exactly what is sent.

use aicoin_api::domain::{Desired, Hold};
use aicoin_api::names::annotation;
use serde_json::{Value, json};

use crate::bot::BotId;

/// One change of a TradingBot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// `spec.desiredState`.
    Desired(Desired),
    /// The annotation `aicoin.dev/hold`, which GitOps does not revert; `None` takes it away.
    Hold(Hold),
    /// The annotation `aicoin.dev/restarted-at`.
    RestartedAt(String),
}

impl Change {
    /// The merge patch.
    pub(crate) fn patch(&self) -> Value {
        match self {
            Self::Desired(desired) => json!({"spec": {"desiredState": desired.as_str()}}),
            Self::Hold(Hold::None) => {
                json!({"metadata": {"annotations": {annotation::HOLD: null}}})
            }
            Self::Hold(hold) => {
                json!({"metadata": {"annotations": {annotation::HOLD: hold.as_str()}}})
            }
            Self::RestartedAt(time) => {
                json!({"metadata": {"annotations": {annotation::RESTARTED_AT: time}}})
            }
        }
    }

    /// The same as a command of kubectl, with the flags that say which cluster.
    pub(crate) fn command(&self, bot: &BotId, cluster_flags: &[(&str, &str)]) -> String {
        let mut command = format!(
            "kubectl patch tradingbot {} --namespace {}",
            quoted(&bot.name),
            quoted(&bot.namespace)
        );
        for (flag, value) in cluster_flags {
            command.push_str(&format!(" --{flag} {}", quoted(value)));
        }
        command.push_str(&format!(
            " --type merge --patch {}",
            quoted(&self.patch().to_string())
        ));
        command
    }
}

/// A word as a shell takes it back.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn btc() -> BotId {
        BotId {
            namespace: "trading".into(),
            name: "btc".into(),
        }
    }

    #[test]
    fn every_verb_is_one_merge_patch() {
        let patches = [
            Change::Desired(Desired::Paused),
            Change::Desired(Desired::Running),
            Change::Desired(Desired::CloseAll),
            Change::Hold(Hold::Paused),
            Change::Hold(Hold::CloseAll),
            Change::Hold(Hold::None),
            Change::RestartedAt("2026-11-25T09:00:00Z".into()),
        ]
        .map(|change| change.patch().to_string());
        assert_eq!(
            patches,
            [
                r#"{"spec":{"desiredState":"Paused"}}"#,
                r#"{"spec":{"desiredState":"Running"}}"#,
                r#"{"spec":{"desiredState":"CloseAll"}}"#,
                r#"{"metadata":{"annotations":{"aicoin.dev/hold":"Paused"}}}"#,
                r#"{"metadata":{"annotations":{"aicoin.dev/hold":"CloseAll"}}}"#,
                r#"{"metadata":{"annotations":{"aicoin.dev/hold":null}}}"#,
                r#"{"metadata":{"annotations":{"aicoin.dev/restarted-at":"2026-11-25T09:00:00Z"}}}"#,
            ]
        );
    }

    #[test]
    fn the_command_can_be_typed_as_it_is_printed() {
        assert_eq!(
            Change::Desired(Desired::Paused).command(&btc(), &[]),
            r#"kubectl patch tradingbot btc --namespace trading --type merge --patch '{"spec":{"desiredState":"Paused"}}'"#
        );
        assert_eq!(
            Change::Hold(Hold::None).command(
                &btc(),
                &[
                    ("kubeconfig", "/home/a b/it's"),
                    ("context", "arn:aws:eks:eu:1:cluster/x")
                ]
            ),
            "kubectl patch tradingbot btc --namespace trading --kubeconfig '/home/a b/it'\\''s' --context \
             arn:aws:eks:eu:1:cluster/x --type merge --patch '{\"metadata\":{\"annotations\":{\"aicoin.dev/hold\":null}}}'"
        );
    }
}
