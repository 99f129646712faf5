//! The model: its answers, its key, and whether its endpoint would answer at all.

use aicoin_core::{AiAnswer, Input};
use aicoin_domain::Reason;

use super::super::ai_desk::AiDesk;
use super::super::ai_watch::{AiWatch, Said, sentence};
use super::super::venue::Trouble;
use super::{AiChange, Trader};

/// What an endpoint itself says when it would answer no decision.
const REFUSALS: [Reason; 2] = [Reason::AiUnauthorized, Reason::AiNoBalance];

impl Trader {
    pub(super) async fn on_ai_answer(&mut self, answer: AiAnswer) {
        self.asking = false;
        if let Err(failure) = &answer.outcome
            && REFUSALS.contains(&failure.reason)
        {
            // Told as an obstacle once the endpoint says the same of itself.
            self.ai_watch.look_now();
        }
        self.tell(Input::Ai(Box::new(answer))).await;
    }

    /// The endpoint says whether it would answer.
    pub(super) async fn on_ai_said(&mut self, said: Said) {
        let refused = said
            .as_ref()
            .err()
            .filter(|it| REFUSALS.contains(&it.reason));
        for reason in REFUSALS {
            let stands = self.parts.publisher.warns(reason);
            let trouble = refused.filter(|failure| failure.reason == reason);
            let sentence = trouble.and_then(sentence);
            // Said again and again, it is told once.
            if sentence.is_some() != stands {
                self.on_trouble(Trouble {
                    reason,
                    sentence,
                    is_definite: true,
                })
                .await;
            }
        }
    }

    /// The model's key came, or went.
    pub(super) async fn on_ai_change(&mut self, change: AiChange) {
        let AiChange { desk, missing } = change;
        match &missing {
            Some(sentence) => tracing::error!("{sentence}"),
            None => tracing::info!("the model can be asked"),
        }
        self.ai_watch = AiWatch::of(desk.as_ref().map(AiDesk::client));
        self.parts.ai = desk;
        let present = missing.is_some();
        self.parts.publisher.warn(Reason::KeyMissing, missing);
        self.tell(Input::Obstacle {
            reason: Reason::KeyMissing,
            present,
        })
        .await;
        // What was said of another key says nothing of this one.
        self.on_ai_said(Ok(())).await;
        self.publish(true);
    }
}
