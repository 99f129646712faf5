//! What happened between two statuses, as Events: one for each transition, none for a pass that changes nothing.

use aicoin_api::crd::{Condition, TradingBotStatus};
use aicoin_api::names::condition;

use super::reason;

/// Something to tell in an Event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Somebody should look.
    pub warning: bool,
    /// The reason.
    pub reason: String,
    /// A sentence.
    pub message: String,
}

impl Note {
    /// Something that is as it should be.
    #[must_use]
    pub fn normal(reason: &str, message: impl Into<String>) -> Self {
        Self {
            warning: false,
            reason: reason.to_owned(),
            message: message.into(),
        }
    }

    /// Something that somebody should look at.
    #[must_use]
    pub fn warning(reason: &str, message: impl Into<String>) -> Self {
        Self {
            warning: true,
            reason: reason.to_owned(),
            message: message.into(),
        }
    }
}

/// What happened. Nothing for the first status: that a bot was made is no news.
#[must_use]
pub fn notes(before: &TradingBotStatus, after: &TradingBotStatus) -> Vec<Note> {
    if before.conditions.is_empty() {
        return Vec::new();
    }
    let mut notes = Vec::new();
    for (kind, word) in [
        (condition::TRADING_PAUSED, "TradingPaused"),
        (condition::POSITIONS_CLOSED, "PositionsClosed"),
    ] {
        if let (Some(was), Some(is)) = (find(before, kind), find(after, kind))
            && was.status != is.status
            && is.status == "True"
        {
            notes.push(Note::normal(word, is.message.clone()));
        }
    }
    if let (Some(was), Some(is)) = (
        find(before, condition::SPEC_VALID),
        find(after, condition::SPEC_VALID),
    ) && was.message != is.message
        && is.status == "False"
    {
        notes.push(Note::warning("SpecInvalid", is.message.clone()));
    }
    if let (Some(was), Some(is)) = (
        find(before, condition::DEGRADED),
        find(after, condition::DEGRADED),
    ) {
        match (was.status.as_str(), is.status.as_str()) {
            (_, "True") if was.status != is.status || was.reason != is.reason => {
                notes.push(Note::warning(&is.reason, is.message.clone()));
            }
            ("True", "False") => notes.push(Note::normal(
                "Recovered",
                "Nothing needs a person any more.",
            )),
            _ => {}
        }
    }
    let pod = |status: &TradingBotStatus| status.worker.as_ref().and_then(|it| it.pod_name.clone());
    if pod(before) == pod(after) && after.restarts > before.restarts {
        notes.push(Note::warning(
            reason::WORKER_RESTARTED,
            format!(
                "The kubelet started the worker again, {} times by now.",
                after.restarts
            ),
        ));
    }
    if after.last_restart_at != before.last_restart_at && after.last_restart_at.is_some() {
        notes.push(Note::normal(
            "Restarted",
            "The worker is restarted, as aicoin.dev/restarted-at asks.",
        ));
    }
    notes
}

fn find<'a>(status: &'a TradingBotStatus, kind: &str) -> Option<&'a Condition> {
    status.conditions.iter().find(|it| it.type_ == kind)
}
