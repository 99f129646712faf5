//! Who decides in local mode: the model when its key is there, otherwise the rule, and never silently.

use std::path::Path;

use aicoin_ai::ApiKey;
use aicoin_api::bot::{Ai, TradingBot};
use aicoin_core::AiAnswer;
use tokio::sync::mpsc;

use crate::fault::Fault;
use crate::secrets;
use crate::shell::{Chosen, Model};

/// Chooses the decider of a manifest.
pub(super) fn choose(
    manifest: &TradingBot,
    secrets_dir: Option<&Path>,
    extra_ca_pem: Option<String>,
    answers: mpsc::Sender<AiAnswer>,
) -> Result<Chosen, Fault> {
    let Some(ai) = &manifest.spec.decision.ai else {
        return Ok(Chosen::rule(None));
    };
    let key = match &ai.api_key_secret_ref {
        // An endpoint of one's own may need no key.
        None => None,
        Some(reference) => match secrets::read(secrets_dir, reference) {
            Ok(text) => Some(ApiKey::new(&text).map_err(|error| {
                Fault::usage(format!(
                    "spec.decision.ai.apiKeySecretRef {}/{}: {error}.",
                    reference.name, reference.key
                ))
            })?),
            Err(why) => return without_key(manifest, ai, &why),
        },
    };
    if ai.prompt_config_map_ref.is_some() {
        return Err(Fault::usage(
            "spec.decision.ai.promptConfigMapRef: a ConfigMap cannot be read here; leave the field out for local use.",
        ));
    }
    let interval = manifest.spec.decision.interval.0;
    let model = Model::new(ai, interval, extra_ca_pem, answers);
    let desk = model.desk(key)?;
    Ok(Chosen::model(&model, Some(desk)))
}

fn without_key(manifest: &TradingBot, ai: &Ai, why: &str) -> Result<Chosen, Fault> {
    if manifest.spec.decision.ema_cross().is_none() {
        return Err(Fault::usage(format!(
            "spec.decision.ai asks for {} and its key is missing ({why}); give the key, or name a rule in \
             spec.decision.rule.",
            ai.model
        )));
    }
    let notice = format!(
        "The manifest asks for the AI {}, but its key is missing ({why}): the rule emaCross decides instead.",
        ai.model
    );
    Ok(Chosen::rule(Some(notice)))
}
