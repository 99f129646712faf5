//! Asking the model: one task per question, one answer back to the trading loop.

use std::sync::Arc;
use std::time::Duration;

use aicoin_ai::{AiClient, Template, render};
use aicoin_core::{AiAnswer, AiCall, AiFailure, Input, MarketView};
use aicoin_domain::Reason;
use tokio::sync::mpsc;

/// Asks the model.
pub(crate) struct AiDesk {
    client: Arc<AiClient>,
    template: Arc<Template>,
    timeout: Duration,
    answers: mpsc::Sender<AiAnswer>,
}

impl AiDesk {
    /// A desk that gives its answers to that channel.
    pub(crate) fn new(
        client: AiClient,
        template: Template,
        timeout: Duration,
        answers: mpsc::Sender<AiAnswer>,
    ) -> Self {
        Self {
            client: Arc::new(client),
            template: Arc::new(template),
            timeout,
            answers,
        }
    }

    /// Whom it asks.
    pub(crate) fn client(&self) -> Arc<AiClient> {
        Arc::clone(&self.client)
    }

    /// Asks about a view. The answer comes by the channel, in any case.
    pub(crate) fn ask(&self, view: MarketView) {
        let (client, template) = (Arc::clone(&self.client), Arc::clone(&self.template));
        let (timeout, answers) = (self.timeout, self.answers.clone());
        tokio::spawn(async move {
            let id = view.id;
            let answer = match render(&template, &view) {
                Ok(prompt) => {
                    let (outcome, call) = client.decide(&prompt, timeout).await;
                    AiAnswer {
                        view: id,
                        outcome,
                        call,
                    }
                }
                Err(failure) => AiAnswer {
                    view: id,
                    outcome: Err(failure),
                    call: AiCall::default(),
                },
            };
            // The loop may have ended meanwhile: then nobody wants the answer.
            let _ = answers.send(answer).await;
        });
    }

    /// The answer of a model that is not there.
    pub(crate) fn absent(view: u64) -> Input {
        let failure = AiFailure {
            reason: Reason::AiUnavailable,
            detail: "No model is configured.".to_owned(),
        };
        Input::Ai(Box::new(AiAnswer {
            view,
            outcome: Err(failure),
            call: AiCall::default(),
        }))
    }
}
