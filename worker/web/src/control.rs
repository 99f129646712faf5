//! Carries a control request to the trading loop and its answer back.
//!
//! Never: judges a request. The loop compares generations, writes the request down and says whether it stands.

use std::time::Duration;

use aicoin_api::http::{ControlReply, ControlRequest};
use tokio::sync::{mpsc, oneshot};

/// A request on its way to the trading loop, with the way back.
#[derive(Debug)]
pub struct ControlCommand {
    /// What is asked.
    pub request: ControlRequest,
    /// Answered once the request is durable, or with `accepted: false` when another one stands.
    pub reply: oneshot::Sender<ControlReply>,
}

/// Why there is no answer. In both cases the request may still be carried out: a reader must look at the status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
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
}

/// Asks the loop, and waits at most `timeout` for its queue and its answer together.
pub(crate) async fn ask(
    control: &mpsc::Sender<ControlCommand>,
    request: ControlRequest,
    timeout: Duration,
) -> Result<ControlReply, ControlError> {
    let exchange = async {
        let (reply, answer) = oneshot::channel();
        let command = ControlCommand { request, reply };
        control
            .send(command)
            .await
            .map_err(|_| ControlError::Gone)?;
        answer.await.map_err(|_| ControlError::Gone)
    };
    tokio::time::timeout(timeout, exchange)
        .await
        .unwrap_or(Err(ControlError::Timeout(timeout)))
}
