//! The start-up check: the installed CRD must have what this operator writes. An API server drops a field that it does
//! not know without a word, and a pause that nobody could see confirmed would be the result.

use std::time::{Duration, Instant};

use kube::Client;
use serde_json::Value;

/// The schema is some hundred kilobytes; it comes at once or not at all.
const TIMEOUT: Duration = Duration::from_secs(15);
/// A CRD that was just installed or changed is served a moment before its schema is: the chart brings both at once.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(500);
/// Where the API server says what it serves.
const OPENAPI: &str = "/openapi/v3/apis/aicoin.dev/v1alpha1";
/// What has to be there, below the object.
const NEEDED: [&str; 13] = [
    "spec.desiredState",
    "spec.deletionPolicy",
    "spec.worker",
    "status.observedGeneration",
    "status.state",
    "status.conditions",
    "status.control.desired",
    "status.control.generation",
    "status.control.acceptedGeneration",
    "status.control.effectiveGeneration",
    "status.control.localHold",
    "status.remaining.positions",
    "status.worker.image",
];

/// Checks the installed CRD, for a while.
///
/// # Errors
/// A sentence that says what is missing and how to mend it.
pub async fn check(client: &Client) -> Result<(), String> {
    let begun = Instant::now();
    loop {
        match look(client).await {
            Err(sentence) if begun.elapsed() < PATIENCE => {
                tracing::info!("{sentence} It is looked at again.");
                tokio::time::sleep(PAUSE).await;
            }
            result => return result,
        }
    }
}

async fn look(client: &Client) -> Result<(), String> {
    let request = http::Request::get(OPENAPI)
        .body(Vec::new())
        .map_err(|error| format!("The question for the API's schema cannot be made: {error}."))?;
    let answer = tokio::time::timeout(TIMEOUT, client.request::<Value>(request))
        .await
        .map_err(|_| "The API server did not say in time what it serves.".to_owned())?;
    match answer {
        Ok(document) => missing(&document).map_or(Ok(()), |fields| {
            Err(format!(
                "The installed CRD tradingbots.aicoin.dev is older than this operator: it lacks {}. Install the one of this \
                 version: `aicoin-operator crd | kubectl apply --server-side -f -`, or `helm upgrade` with crds.install.",
                fields.join(", ")
            ))
        }),
        Err(kube::Error::Api(status)) if status.code == 404 => Err(
            "The CRD tradingbots.aicoin.dev is not installed: `aicoin-operator crd | kubectl apply --server-side -f -`, or \
             install the chart with crds.install."
                .to_owned(),
        ),
        Err(error) => Err(format!("The API server does not say what it serves: {error}.")),
    }
}

/// The fields that the served schema lacks; `None` when it has them all.
fn missing(document: &Value) -> Option<Vec<&'static str>> {
    let schemas = document.pointer("/components/schemas")?.as_object()?;
    let bot = schemas
        .iter()
        .find(|(name, _)| name.ends_with(".TradingBot"))
        .map(|(_, schema)| schema);
    let lacking: Vec<&'static str> = NEEDED
        .into_iter()
        .filter(|path| !bot.is_some_and(|bot| has(bot, path)))
        .collect();
    (!lacking.is_empty()).then_some(lacking)
}

fn has(schema: &Value, path: &str) -> bool {
    let mut at = Some(schema);
    for name in path.split('.') {
        at = at.and_then(|schema| schema.get("properties")?.get(name));
    }
    at.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Of our own CRD, as the API server would serve it.
    fn served() -> Value {
        use kube::CustomResourceExt;
        let crd = serde_json::to_value(aicoin_api::crd::TradingBot::crd()).unwrap();
        let schema = crd
            .pointer("/spec/versions/0/schema/openAPIV3Schema")
            .unwrap()
            .clone();
        json!({"components": {"schemas": {"dev.aicoin.v1alpha1.TradingBot": schema}}})
    }

    #[test]
    fn our_own_crd_has_all_that_is_needed() {
        assert_eq!(missing(&served()), None);
    }

    #[test]
    fn an_older_crd_is_told_by_the_fields_that_it_lacks() {
        let mut older = served();
        let bot = &mut older["components"]["schemas"]["dev.aicoin.v1alpha1.TradingBot"];
        bot["properties"]["status"]["properties"]["control"]["properties"]
            .as_object_mut()
            .unwrap()
            .remove("acceptedGeneration");
        assert_eq!(
            missing(&older),
            Some(vec!["status.control.acceptedGeneration"])
        );
    }
}
