//! Who decides in a pod: whom the manifest names, and nobody else in its place.

use aicoin_api::bot::TradingBot;
use aicoin_core::AiAnswer;
use tokio::sync::mpsc;

use super::key_watch::KeyWatch;
use crate::cli::RunArgs;
use crate::fault::Fault;
use crate::shell::{Chosen, Model, extra_ca_of_pod};

/// Who decides: the model when the manifest names one, whether its key is there or not.
pub(super) struct Decider {
    pub(super) chosen: Chosen,
    pub(super) watch: Option<KeyWatch>,
    pub(super) ai_answers: mpsc::Receiver<AiAnswer>,
}

impl Decider {
    pub(super) fn of(args: &RunArgs, manifest: &TradingBot) -> Result<Self, Fault> {
        let (answers_in, ai_answers) = mpsc::channel(1);
        let Some(ai) = &manifest.spec.decision.ai else {
            return Ok(Self {
                chosen: Chosen::rule(None),
                watch: None,
                ai_answers,
            });
        };
        if ai.prompt_config_map_ref.is_some() {
            return Err(Fault::usage(
                "spec.decision.ai.promptConfigMapRef: prompts of one's own are not there yet in this version; leave the \
                 field out.",
            ));
        }
        let interval = manifest.spec.decision.interval.0;
        let model = Model::new(
            ai,
            interval,
            extra_ca_of_pod(args.ca_file.as_deref())?,
            answers_in,
        );
        // Without a key the address and the authorities are checked all the same.
        let keyless = model.desk(None)?;
        let (desk, watch) = match &ai.api_key_secret_ref {
            // An endpoint of one's own may need no key.
            None => (Some(keyless), None),
            Some(reference) => {
                let watch = KeyWatch::new(model.clone(), &args.secrets_dir, reference);
                (None, Some(watch))
            }
        };
        Ok(Self {
            chosen: Chosen::model(&model, desk),
            watch,
            ai_answers,
        })
    }
}
