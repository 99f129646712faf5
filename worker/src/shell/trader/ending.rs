//! The end: what is under way at the venue is resolved before the process goes.

use std::time::{Duration, Instant};

use aicoin_core::Input;
use aicoin_domain::Reason;

use super::super::venue::Venue;
use super::Trader;

/// Answers that come later are asked for by the next process. An action is answered, or given up, within 5 s.
const RESOLVE_WITHIN: Duration = Duration::from_secs(6);

impl Trader {
    /// Waits for the answers to what was sent. A venue in this process has answered everything; time stands still there.
    pub(super) async fn resolve_what_is_under_way(&mut self) {
        if matches!(self.parts.venue, Venue::Paper(_)) || self.parts.bot.all_orders_resolved() {
            return;
        }
        self.tell(Input::Obstacle {
            reason: Reason::Stopping,
            present: true,
        })
        .await;
        let deadline = Instant::now() + RESOLVE_WITHIN;
        while !self.parts.bot.all_orders_resolved() {
            self.parts.heartbeat.beat();
            let turn = self.parts.venue.turn(false, self.wake_at);
            match tokio::time::timeout_at(deadline.into(), turn).await {
                Ok(turn) => self.on_turn(turn).await,
                Err(_) => {
                    tracing::warn!(
                        "the venue did not answer in time: the next start asks what became of the last orders"
                    );
                    return;
                }
            }
        }
    }
}
