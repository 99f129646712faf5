//! What somebody wants of the loop: the operator, or a person.

use aicoin_api::http::ControlRequest;
use aicoin_core::Input;
use aicoin_domain::Desired;
use aicoin_web::{Command, ControlCommand};

use super::super::waiters::{Reply, Until};
use super::Trader;

impl Trader {
    /// A person or the operator wants something. The answer comes once it is durable.
    pub(super) async fn on_control(&mut self, command: ControlCommand) {
        let ControlCommand { command, reply } = command;
        match command {
            Command::Level(ControlRequest::Local { hold }) => {
                self.change(Input::LocalHold(hold), Until::Accepted, reply)
                    .await;
            }
            Command::Level(ControlRequest::Operator {
                generation,
                desired,
            }) => self.on_desired(generation, desired, reply).await,
            Command::Resolve { risk_event } => self.on_resolve(risk_event, reply).await,
        }
    }

    async fn on_desired(&mut self, generation: u64, desired: Desired, reply: Reply) {
        let before = self.parts.bot.control();
        let is_old = generation <= before.generation;
        if is_old && before.desired.is_some_and(|stands| stands != desired) {
            let answer = self.parts.publisher.reply(&self.parts.bot, false);
            // Who asked may be gone by now.
            let _ = reply.send(Ok(answer));
            return;
        }
        let input = Input::Control {
            generation,
            desired,
        };
        self.change(input, Until::Accepted, reply).await;
    }

    async fn on_resolve(&mut self, risk_event: u64, reply: Reply) {
        let refusal = match self.parts.store.risk_event(risk_event).await {
            Err(error) => Some(format!(
                "The risk event {risk_event} cannot be read: {error}"
            )),
            Ok(None) => Some(format!(
                "There is no risk event {risk_event}: look at `SELECT * FROM risk_events WHERE resolved = false;`."
            )),
            Ok(Some(event)) if event.resolved => {
                Some(format!("The risk event {risk_event} is settled already."))
            }
            Ok(Some(_)) => None,
        };
        if let Some(sentence) = refusal {
            // Who asked may be gone by now.
            let _ = reply.send(Err(sentence));
            return;
        }
        self.change(Input::Resolve { risk_event }, Until::Durable, reply)
            .await;
    }

    async fn change(&mut self, input: Input, until: Until, reply: Reply) {
        self.waiters.add(until, reply);
        self.tell(input).await;
        self.publish(true);
    }

    pub(super) fn answer_waiters(&mut self) {
        let (bot, persist) = (&self.parts.bot, self.persist);
        let publisher = &self.parts.publisher;
        self.waiters.answer(
            |until| match until {
                Until::Accepted => bot.control().accepted,
                Until::Durable => persist.is_none(),
            },
            || publisher.reply(bot, true),
        );
    }
}
