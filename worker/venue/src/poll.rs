//! The second way of fills: asked for over REST, now and then, whatever the stream does.
//!
//! And the account's allowance, which is read the same way.

use std::sync::Arc;
use std::time::Duration;

use aicoin_domain::TimeMs;
use aicoin_hyperliquid::Address;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::context::Context;
use crate::deliver::Closed;
use crate::socket::Command;
use crate::wire::request::Question;
use crate::wire::user::RateLimitWire;

/// Fills are asked for from this long before the newest that is known: one may have come late.
const OVERLAP: Duration = Duration::from_secs(60);
/// A fill that is older than this should have come by the stream.
const STREAM_LATE: Duration = Duration::from_secs(10);

/// Polls until nobody listens.
pub(crate) async fn run(context: Arc<Context>, account: Address, socket: mpsc::Sender<Command>) {
    let limits = context.rest.limits().clone();
    let every = limits.poll_fills_every;
    let mut fills = interval_at(Instant::now() + every, every);
    fills.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut allowance = tokio::time::interval(limits.allowance_every);
    allowance.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut newest = context.began;
    loop {
        tokio::select! {
            _ = fills.tick() => {
                // A reading of the account brings everything that a poll would.
                if context.was_read_within(every) {
                    continue;
                }
                match poll_fills(&context, account, &mut newest).await {
                    // When there is no room, one waits already.
                    Ok(true) => drop(socket.try_send(Command::Reconnect(
                        "a fill came over REST that the stream did not bring",
                    ))),
                    Ok(false) => {}
                    Err(Closed) => return,
                }
            }
            _ = allowance.tick() => read_allowance(&context, account).await,
        }
    }
}

/// Hands over what is new. Whether the stream should have brought it long ago.
async fn poll_fills(
    context: &Context,
    account: Address,
    newest: &mut TimeMs,
) -> Result<bool, Closed> {
    let from = context.began.max(*newest - context.clock.span(OVERLAP));
    let fills = match context.fills_from(account, from).await {
        Ok(fills) => fills,
        Err(error) => {
            tracing::debug!(%error, "fills could not be polled");
            return Ok(false);
        }
    };
    let late = context.clock.span(STREAM_LATE);
    let mut is_late = false;
    let mut is_whole = true;
    for fill in &fills {
        let Some(market) = context.stream_market(&fill.coin).await? else {
            // It comes again once its market is known: what is before it may not be left behind.
            is_whole = false;
            continue;
        };
        let key = fill.key();
        let is_new = context
            .deliver
            .fill(&key, fill.to_fill(market, account))
            .await?;
        is_late |= is_new && context.clock.now() - fill.time() > late;
        if is_whole {
            *newest = (*newest).max(fill.time());
        }
    }
    Ok(is_late)
}

async fn read_allowance(context: &Context, account: Address) {
    let question = Question::UserRateLimit { user: account };
    match context
        .rest
        .ask::<RateLimitWire>(question, &context.board)
        .await
    {
        Ok(limit) => {
            let allowance = context.rest.account_allowance();
            allowance.read(limit.left());
            context
                .board
                .allowance(limit.left(), allowance.is_kept_back());
        }
        Err(error) => tracing::debug!(%error, "the account's allowance could not be read"),
    }
}
