//! The task that actions leave through. They leave side by side: a slow one holds up no cancel.

use std::sync::Arc;
use std::time::Instant;

use aicoin_core::{Input, SendResult};
use aicoin_domain::Cloid;
use aicoin_hyperliquid::Address;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::boot::BootError;
use crate::context::Context;
use crate::deliver::Closed;
use crate::event::VenueEvent;
use crate::outcome::{Verdict, says_agent_is_unknown, says_allowance_is_used_up, verdict};
use crate::rest::Outcome;
use crate::send::{About, Outgoing};

/// Actions under way at once. Each is over within seconds.
const UNDER_WAY_MAX: usize = 64;

/// Sends until there is nothing more to send, or nobody listens.
pub(crate) async fn run(
    context: Arc<Context>,
    agent: Address,
    mut queue: mpsc::Receiver<Outgoing>,
) {
    let mut under_way = JoinSet::new();
    loop {
        tokio::select! {
            next = queue.recv(), if under_way.len() < UNDER_WAY_MAX => {
                let Some(outgoing) = next else { return };
                under_way.spawn(carry(Arc::clone(&context), agent, outgoing));
            }
            Some(done) = under_way.join_next() => {
                if !matches!(done, Ok(Ok(()))) {
                    return;
                }
            }
        }
    }
}

/// Sends one action and says what became of it.
async fn carry(context: Arc<Context>, agent: Address, outgoing: Outgoing) -> Result<(), Closed> {
    let Outgoing {
        about,
        body,
        expires_at,
        is_urgent,
    } = outgoing;
    // Each order of an action counts.
    let requests = about.orders();
    let until = Instant::now() + context.clock.until(expires_at);
    if let Err(words) = context.rest.admit(requests, is_urgent, until).await {
        return held_back(&context, about, words).await;
    }
    let outcome = context
        .rest
        .act(body, requests, until, &context.board)
        .await;
    if says_allowance_is_used_up(&outcome) {
        let allowance = context.rest.account_allowance();
        allowance.exhausted();
        context.board.allowance(0, allowance.is_kept_back());
    }
    match verdict(about, &outcome) {
        Verdict::Sent(results) => {
            if matches!(outcome, Outcome::Unknown(_)) {
                tracing::warn!(?about, ?outcome, "an action has no answer: it is looked up");
            }
            for (cloid, result) in results {
                answer(&context, cloid, result).await?;
            }
        }
        Verdict::Unheard(None) => {}
        Verdict::Unheard(Some(why)) => tracing::warn!(?about, why, "an action was not done"),
    }
    if says_agent_is_unknown(&outcome) {
        let account = context.account.unwrap_or(agent);
        context
            .deliver
            .event(VenueEvent::Refused(BootError::AgentUnknown {
                agent,
                account,
                network: context.network,
            }))
            .await?;
    }
    Ok(())
}

/// It never left.
pub(crate) async fn held_back(
    context: &Context,
    about: About,
    words: String,
) -> Result<(), Closed> {
    tracing::warn!(?about, words, "an action was held back");
    for cloid in about.waiting() {
        let refused = SendResult::Refused(aicoin_domain::Refusal(words.clone()));
        answer(context, cloid, refused).await?;
    }
    Ok(())
}

async fn answer(context: &Context, cloid: Cloid, result: SendResult) -> Result<(), Closed> {
    if let SendResult::Resting { .. } = &result {
        context.deliver.rested(cloid);
    }
    context.deliver.input(Input::Sent { cloid, result }).await
}
