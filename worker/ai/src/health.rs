//! Whether a decision would get an answer: the list of models with the key, and the balance where there is one.
//!
//! Never: start a completion. Both calls are free.

use core::time::Duration;

use aicoin_core::AiFailure;
use aicoin_domain::Reason;
use serde_json::Value;
use tokio::time::Instant;

use crate::client::AiClient;
use crate::completion::{Answer, json, message, refused};
use crate::http;
use crate::secret::redact_plain;
use crate::text;

/// Both calls together.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);

/// How many models of a list are kept: some providers list hundreds.
const MODELS_MAX: usize = 1000;

/// The longest name or amount that is kept, in bytes.
const NAME_BYTES_MAX: usize = 128;

/// What the endpoint says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AiHealth {
    /// The models that it lists. An alias may be served without being listed.
    pub models: Vec<String>,
    /// Whether the configured model is among them; `None` when the endpoint lists none.
    pub model_listed: Option<bool>,
    /// The balance; `None` where the endpoint has no such thing.
    pub balance: Option<Balance>,
}

/// The account's balance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// Whether calls are possible with it.
    pub is_available: bool,
    /// Currency and amount as the provider writes them.
    pub amounts: Vec<(String, String)>,
}

/// Asks for the models, which checks the address and the key, and then for the balance.
pub(crate) async fn health(client: &AiClient, deadline: Instant) -> Result<AiHealth, AiFailure> {
    let answer = get(client, "models", deadline).await?;
    let models = match answer.status {
        // No list, and somebody answers: a completion may still work.
        404 | 405 => Vec::new(),
        200..=299 => models(client, &answer)?,
        _ => return Err(refusal(client, &answer)),
    };
    let is_listed = models.iter().any(|model| *model == client.config().model);
    let model_listed = (!models.is_empty()).then_some(is_listed);
    // Only DeepSeek has a balance; whatever else happens here says nothing about a completion.
    let balance = match get(client, "user/balance", deadline).await {
        Ok(answer) if answer.status == 200 => balance(client, &answer),
        Ok(answer) if matches!(answer.status, 401 | 402) => {
            return Err(refusal(client, &answer));
        }
        Ok(_) | Err(_) => None,
    };
    Ok(AiHealth {
        models,
        model_listed,
        balance,
    })
}

async fn get(client: &AiClient, path: &str, deadline: Instant) -> Result<Answer, AiFailure> {
    let request = client.get(path).map_err(|error| AiFailure {
        reason: Reason::AiBadRequest,
        detail: error.to_string(),
    })?;
    http::exchange(request, deadline)
        .await
        .map_err(|fault| client.redacted_failure(fault.failure))
}

fn refusal(client: &AiClient, answer: &Answer) -> AiFailure {
    let fault = refused(
        answer.status,
        answer.retry_after,
        &message(&answer.body, client.key()),
    );
    client.redacted_failure(fault.failure)
}

fn models(client: &AiClient, answer: &Answer) -> Result<Vec<String>, AiFailure> {
    let body = json(&answer.body).map_err(|_| AiFailure {
        reason: Reason::AiUnavailable,
        detail:
            "The AI's list of models is not JSON; check that baseUrl is an API and not a web page."
                .to_owned(),
    })?;
    let names = body
        .get("data")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    Ok(names
        .filter_map(|model| name(client, model.get("id")))
        .take(MODELS_MAX)
        .collect())
}

fn balance(client: &AiClient, answer: &Answer) -> Option<Balance> {
    let body = json(&answer.body).ok()?;
    let infos = body
        .get("balance_infos")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let amount = |info: &Value| {
        Some((
            name(client, info.get("currency"))?,
            name(client, info.get("total_balance"))?,
        ))
    };
    Some(Balance {
        is_available: body.get("is_available")?.as_bool()?,
        amounts: infos.filter_map(amount).take(MODELS_MAX).collect(),
    })
}

fn name(client: &AiClient, value: Option<&Value>) -> Option<String> {
    let name = redact_plain(client.key(), value?.as_str()?);
    Some(text::sentence(&name, NAME_BYTES_MAX))
}
