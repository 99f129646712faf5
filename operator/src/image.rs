//! Which image a worker runs: decided once, and then kept. An operator's upgrade restarts nobody.

use aicoin_api::bot::{TradingBotSpec, UpdatePolicy};

use crate::world::{Bot, DeploymentView};

/// The restart that is asked for: a time, as written. Anything else is no request.
fn restart_asked(bot: &Bot) -> Option<String> {
    bot.asked
        .restarted_at
        .as_ref()
        .filter(|text| text.parse::<k8s_openapi::jiff::Timestamp>().is_ok())
        .cloned()
}

/// The restart that a worker's pods carry: the one that is asked for, else the one that they carry already. An annotation
/// that is taken away, or that is no time, restarts nobody.
#[must_use]
pub fn restart(bot: &Bot, deployment: Option<&DeploymentView>) -> Option<String> {
    restart_asked(bot).or_else(|| match deployment {
        Some(view) => view.restarted_at.clone(),
        None => bot.status.last_restart_at.clone(),
    })
}

/// The image of a worker.
///
/// An image in the spec wins. Else: the default at the first start and at each restart that is asked for, and with
/// `updatePolicy: Automatic` whenever `may_update` says that it is this bot's turn; otherwise what was pinned, which the
/// Deployment and the status both remember.
#[must_use]
pub fn image(
    bot: &Bot,
    spec: &TradingBotSpec,
    deployment: Option<&DeploymentView>,
    default: &str,
    may_update: impl FnOnce() -> bool,
) -> String {
    if let Some(image) = &spec.worker.image {
        return image.clone();
    }
    let asked = restart(bot, deployment);
    let pinned = match deployment {
        Some(view) if view.restarted_at == asked && !view.image.is_empty() => Some(&view.image),
        // A restart that its pods do not carry yet takes up the default.
        Some(_) => None,
        None => bot
            .status
            .worker
            .as_ref()
            .and_then(|worker| worker.image.as_ref())
            .filter(|_| bot.status.last_restart_at == asked),
    };
    let updates = spec.worker.update_policy == UpdatePolicy::Automatic
        && pinned.is_some_and(|pinned| pinned != default)
        && may_update();
    match pinned {
        Some(pinned) if !updates => pinned.clone(),
        _ => default.to_owned(),
    }
}

#[cfg(test)]
mod tests;
