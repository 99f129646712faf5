//! Validate: a bot in, a checked spec or sentences out. Pure. The same rules as in the CRD and in `local`.

use aicoin_api::bot::{Metadata, TradingBot, TradingBotSpec, Where, validate};
use aicoin_api::names::BOT_NAME_CHARS_MAX;

use crate::world::Bot;

/// Sentences in one message, at most.
const PROBLEMS_MAX: usize = 4;

/// Checks a bot.
///
/// # Errors
/// One text with a sentence for each problem.
pub fn check(bot: &Bot) -> Result<TradingBotSpec, String> {
    let spec = bot.spec()?;
    if bot.key.name.len() > BOT_NAME_CHARS_MAX {
        return Err(format!(
            "metadata.name: the name is longer than {BOT_NAME_CHARS_MAX} characters; its worker's name would not fit."
        ));
    }
    let manifest = TradingBot {
        api_version: aicoin_api::bot::API_VERSION.to_owned(),
        kind: aicoin_api::bot::KIND.to_owned(),
        metadata: Metadata {
            name: bot.key.name.to_string(),
            namespace: Some(bot.key.namespace.to_string()),
            ..Metadata::default()
        },
        spec,
    };
    match validate(&manifest, Where::Cluster) {
        Ok(()) => Ok(manifest.spec),
        Err(problems) => {
            let sentences: Vec<String> = problems
                .iter()
                .take(PROBLEMS_MAX)
                .map(ToString::to_string)
                .collect();
            Err(sentences.join("; "))
        }
    }
}
