//! The bots: all alike, in one namespace.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::Result;
use crate::api::Api;

/// Where they are.
pub const NAMESPACE: &str = "bots";
/// All of them.
pub const COLLECTION: &str = "/apis/aicoin.dev/v1alpha1/namespaces/bots/tradingbots";
/// How many are made at once.
const AT_ONCE: usize = 16;

/// The name of the bot of this number.
pub fn name(number: usize) -> String {
    format!("bot-{number:05}")
}

/// Makes them all.
pub async fn create(api: &Api, count: usize, spec: &Value) -> Result<()> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut makers: JoinSet<Result<()>> = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (api, next, spec) = (api.clone(), Arc::clone(&next), spec.clone());
        makers.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return Ok(());
                }
                let bot = json!({
                    "apiVersion": "aicoin.dev/v1alpha1",
                    "kind": "TradingBot",
                    "metadata": {"name": name(number), "namespace": NAMESPACE},
                    "spec": spec,
                });
                api.create(COLLECTION, &bot).await?;
            }
        });
    }
    while let Some(made) = makers.join_next().await {
        made.map_err(|error| format!("A task failed: {error}."))??;
    }
    Ok(())
}
