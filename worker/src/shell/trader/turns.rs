//! What the venue brings: steps of simulated time, or what was heard of one behind a network.

use aicoin_core::Input;
use aicoin_domain::{MarketId, MarketRules};

use super::super::venue::{Step, Trouble, Turn, Venue};
use super::Trader;

/// One step of simulated time.
const STEP_MS: i64 = 1000;

impl Trader {
    pub(super) async fn on_turn(&mut self, turn: Turn) {
        match turn {
            Turn::Steps(steps) => {
                for _ in 0..steps {
                    if !self.may_step() {
                        break;
                    }
                    self.step().await;
                }
            }
            Turn::Heard(inputs) => {
                for input in inputs {
                    if input == Input::Wake {
                        self.wake_at = None;
                    }
                    self.tell(input).await;
                }
            }
            Turn::NewMarket { name, rules } => self.on_new_market(name, rules).await,
            Turn::Trouble(trouble) => self.on_trouble(trouble).await,
        }
    }

    /// One step of simulated time: prices, what they set off at the exchange, and what the core makes of it.
    async fn step(&mut self) {
        let Venue::Paper(paper) = &mut self.parts.venue else {
            return;
        };
        let Step { events, quotes } = paper.step(STEP_MS);
        for event in events {
            self.tell(event).await;
        }
        for (market, quote) in quotes {
            self.tell(Input::Quote { market, quote }).await;
        }
        if self.wake_at.is_some_and(|at| self.parts.venue.now() >= at) {
            self.wake_at = None;
            self.tell(Input::Wake).await;
        }
    }

    /// The account has something in a market that the manifest does not name.
    async fn on_new_market(&mut self, name: String, rules: MarketRules) {
        let count = self.parts.bot.config().markets.len();
        let Ok(market) = u16::try_from(count).map(MarketId) else {
            return;
        };
        // Its rows need its name before the first of them.
        self.batch.new_markets.push(name.clone());
        self.parts.publisher.add_market(&name);
        self.parts.chart.add_market(&name);
        self.tell(Input::Listing {
            market,
            name,
            rules,
        })
        .await;
    }

    /// Something stands between the bot and its venue, or does so no more.
    pub(super) async fn on_trouble(&mut self, trouble: Trouble) {
        let Trouble {
            reason,
            sentence,
            is_definite,
        } = trouble;
        match &sentence {
            Some(sentence) if is_definite => tracing::error!("{sentence}"),
            Some(sentence) => tracing::warn!("{sentence}"),
            None => tracing::info!(%reason, "that is over"),
        }
        let present = sentence.is_some();
        self.parts.publisher.warn(reason, sentence);
        self.tell(Input::Obstacle { reason, present }).await;
        self.publish(true);
    }
}
