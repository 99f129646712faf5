//! The task that answers the core's questions. They are asked side by side.

use std::sync::Arc;

use aicoin_core::{Input, Query};
use aicoin_domain::{TimeMs, TradeId};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::context::Context;
use crate::deliver::Closed;
use crate::resync::Reading;

/// Questions under way at once. Each is over within seconds.
const UNDER_WAY_MAX: usize = 16;

/// A question, and up to which fill the core knew all when it asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) query: Query,
    pub(crate) last_trade: Option<(TimeMs, TradeId)>,
}

/// Answers until there is nothing more to ask, or nobody listens.
pub(crate) async fn run(context: Arc<Context>, mut queue: mpsc::Receiver<Asked>) {
    let mut under_way = JoinSet::new();
    loop {
        tokio::select! {
            next = queue.recv(), if under_way.len() < UNDER_WAY_MAX => {
                let Some(asked) = next else { return };
                under_way.spawn(answer(Arc::clone(&context), asked));
            }
            Some(done) = under_way.join_next() => {
                if !matches!(done, Ok(Ok(()))) {
                    return;
                }
            }
        }
    }
}

async fn answer(context: Arc<Context>, asked: Asked) -> Result<(), Closed> {
    match asked.query {
        Query::Account => {
            // A reading that fails is not answered: the core asks again by itself.
            if let Reading::Failed(why) = context.read_account(asked.last_trade).await? {
                tracing::warn!(why, "the account could not be read");
            }
            Ok(())
        }
        Query::Order(cloid) => {
            let (asked_at, answer) = context.look_up(cloid).await;
            context
                .deliver
                .input(Input::Looked {
                    cloid,
                    asked_at,
                    answer,
                })
                .await
        }
    }
}
