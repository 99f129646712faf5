//! Is it true yet? The decision of every wait, from one look at the bot.
//!
//! For: the same answers as `kubectl wait --for=condition=…`: a condition counts only when it is about the present
//! generation of the spec. An annotation does not move that generation, so whatever came from one is judged by
//! `status.control`.
//!
//! Never: looks, sleeps or knows the time (`waiting` does).

use aicoin_api::domain::Desired;
use aicoin_api::names::{annotation, condition};
use k8s_openapi::jiff::Timestamp;

use crate::bot::{Bot, Control, level};
use crate::text;

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// The worker accepted what the object asks for.
    Accepted,
    /// What the object asks for is true.
    Effective,
    /// The condition is True.
    Condition(&'static str),
    /// It trades again: Running is true, and the bot is ready.
    Resumed,
    /// The restart that was asked for happened, and the bot is ready again.
    Restarted {
        /// The annotation's time.
        at: String,
        /// The pod before: for a moment it is still there, and still ready.
        old_pod: Option<String>,
    },
}

/// What one look says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is true.
    Met,
    /// Not yet, and what is missing.
    NotYet(String),
    /// It cannot become true by waiting, and what must be done.
    Never(String),
}

/// Judges one look at a bot.
pub(crate) fn judge(goal: &Goal, bot: &Bot) -> Verdict {
    match goal {
        Goal::Accepted => accepted(bot),
        Goal::Effective => effective(bot),
        Goal::Condition(kind) => met(kind, bot),
        Goal::Resumed => resumed(bot),
        Goal::Restarted { at, old_pod } => restarted(at, old_pod.as_deref(), bot),
    }
}

/// What keeps a bot from trading although its spec or somebody asked it to; `None` when nothing does.
pub(crate) fn held(bot: &Bot) -> Option<String> {
    let name = &bot.id.name;
    if bot.deleting {
        return Some("it is being deleted, and trades no more".to_owned());
    }
    if let Some(hold) = &bot.hold {
        return Some(format!(
            "the annotation {}: {} holds it; lift it with `kubectl tradingbot resume {name} --hold`",
            annotation::HOLD,
            text::line(hold)
        ));
    }
    if bot.desired != Desired::Running.as_str() {
        return Some(format!(
            "spec.desiredState is {}; change it with `kubectl tradingbot resume {name}`",
            text::line(&bot.desired)
        ));
    }
    let local = bot.status.control.as_ref()?.local_hold.as_ref()?;
    Some(format!(
        "the worker's local hold {} keeps it; lift it with `kubectl tradingbot resume {name} --direct`",
        text::line(local)
    ))
}

/// Did the operator look at the present spec?
const fn is_observed(bot: &Bot) -> bool {
    match bot.status.observed_generation {
        Some(observed) => observed >= bot.generation,
        None => false,
    }
}

fn not_observed() -> Verdict {
    Verdict::NotYet("the operator has not looked at the change".to_owned())
}

/// The operator's present control, when it is the one that the object asks for.
fn present_control(bot: &Bot) -> Result<&Control, Verdict> {
    if !is_observed(bot) {
        return Err(not_observed());
    }
    let asked = bot.asked();
    let asking = bot.status.control.as_ref();
    let strong_enough = asking.is_some_and(|control| {
        level(&control.desired).is_some_and(|desired| {
            // A bot that is being deleted is closed, whatever it asks for.
            strength(desired) == strength(asked)
                || (bot.deleting && strength(desired) > strength(asked))
        })
    });
    match asking {
        Some(control) if strong_enough => Ok(control),
        _ => Err(Verdict::NotYet(format!(
            "the operator has not asked the worker for {} yet",
            asked.as_str()
        ))),
    }
}

/// Stopped has no worker that could open anything: beside the others it is a pause.
const fn strength(desired: Desired) -> u8 {
    match desired {
        Desired::Running => 0,
        Desired::Paused | Desired::Stopped => 1,
        Desired::CloseAll => 2,
    }
}

fn accepted(bot: &Bot) -> Verdict {
    match present_control(bot) {
        Err(verdict) => verdict,
        Ok(control) if control.is_accepted() => Verdict::Met,
        Ok(control) => Verdict::NotYet(format!(
            "the worker has not accepted {}{}",
            text::line(&control.desired),
            because(bot)
        )),
    }
}

fn effective(bot: &Bot) -> Verdict {
    match present_control(bot) {
        Err(verdict) => verdict,
        Ok(control) if control.is_effective() => Verdict::Met,
        Ok(control) if control.is_accepted() => Verdict::NotYet(format!(
            "{} is accepted and not effective{}{}",
            text::line(&control.desired),
            left(bot),
            because(bot)
        )),
        Ok(_) => accepted(bot),
    }
}

fn met(kind: &str, bot: &Bot) -> Verdict {
    let Some(condition) = bot.status.condition(kind) else {
        return if is_observed(bot) {
            Verdict::NotYet(format!("the operator says nothing about {kind}"))
        } else {
            not_observed()
        };
    };
    let about = condition
        .observed_generation
        .or(bot.status.observed_generation);
    if about.is_some_and(|about| about < bot.generation) {
        return not_observed();
    }
    if condition.status == "True" {
        return Verdict::Met;
    }
    Verdict::NotYet(format!(
        "{kind} is {}{}{}",
        text::line(&condition.status),
        left(bot),
        said(&condition.reason, &condition.message)
    ))
}

fn resumed(bot: &Bot) -> Verdict {
    if let Some(why) = held(bot) {
        return Verdict::Never(why);
    }
    match effective(bot) {
        Verdict::Met => met(condition::READY, bot),
        verdict @ (Verdict::NotYet(_) | Verdict::Never(_)) => verdict,
    }
}

fn restarted(at: &str, old_pod: Option<&str>, bot: &Bot) -> Verdict {
    let time = |text: &str| text.parse::<Timestamp>().ok();
    // The status repeats the annotation; a later wish of somebody else's is as good.
    let happened = bot.status.last_restart_at.as_deref().is_some_and(|last| {
        last == at || matches!((time(at), time(last)), (Some(asked), Some(last)) if last >= asked)
    });
    if !happened {
        return Verdict::NotYet("the worker has not been restarted".to_owned());
    }
    match bot.status.pod_name.as_deref() {
        None => Verdict::NotYet("the new pod is not there".to_owned()),
        pod if pod == old_pod => Verdict::NotYet("the old pod is still there".to_owned()),
        Some(_) => met(condition::READY, bot),
    }
}

/// What is left to close, as far as the status says.
fn left(bot: &Bot) -> String {
    bot.status.remaining.map_or_else(String::new, |remaining| {
        format!(
            ", {} and {} left",
            text::count(remaining.positions, "position"),
            text::count(remaining.orders, "order")
        )
    })
}

/// What needs a person, or else why it is not ready.
fn because(bot: &Bot) -> String {
    let is = |kind, status| {
        bot.status
            .condition(kind)
            .filter(|condition| condition.status == status)
    };
    is(condition::DEGRADED, "True")
        .or_else(|| is(condition::READY, "False"))
        .map_or_else(String::new, |condition| {
            said(&condition.reason, &condition.message)
        })
}

fn said(reason: &str, message: &str) -> String {
    let message = text::line(message);
    match (reason, message.trim_end_matches('.')) {
        ("", "") => String::new(),
        (reason, "") => format!(": {}", text::line(reason)),
        ("", message) => format!(": {message}"),
        (reason, message) => format!(": {} ({})", message, text::line(reason)),
    }
}

#[cfg(test)]
mod tests;
