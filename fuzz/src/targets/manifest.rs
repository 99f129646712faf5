//! What people write down: from the text to what the core is made with.

use std::path::Path;

use aicoin_api::bot::defaults::Decider;
use aicoin_api::bot::{ManifestError, TradingBot, Where, validate};
use aicoin_domain::Usd;

use crate::manifest;
use crate::resolve::{Shell, bot_config, exchange_config, is_simulated};
use crate::signature::Signature;

/// The longest sentence about one field: a wrong text is repeated up to 24 letters, a list of names is longer.
const SENTENCE_BYTES_MAX: usize = 4096;

pub(super) fn check(input: &[u8], signature: Signature) -> Signature {
    // A file that is no UTF-8 is refused by the standard library.
    let Ok(text) = std::str::from_utf8(input) else {
        return signature;
    };
    let bot = match TradingBot::from_yaml(text) {
        Ok(bot) => bot,
        Err(error) => return refused(&error, signature),
    };
    if let Err(problems) = validate(&bot, Where::Cluster) {
        assert!(!problems.is_empty());
    }
    match manifest::of_text(Path::new("fuzzed.yaml"), text, &[]) {
        Ok(loaded) => {
            assert_eq!(loaded, bot);
            accepted(&bot, signature)
        }
        Err(fault) => signature.add(fault),
    }
}

fn refused(error: &ManifestError, signature: Signature) -> Signature {
    let words = error.to_string();
    if let ManifestError::Field { path, sentence, .. } = error {
        assert!(!path.is_empty() && !sentence.is_empty(), "{error:?}");
        assert!(path.len() <= SENTENCE_BYTES_MAX, "{} bytes", path.len());
        assert!(
            sentence.len() <= SENTENCE_BYTES_MAX,
            "{} bytes",
            sentence.len()
        );
    }
    assert!(!words.is_empty());
    signature.add(words)
}

/// A manifest without a problem is the same one after it was written, as the operator hands it to a pod, and it makes a
/// bot.
fn accepted(bot: &TradingBot, signature: Signature) -> Signature {
    let yaml = serde_yaml::to_string(bot).unwrap_or_default();
    assert_eq!(TradingBot::from_yaml(&yaml).as_ref(), Ok(bot), "{yaml}");
    let json = serde_json::to_string(bot).unwrap_or_default();
    assert_eq!(TradingBot::from_yaml(&json).as_ref(), Ok(bot), "{json}");
    let names = &bot.spec.markets;
    let decider = match bot.spec.decision.ai {
        Some(_) => Decider::Ai,
        None => Decider::Rule,
    };
    let configured = bot_config(bot, names, decider, Usd::ZERO, Shell::Local);
    if is_simulated(bot) {
        let exchange = exchange_config(bot, names, Shell::Local);
        assert_eq!(configured.is_ok(), exchange.is_ok());
    }
    match configured {
        Ok(config) => {
            assert_eq!(config.markets.len(), names.len());
            assert!(config.interval.0 > 0);
            signature
                .add("a bot")
                .add(format_args!("{:?}", bot.spec.mode))
        }
        Err(fault) => signature.add(fault),
    }
}
