//! Completions: scripts for shells, and the answers to kubectl's own question.
//!
//! kubectl completes `kubectl tradingbot …` by running the program `kubectl_complete-tradingbot` with the words typed so far,
//! the last one being the one to complete. It prints a candidate on each line and a number behind a colon on the last line.
//!
//! Never: says anything else when something is wrong: a shell that completes is no place for a sentence.

use std::io::Write as _;
use std::time::Duration;

use clap::{Arg, ArgAction, Command, CommandFactory as _};
use kube::config::Kubeconfig;

use crate::bot::Bot;
use crate::cli::{Cli, Connection, Shell};
use crate::cluster::{Cluster, Scope};
use crate::text;

/// A shell that hangs is worse than one that completes nothing.
const ANSWER_MAX: Duration = Duration::from_secs(3);
/// Cobra's "complete no files".
const NO_FILES: &str = ":4";
/// The program that kubectl looks for.
const KUBECTL_SCRIPT: &str = "#!/bin/sh\n\
    # kubectl runs this to complete `kubectl tradingbot …`. Save it as kubectl_complete-tradingbot on PATH, executable.\n\
    exec kubectl-tradingbot __complete -- \"$@\"\n";

/// Prints a completion script.
pub(crate) fn print(shell: Shell) {
    let shell = match shell {
        Shell::Bash => clap_complete::Shell::Bash,
        Shell::Zsh => clap_complete::Shell::Zsh,
        Shell::Fish => clap_complete::Shell::Fish,
        Shell::Kubectl => {
            let _ = std::io::stdout()
                .lock()
                .write_all(KUBECTL_SCRIPT.as_bytes());
            return;
        }
    };
    let mut script = Vec::new();
    clap_complete::generate(
        shell,
        &mut Cli::command(),
        "kubectl-tradingbot",
        &mut script,
    );
    let _ = std::io::stdout().lock().write_all(&script);
}

/// Answers kubectl.
pub(crate) async fn answer(words: &[String]) {
    let (start, end) = match words.split_last() {
        Some((end, start)) => (start, end.as_str()),
        None => (&[][..], ""),
    };
    let wanted = wanted(start, end);
    let mut candidates = match wanted {
        Wanted::Words(words) => words,
        Wanted::Contexts => Kubeconfig::read()
            .map(|kubeconfig| {
                kubeconfig
                    .contexts
                    .into_iter()
                    .map(|context| context.name)
                    .collect()
            })
            .unwrap_or_default(),
        Wanted::Bots => tokio::time::timeout(ANSWER_MAX, bots(&connection(start)))
            .await
            .unwrap_or_default(),
        Wanted::Nothing => Vec::new(),
    };
    candidates.retain(|candidate| candidate.starts_with(end) && !start.contains(candidate));
    let mut text = String::new();
    for candidate in candidates {
        text.push_str(&text::line(&candidate));
        text.push('\n');
    }
    let _ = writeln!(std::io::stdout().lock(), "{text}{NO_FILES}");
}

async fn bots(connection: &Connection) -> Vec<String> {
    let Ok(cluster) = Cluster::connect(connection).await else {
        return Vec::new();
    };
    let scope = Scope::Namespace(cluster.namespace().to_owned());
    let objects = cluster.list(&scope).await.unwrap_or_default();
    objects
        .iter()
        .map(|object| Bot::read(object).id.name)
        .collect()
}

/// What may stand at the place of the last word.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Wanted {
    Words(Vec<String>),
    Bots,
    Contexts,
    Nothing,
}

fn wanted(start: &[String], end: &str) -> Wanted {
    let mut root = Cli::command();
    root.build();
    let mut command = &root;
    let mut names = 0_usize;
    let mut open: Option<&Arg> = None;
    for word in start {
        if open.take().is_some() {
            continue;
        }
        if word.starts_with('-') {
            open = flag(command, word).filter(|flag| takes_value(flag) && !word.contains('='));
        } else if let Some(found) = command.find_subcommand(word) {
            command = found;
        } else {
            names += 1;
        }
    }
    if let Some(flag) = open {
        return values(flag, "");
    }
    if let Some((name, _)) = end.split_once('=').filter(|_| end.starts_with("--")) {
        return flag(command, name)
            .map_or(Wanted::Nothing, |flag| values(flag, &format!("{name}=")));
    }
    if end.starts_with('-') {
        return Wanted::Words(flags(command));
    }
    if command.has_subcommands() {
        let visible = command
            .get_subcommands()
            .filter(|command| !command.is_hide_set());
        return Wanted::Words(
            visible
                .map(|command| command.get_name().to_owned())
                .collect(),
        );
    }
    match command.get_positionals().next() {
        Some(arg) if !arg.get_possible_values().is_empty() && names == 0 => values(arg, ""),
        Some(arg) if arg.get_id() == "names" || (arg.get_id() == "name" && names == 0) => {
            Wanted::Bots
        }
        Some(_) | None => Wanted::Nothing,
    }
}

fn flag<'a>(command: &'a Command, word: &str) -> Option<&'a Arg> {
    let word = word.split('=').next().unwrap_or(word);
    command.get_arguments().find(|arg| {
        arg.get_long()
            .is_some_and(|long| word.strip_prefix("--") == Some(long))
            || arg
                .get_short()
                .is_some_and(|short| word == format!("-{short}"))
    })
}

fn takes_value(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Set | ArgAction::Append)
}

fn values(arg: &Arg, prefix: &str) -> Wanted {
    if arg.get_id() == "context" {
        return Wanted::Contexts;
    }
    let values = arg.get_possible_values();
    if values.is_empty() {
        return Wanted::Nothing;
    }
    Wanted::Words(
        values
            .iter()
            .map(|value| format!("{prefix}{}", value.get_name()))
            .collect(),
    )
}

fn flags(command: &Command) -> Vec<String> {
    command
        .get_arguments()
        .filter(|arg| !arg.is_hide_set())
        .filter_map(|arg| arg.get_long().map(|long| format!("--{long}")))
        .collect()
}

/// The cluster that the words so far speak of.
fn connection(words: &[String]) -> Connection {
    let value = |long: &str, short: Option<&str>| {
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if Some(word.as_str()) == short || word == long {
                return words.next().cloned();
            }
            if let Some(value) = word
                .strip_prefix(long)
                .and_then(|rest| rest.strip_prefix('='))
            {
                return Some(value.to_owned());
            }
        }
        None
    };
    Connection {
        kubeconfig: value("--kubeconfig", None).map(Into::into),
        context: value("--context", None),
        namespace: value("--namespace", Some("-n")),
        request_timeout: ANSWER_MAX,
        verbose: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: &str) -> Wanted {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let (end, start) = words.split_last().unwrap();
        wanted(start, end)
    }

    fn words(words: &[&str]) -> Wanted {
        Wanted::Words(words.iter().map(|&word| word.to_owned()).collect())
    }

    #[test]
    fn verbs_come_first_then_bots_then_values() {
        assert_eq!(
            at(""),
            words(&[
                "status",
                "pause",
                "resume",
                "close-all",
                "restart",
                "logs",
                "wait",
                "resolve",
                "completion",
                "help"
            ])
        );
        assert_eq!(at("pause "), Wanted::Bots);
        assert_eq!(at("pause btc "), Wanted::Bots);
        assert_eq!(at("status btc "), Wanted::Nothing);
        assert_eq!(at("-n trading status "), Wanted::Bots);
        assert_eq!(
            at("wait btc --for "),
            words(&["paused", "closed", "ready", "effective"])
        );
        assert_eq!(
            at("wait btc --for="),
            words(&[
                "--for=paused",
                "--for=closed",
                "--for=ready",
                "--for=effective"
            ])
        );
        assert_eq!(at("status --context "), Wanted::Contexts);
        assert_eq!(at("status --namespace "), Wanted::Nothing);
        assert_eq!(
            at("completion "),
            words(&["bash", "zsh", "fish", "kubectl"])
        );
    }

    #[test]
    fn flags_are_those_of_the_verb_and_of_all() {
        assert_eq!(
            at("restart -"),
            words(&[
                "--all",
                "--all-namespaces",
                "--dry-run",
                "--wait",
                "--timeout",
                "--kubeconfig",
                "--context",
                "--namespace",
                "--request-timeout",
                "--verbose",
                "--help"
            ])
        );
    }

    #[test]
    fn the_words_say_which_cluster_is_asked() {
        let words: Vec<String> = "pause -n a --context=b --kubeconfig c"
            .split(' ')
            .map(str::to_owned)
            .collect();
        let found = connection(&words);
        assert_eq!(
            (
                found.namespace.as_deref(),
                found.context.as_deref(),
                found.kubeconfig.as_deref()
            ),
            (Some("a"), Some("b"), Some(std::path::Path::new("c")))
        );
    }
}
