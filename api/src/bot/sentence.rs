//! Makes a decoder's words into a sentence for the person who wrote the manifest: what is wrong, and the fix.
//!
//! What stands beside a Secret's name is never repeated: people paste keys into the wrong place.

use super::field::{home, nearest_anywhere};
use super::number::quote;
use super::suggest::nearest;

/// The sentence about the field at `path`, and the path of the field that it is about.
pub(crate) fn translate(path: &str, raw: &str) -> (String, String) {
    let words = strip_path(path, strip_position(raw));
    if let Some(rest) = words.strip_prefix("unknown field `") {
        let (name, known) = rest.split_once("`, expected ").unwrap_or((rest, ""));
        return (path.to_owned(), unknown_field(name, &in_backticks(known)));
    }
    if let Some(rest) = words.strip_prefix("missing field `") {
        let path = join(path, rest.trim_end_matches('`'));
        let sentence = missing_field(&path);
        return (path, sentence);
    }
    if let Some(rest) = words.strip_prefix("unknown variant `") {
        let (word, known) = rest.split_once("`, expected ").unwrap_or((rest, ""));
        return (path.to_owned(), unknown_word(word, &in_backticks(known)));
    }
    let mismatch = words
        .strip_prefix("invalid type: ")
        .or_else(|| words.strip_prefix("invalid value: "))
        .and_then(|rest| rest.rsplit_once(", expected "));
    if let Some((found, expected)) = mismatch {
        return (path.to_owned(), wrong_type(path, found, expected));
    }
    (path.to_owned(), words.to_owned())
}

/// The sentence about a field that does not exist.
pub(crate) fn unknown_field(name: &str, known: &[&str]) -> String {
    if let Some(home) = home(name) {
        return format!("there is no such field here; it belongs in `{home}`");
    }
    match nearest(name, known)
        .map(str::to_owned)
        .or_else(|| nearest_anywhere(name))
    {
        Some(meant) => format!("there is no such field; did you mean `{meant}`?"),
        None => format!(
            "there is no such field; the fields here are {}",
            list(known, "and")
        ),
    }
}

fn unknown_word(word: &str, known: &[&str]) -> String {
    if word.is_empty() {
        return format!("nothing is written here; write {}", list(known, "or"));
    }
    match nearest(word, known) {
        Some(meant) => format!("there is no {}; did you mean `{meant}`?", quote(word)),
        None => format!("there is no {}; write {}", quote(word), list(known, "or")),
    }
}

fn missing_field(path: &str) -> String {
    let last = path.rsplit_once('.').map_or(path, |(_, last)| last);
    let fix = match (path, last) {
        ("apiVersion", _) => "write `apiVersion: aicoin.dev/v1alpha1`",
        ("kind", _) => "write `kind: TradingBot`",
        ("metadata", _) => "write `metadata: {name: my-bot}`",
        ("metadata.name", _) => "write a name like `my-bot`",
        ("spec", _) => "write the markets and who decides, see examples/quickstart.yaml",
        ("spec.markets", _) => "write the coins to trade, like `markets: [BTC, ETH]`",
        ("spec.decision", _) => "write who decides: `ai` or `rule`",
        (_, "fast" | "slow") => "write a number of candles",
        (_, "notional") => "write an amount of USD like \"1000\"",
        (_, "input" | "cachedInput" | "output") => "write the USD for a million tokens",
        (_, "name") => "write the name of what holds it",
        (_, "key") => "write the key in it",
        (_, "urlSecretRef") => "write `urlSecretRef: {name: …, key: …}`",
        (_, "redis") => "write `redis: {urlSecretRef: {name: …, key: …}}`",
        (_, _) => "add it",
    };
    format!("this field is missing; {fix}")
}

fn wrong_type(path: &str, found: &str, expected: &str) -> String {
    let is_reference = path.ends_with("Ref");
    let text = found
        .strip_prefix("string \"")
        .and_then(|rest| rest.strip_suffix('"'));
    let number = in_backticks(found).first().copied().unwrap_or_default();
    let what = match text {
        Some(_) if path.contains("Ref") => "a text".to_owned(),
        Some(text) => format!("the text {}", quote(text)),
        None if found.starts_with("integer ") || found.starts_with("floating point ") => {
            format!("the number {number}")
        }
        None if found.starts_with("boolean ") => format!("`{number}`"),
        None => match found {
            "unit value" | "null" => "empty".to_owned(),
            "sequence" => "a list".to_owned(),
            "map" => "a group of fields".to_owned(),
            other => other.to_owned(),
        },
    };
    let whole = matches!(
        expected,
        "u8" | "u16" | "u32" | "u64" | "usize" | "i32" | "i64"
    );
    let fix = if whole {
        if text.is_some_and(|text| text.parse::<u64>().is_ok()) {
            "a whole number without quotes".to_owned()
        } else if number.starts_with('-') {
            "a whole number that is not below 0".to_owned()
        } else if number.parse::<u128>().is_ok() {
            "a smaller number".to_owned()
        } else {
            "a whole number".to_owned()
        }
    } else if is_reference {
        "`{name: …, key: …}`, where the value is kept".to_owned()
    } else if expected.starts_with("struct ") || expected == "a map" {
        "a group of fields, `name: value`".to_owned()
    } else {
        match expected {
            "a boolean" => "`true` or `false`".to_owned(),
            "a string" => "a text".to_owned(),
            "a sequence" => "a list, like `[BTC, ETH]`".to_owned(),
            "a YAML tag starting with '!'" => "one word".to_owned(),
            "field identifier" => "the name of a field".to_owned(),
            other => other.to_owned(),
        }
    };
    format!("this is {what}; write {fix}")
}

/// `a`, `b` and `c`.
pub(crate) fn list(names: &[&str], conjunction: &str) -> String {
    match names {
        [] => String::new(),
        [only] => format!("`{only}`"),
        [start @ .., last] => {
            let start: Vec<String> = start.iter().map(|name| format!("`{name}`")).collect();
            format!("{} {conjunction} `{last}`", start.join(", "))
        }
    }
}

fn in_backticks(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

fn join(path: &str, name: &str) -> String {
    if path == "." || path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// Takes ` at line 6 column 32` off.
fn strip_position(raw: &str) -> &str {
    let Some((words, position)) = raw.rsplit_once(" at line ") else {
        return raw;
    };
    let is_position = position
        .split(" column ")
        .all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    if is_position { words } else { raw }
}

/// Takes the path off that the YAML reader puts before its words: the field's own or that of a group around it.
fn strip_path<'a>(path: &str, words: &'a str) -> &'a str {
    let Some((start, rest)) = words.split_once(": ") else {
        return words;
    };
    let is_path = path
        .strip_prefix(start)
        .is_some_and(|tail| tail.is_empty() || tail.starts_with(['.', '[']));
    if is_path { rest } else { words }
}
