//! Carries a control request to the trading loop and its answer back.
//!
//! Never: judges a request. The loop compares generations, writes the request down and says whether it stands.

use std::time::Duration;

use aicoin_api::http::{ControlReply, ControlRequest};
use tokio::sync::{mpsc, oneshot};

/// What somebody wants of the trading loop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// A level.
    Level(ControlRequest),
    /// A risk event is settled: what waited for it goes on. Only a person at the bot itself can say so.
    Resolve {
        /// Its number.
        risk_event: u64,
    },
}

/// A request on its way to the trading loop, with the way back.
#[derive(Debug)]
pub struct ControlCommand {
    /// What is asked.
    pub command: Command,
    /// Answered once it is durable, or with `accepted: false` when another level stands, or with a sentence that says
    /// why it makes no sense.
    pub reply: oneshot::Sender<Result<ControlReply, String>>,
}

/// Why it was not done, or why there is no answer. Without an answer the request may still be carried out: a reader must
/// look at the status.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ControlError {
    /// No answer in time.
    #[error(
        "The trading loop did not answer within {} s. The request may still be carried out: look at the status, and \
         send it again if it does not show there.",
        .0.as_secs_f32()
    )]
    Timeout(Duration),
    /// The loop has ended, or could not write the request down.
    #[error(
        "The trading loop could not take the request. It may be stopping, or its store may be away: look at the \
         status, and send it again."
    )]
    Gone,
    /// It makes no sense: the loop says why.
    #[error("{0}")]
    Refused(String),
}

/// Asks the loop, and waits at most `timeout` for its queue and its answer together.
pub(crate) async fn ask(
    control: &mpsc::Sender<ControlCommand>,
    command: Command,
    timeout: Duration,
) -> Result<ControlReply, ControlError> {
    let exchange = async {
        let (reply, answer) = oneshot::channel();
        let command = ControlCommand { command, reply };
        control
            .send(command)
            .await
            .map_err(|_| ControlError::Gone)?;
        answer
            .await
            .map_err(|_| ControlError::Gone)?
            .map_err(ControlError::Refused)
    };
    tokio::time::timeout(timeout, exchange)
        .await
        .unwrap_or(Err(ControlError::Timeout(timeout)))
}
