//! Reading a manifest from a file: found, read, parsed, checked. Each failure is one sentence.

use std::path::Path;

use aicoin_api::bot::{MANIFEST_BYTES_MAX, RuleId, TradingBot, Where, validate};

use crate::fault::Fault;

/// Reads and checks a manifest for use by this process. Those rules are not held against it that somebody else has kept.
pub(crate) fn read(path: &Path, kept_elsewhere: &[RuleId]) -> Result<TradingBot, Fault> {
    let size = std::fs::metadata(path)
        .map_err(|error| {
            Fault::usage(format!(
                "The manifest {} cannot be read: {error}.",
                path.display()
            ))
        })?
        .len();
    if size > u64::try_from(MANIFEST_BYTES_MAX).unwrap_or(u64::MAX) {
        return Err(Fault::usage(format!(
            "The manifest {} has {size} bytes; a TradingBot needs at most {MANIFEST_BYTES_MAX}: is it the right file?",
            path.display()
        )));
    }
    let text = std::fs::read_to_string(path).map_err(|error| {
        Fault::usage(format!(
            "The manifest {} cannot be read: {error}.",
            path.display()
        ))
    })?;
    of_text(path, &text, kept_elsewhere)
}

/// Checks a manifest that was read; `path` is for sentences.
pub(crate) fn of_text(
    path: &Path,
    text: &str,
    kept_elsewhere: &[RuleId],
) -> Result<TradingBot, Fault> {
    let bot = TradingBot::from_yaml(text).map_err(|error| {
        Fault::usage(format!(
            "The manifest {} is not valid: {}",
            path.display(),
            ended(&error.to_string())
        ))
    })?;
    let problems = validate(&bot, Where::Local).err().unwrap_or_default();
    let sentences: Vec<String> = problems
        .iter()
        .filter(|problem| !kept_elsewhere.contains(&problem.rule))
        .map(ToString::to_string)
        .collect();
    if sentences.is_empty() {
        return Ok(bot);
    }
    Err(Fault::usage(format!(
        "The manifest {} is not valid: {}",
        path.display(),
        ended(&sentences.join("; "))
    )))
}

/// A sentence with its full stop, unless it ends in a question.
fn ended(sentence: &str) -> String {
    if sentence.ends_with(['?', '.']) {
        sentence.to_owned()
    } else {
        format!("{sentence}.")
    }
}
