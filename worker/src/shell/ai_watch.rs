//! Whether the model would answer: asked at the start, after a refusal, and now and then, without a completion.
//!
//! A key that is refused, or an account without balance, does not get better by asking for decisions: nothing is asked
//! until the endpoint itself says that it would answer.

use std::sync::Arc;
use std::time::Duration;

use aicoin_ai::AiClient;
use aicoin_core::AiFailure;
use aicoin_domain::Reason;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;

/// A quiet endpoint is looked at this often.
const LOOK_EVERY: Duration = Duration::from_secs(600);
/// One that refuses is looked at this often: somebody may be topping it up.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// What an endpoint says of itself.
pub(crate) type Said = Result<(), AiFailure>;

/// A watch of the model's endpoint; nothing where no model is asked.
pub(crate) struct AiWatch {
    said: mpsc::Receiver<Said>,
    look: Arc<Notify>,
    task: Option<JoinHandle<()>>,
}

impl AiWatch {
    /// Watches that endpoint, or nothing.
    pub(crate) fn of(client: Option<Arc<AiClient>>) -> Self {
        let (said_in, said) = mpsc::channel(1);
        let look = Arc::new(Notify::new());
        let task = client.map(|client| tokio::spawn(watch(client, Arc::clone(&look), said_in)));
        Self { said, look, task }
    }

    /// What the endpoint says now, when that is something else than before.
    pub(crate) async fn heard(&mut self) -> Said {
        match self.said.recv().await {
            Some(said) => said,
            None => std::future::pending().await,
        }
    }

    /// It refused something: look at once.
    pub(crate) fn look_now(&self) {
        self.look.notify_one();
    }
}

impl Drop for AiWatch {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

async fn watch(client: Arc<AiClient>, look: Arc<Notify>, said: mpsc::Sender<Said>) {
    loop {
        let answer = judge(&client).await;
        let pause = if answer.is_ok() {
            LOOK_EVERY
        } else {
            LOOK_AGAIN
        };
        // Said each time: whoever listens knows what is news.
        if said.send(answer).await.is_err() {
            return;
        }
        // Either is a reason to look again.
        let _ = tokio::time::timeout(pause, look.notified()).await;
    }
}

async fn judge(client: &AiClient) -> Said {
    let health = client.health().await?;
    match health.balance {
        Some(balance) if !balance.is_available => {
            let amounts: Vec<String> = balance
                .amounts
                .iter()
                .map(|(currency, amount)| format!("{amount} {currency}"))
                .collect();
            Err(AiFailure {
                reason: Reason::AiNoBalance,
                detail: format!("The balance is {}.", amounts.join(", ")),
            })
        }
        _ => Ok(()),
    }
}

/// For people: what a refusal means and how it is mended; `None` for a failure that goes by itself.
pub(crate) fn sentence(failure: &AiFailure) -> Option<String> {
    let what = if failure.reason == Reason::AiUnauthorized {
        "The AI refuses the key (401): put a valid one into the Secret that spec.decision.ai.apiKeySecretRef names"
    } else if failure.reason == Reason::AiNoBalance {
        "The AI's account has no balance (402): top it up at the provider"
    } else {
        return None;
    };
    Some(format!(
        "{what}. Nothing is opened until then; what is open stays protected. ({})",
        failure.detail.trim_end_matches('.')
    ))
}
